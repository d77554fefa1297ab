// The page: what people press, the socket, timers, and what scripts are told.

const encoder = new TextEncoder, decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const bytes = text => encoder.encode(text || "");
/** Numbers of the client's jobs, in the order of `browser.rs`. */
const START = 0, OPENED = 1, CLOSED = 2, HEARD = 3, REASON = 4, TICK = 5, EVENT = 6, NUDGE = 8;
/**
 * Islands by slot: `{element, id, seal, first, owed}`; `first` is the page's own seal, `owed` holds events
 * no seal contains, `{seq, submit, name, payload, waits, busy, submitter}`, without a name when they were refused.
 * `waits` until the event is answered; meanwhile the element `busy` says so.
 */
const islands = [], KEPT = 256, BUSY = "aria-busy";
/** Elements that say so because of us. */
const shown = new Set;
const wait = element => {
  if (element?.hasAttribute(BUSY) == false) {
    shown.add(element);
    element.setAttribute(BUSY, true);
  }
};
const rest = element => shown.delete(element) && element.removeAttribute(BUSY);
/** Bytes of one frame; the server takes no longer ones. */
const MOST = 4e5;
/** Jobs for what was done before the first join, or while the part that deals with it is on its way. */
let early = [];
/** Joins without an answer: the slots each named. */
let asked = [], naming;
let status, timer, native, running, held;
const queue = [], none = new Uint8Array;
/**
 * What carries frames: a WebSocket, or what the part `fetch` makes in its likeness, and what the development panel
 * makes of either; and the connection's number.
 */
let wire, epoch, tap = wire => wire;
/** What makes the latter; how many WebSockets in a row failed where HTTP did not. */
let carrier, failures = 0;

/** Calls into the client and events to the page's scripts, one after the other. */
const enter = job => {
  queue.push(job);
  drain();
};
const drain = () => {
  if (running) return;
  running = 1;
  try { while (!held && queue[0]) queue.shift()() } finally { running = 0 }
};

/** A call of the client, in its turn. */
const turn = (...all) => enter(() => call(...all));

/** Loads a part that few pages need, once. A connection that is lost takes it along: then it is asked for again. */
const part = name => loads[name] ||= new Promise(done => {
  const attempt = wait => {
    const script = document.createElement("script");
    script.src = source.replace(/holm-(?=[^/]*$)/, "holm-" + name + "-");
    script.onload = () => {
      // That was for the want of this.
      wait > 2 && epoch && status > 2 && jobs[SHOW](1);
      done(enter(replay));
    };
    script.onerror = () => {
      // The server is there, and what waits for this cannot go on. What has been typed is the visitor's, and so is when the
      // page goes.
      if (wait > 2 && status == 1 && (held || early)) jobs[SHOW](3);
      setTimeout(attempt, wait * 1e3, wait > 2 ? 4 : wait * 2);
    };
    document.head.append(script);
  };
  attempt(1);
});
/**
 * Looks whether new HTML, or a new attribute, is of a part's business. That is everything but `data-live-error`,
 * `-ignore`, `-keep`, `-list` and `-presence`. Once it is there, the part `events` looks further.
 */
const need = html => {
  parts.need?.(html);
  if (!loads.events && / data-(value|live-(?!er|ig|kee|li|pr))|<button(?![^>]*holm-event)[^>]* value=| aria-live| role="?(st|al|lo)/.test(html)) {
    early ||= [];
    part("events");
  }
};
/** Loads some that everything else waits for. */
const load = (names = ["morph", "care"]) => {
  held = 1;
  return Promise.all(names.map(part)).then(() => {
    held = 0;
    drain();
  });
};

const fire = (target, name, detail) =>
  enter(() => target.dispatchEvent(new CustomEvent(name, { detail, bubbles: true })));

/** What is done now, or, before the first join or while a part is on its way, later. */
const later = job => early ? early.push(job) : job();

/** A click or a submit, or `late` one of those that had to wait. */
const press = (e, late) => {
  const submit = e.type == "submit";
  const target = submit ? e.target : around(e.target, "[data-live]");
  const value = target && getAttribute.call(target, submit ? "data-live-submit" : "data-live");
  // What stands in a disabled button may still be clicked.
  if (!value || !around(target, TAG) || e.defaultPrevented && !late || native || is(target, ":disabled")) return;
  const link = is(target, "a[href]");
  if (link && (e.metaKey || e.ctrlKey || e.shiftKey || e.altKey)) return;
  const form = submit ? target : /^(submit|image)$/.test(target.type) && target.form;
  // What the browser would do by itself: 2 goes somewhere, 1 submits to this page, which only helps once nothing is live for good.
  const acts = link || form && (is(form, "[action]") || is(e.submitter || target, "[formaction]")) ? 2 : form ? 1 : 0;
  if (acts + status > 3) {
    // There is no server after all.
    native = late;
    late && (submit ? target.requestSubmit(e.submitter) : target.click());
    native = 0;
    return;
  }
  acts && e.preventDefault();
  // What is to be done once is, also before anything is there that could be told.
  if (early) return is(target, "form,[data-live-disable]") && shown.has(target) || wait(target, early.push(() => {
    rest(target);
    press(e, 1);
  }));
  const [name, ...more] = submit ? [value] : value.split(" "), payload = more.join(" "), filled = !payload && parts.gather?.(target, e);
  emit(target, name, payload || filled, submit || filled, target, e.submitter);
};

document.addEventListener("click", e => press(e));
document.addEventListener("submit", e => press(e));
// What the parts hear.
for (const type of ["input", "change", "compositionend", "keydown", "keyup", "focusin", "focusout"])
  document.addEventListener(type, e => later(() => parts.see?.(e)));

/**
 * An event of the island that the target stands in. `payload` is JSON, or a form's fields when `submit`; `busy` is
 * the element that shows that it waits.
 */
const emit = (target, name, payload, submit, busy, submitter) => {
  const pressed = { submit, name, payload: payload || "", busy, submitter };
  parts.flush?.(around(target, TAG), target, pressed);
  later(() => keep(target, pressed));
};

/** Numbers an event and keeps it until a seal contains it; sends it when its island has joined. */
const keep = (target, pressed) => {
  const slot = islands.findIndex(island => island.element == around(target, TAG)), island = islands[slot];
  island && enter(() => {
    let told;
    // What no frame can carry would come back and back.
    if (pressed.payload.length > MOST) jobs[ERROR]("frame_too_large", "This is too large.", slot, 300, 0);
    else if (island.owed.filter(each => each.name)[KEPT - 1]) jobs[ERROR]("mailbox_full", "Too much is waiting.", slot, 105, 0);
    else told = call(EVENT, slot);
    pressed.seq = told >> 1;
    if (told) {
      pressed.waits = island.owed.push(pressed);
      told & 1 && say(island.id, pressed);
      parts.kept?.(target, pressed.name, pressed.seq, island.element, pressed);
    }
    answer(slot, 0);
  });
};

/** Events up to this one have been answered, or it alone with a refusal; and shows what still waits. */
const answer = (slot, seq, refused) => {
  const { element, owed } = islands[slot];
  for (const each of owed) if (each.waits && (refused ? each.seq == seq : each.seq <= seq)) each.waits = rest(each.busy);
  // Another press of the same may still wait.
  element.classList.toggle("holm-busy", !!owed.filter(each => each.waits && (wait(each.busy), 1))[0]);
  parts.answered?.(element, seq, refused);
};

const say = (id, { submit, seq, name, payload }) => send([submit ? 3 : 2, ...int(id), ...int(seq), ...str(name), ...bytes(payload)]);

/** Up frames: a varint, a `str`, and the frame itself, as holm-wire writes them. */
const int = value => value > 127 ? [value | 128, ...int(value >>> 7)] : [value];
const str = text => {
  const all = text.fill ? text : bytes(text);
  return [...int(all.length), ...all];
};
const send = frame => {
  // Of each number the lowest eight bits.
  wire.send(new Uint8Array(frame));
};
/** How a join and a resume begin. */
const hello = kind => [kind, !!counters(0)[0] + 2 * !!counters(1)[0], ...str(location.pathname), ...int(epoch)];

/** Deals with what was done early, in its order, once the part is there that knows what was filled in. */
const replay = () => {
  if (!status || loads.events && !parts.gather) return;
  const all = early || [];
  early = 0;
  for (const job of all) job();
};

/** Forgets the kept events up to this one, or, when it was refused, what it was. */
const forget = (slot, seq, refused) => {
  const island = islands[slot];
  answer(slot, seq, refused);
  island.owed = refused ? island.owed.map(each => each.seq == seq ? { seq, name: "" } : each) : island.owed.filter(each => each.seq > seq);
};
/** Sends the kept events after this one again. */
const again = (slot, seq) => {
  const { id, owed } = islands[slot];
  for (const pressed of owed) if (pressed.seq > seq) {
    parts.again?.(pressed);
    say(id, pressed);
  }
};

/** Who mirrors a count: that of this page, or the total. */
const counters = total => document.querySelectorAll(total ? "[data-live-presence=total]" : "[data-live-presence]:not([data-live-presence=total])");

const CONNECT = 14, JOIN = 19, SHOW = 25, ERROR = 35;
/** What the client asks for, in the order of `browser.rs`. */
const jobs = [
  ...STEPS,
  // Hundredths of a second: whole numbers of them are enough for the client.
  () => performance.now() / 10,
  below => Math.random() * below,
  // connect
  number => {
    epoch = number;
    const lesser = mark.transport ? mark.transport != "websocket" : failures > 1;
    if (lesser && !carrier) return void part("fetch").then(() => epoch == number && jobs[CONNECT](number));
    wire = tap(lesser ? carrier(number) : new WebSocket(location.origin.replace("http", "ws") + "/__live", "holm.1"));
    wire.binaryType = "arraybuffer";
    wire.onopen = () => turn(OPENED, number);
    // While a part is on its way the client itself hears of nothing, and the visitor is to know.
    wire.onclose = () => turn(CLOSED, number, held && epoch == number && jobs[SHOW](2));
    wire.onmessage = e => {
      const frame = new Uint8Array(e.data);
      lesser || (failures = 0);
      // A snapshot (20) or a mount (28) waits for the part that morphs; a list's change (23) and an act (29) for theirs.
      const needs = { 20: ["morph", "care"], 28: ["care"], 23: ["list"], 29: ["hint", "aid"] }[frame[0]];
      needs && enter(() => load(needs));
      turn(HEARD, number, 0, frame);
    };
  },
  // disconnect
  () => {
    asked = [];
    epoch = 0;
    wire?.close(4000);
  },
  () => send([0]),
  // resync, leave, seen
  (kind, value) => send([kind, ...int(value)]),
  // name
  (slot, moved) => {
    const { element, seal, fresh } = islands[slot];
    if (!element.isConnected || !seal.length) return;
    naming ||= [[], []];
    const hash = fresh ? 2 : moved ? 1 : check(element), field = name => str(element.getAttribute("data-" + name));
    naming[0].push(slot);
    naming[1].push(...field("island"), ...field("instance"), hash, hash >> 8, hash >> 16, hash >> 24, ...str(seal));
    // The server takes no longer frame, but another.
    naming[1].length > MOST && jobs[JOIN]();
    return 1;
  },
  // join
  () => {
    const [slots, fields] = naming || [[], []];
    naming = 0;
    asked.push(slots);
    send([...hello(1), ...str(islands[-2].seal), ...int(slots.length), ...fields]);
  },
  // asked
  index => asked[0]?.[index] ?? (asked.shift(), -1),
  // joined
  (slot, id, seq) => {
    const island = islands[slot];
    island.id = id;
    island.fresh = 0;
    forget(slot, seq);
    // They follow already, but where nothing was sealed: there the island begins anew.
    island.owed.forEach((each, at) => each.seq = seq + at + 1);
    again(slot, seq);
    fire(island.element, "holm:mount");
    return island.owed.at(-1)?.seq ?? seq;
  },
  forget,
  // timer
  time => {
    clearTimeout(timer);
    if (time > 0) timer = setTimeout(() => turn(TICK), time * 10 - performance.now());
  },
  // ask
  number => {
    fetch("/__live/status").then(answer => answer.json()).then(({ code, word, action, retry_after }) => {
      // HTTP works.
      code ? jobs[ERROR](word, "", -1, code, 0) : failures++;
      turn(REASON, number, (code && action) | retry_after << 3);
    }, () => {});
  },
  // show
  now => {
    if (status == (status = now)) return;
    const word = "connecting live lost stopped".split(" ")[now];
    document.documentElement.setAttribute("data-live-status", word);
    fire(document, "holm:status", { status: word });
    now && enter(replay);
    // Nobody will answer any more.
    now > 2 && islands.forEach((_, slot) => answer(slot, 1 / 0));
  },
  (slot, seq) => {
    seq && answer(slot, seq);
    begin(islands[slot].element, seq);
  },
  // end
  (slot, seq, made) => {
    const { element, owed } = islands[slot];
    end(seq);
    parts.rescue?.(element, owed.at(-1)?.seq > seq);
    made && fire(element, "holm:patch", { seq, snapshot: made > 1 });
  },
  // settled
  answer,
  // presence
  (total, count) => part("words").then(() => parts.count?.(counters(total), total, count)),
  // reload
  () => {
    // Storage may be refused.
    try {
      if (!(Date.now() - sessionStorage.holmReload < 1e4)) {
        sessionStorage.holmReload = Date.now();
        location.reload();
        return 1;
      }
    } catch {}
  },
  // seal
  (_, __, slot, ___, ____, at, len) => { islands[slot].seal = memory.slice(at, at + len) },
  // push, a list's change, or an act; redirect, title
  (name, text, slot, kind) => {
    const { element } = islands[slot];
    kind > 24 ? parts.act?.(element, name, text) : kind > 23 ? fire(element, name, JSON.parse(text || null)) : parts.list?.(element, name, text);
  },
  url => location.assign(url),
  text => { document.title = text },
  // error
  (word, sentence, slot, code, seq) => {
    const island = islands[slot];
    console.warn(word, sentence);
    // That an island is not sealed is for its author.
    if (island && code != 211) {
      load(["words"]);
      // Before everything that waits by then, and may say that it is over.
      queue.unshift(() => parts.error(island.element, seq, sentence));
    }
    fire(island ? island.element : document, "holm:error", { code, word, sentence, seq });
  },
  // mount
  (key, html, parent, id) => {
    const [element, slot] = parts.mount?.(islands.map(each => each.element), parent, key, html) || [];
    if (!element) return;
    islands[slot] = { element, id, seal: none, first: none, owed: [] };
    answer(slot, 0);
    fire(element, "holm:mount");
    return slot + 1;
  },
  // resume
  (base, seen) => send([...hello(6), ...int(base), ...int(seen), ...islands[-2].seal]),
  again,
  // first
  slot => {
    const island = islands[slot], { seal, first } = island;
    island.seal = first;
    return seal != first && (forget(slot, 1 / 0), island.fresh = 1);
  },
];

// What a job answers is a number or a boolean; nothing at all is no.
const h_job = (job, a, b, c) => jobs[job](a, b, c);
const h_text = (job, a, b, c, at, len, next, more) => jobs[job](read(at, len), more ? read(next, more) : "", a, b, c, at, len);

/** Text in the client's memory. */
const read = (at, len) => decoder.decode(memory.subarray(at, at + len));
/** The client, and its memory as bytes; it grows only here, before a call. */
let wasm, memory;

/** Calls the client: writes bytes where it looks for them, past everything it owns itself. */
const call = (job, a = 0, b = 0, bytes = []) => {
  const at = wasm.inbox(), lacks = at + bytes.length - wasm.memory.buffer.byteLength;
  if (lacks > 0) wasm.memory.grow(Math.ceil(lacks / 65536));
  memory = new Uint8Array(wasm.memory.buffer);
  memory.set(bytes, at);
  return wasm.run(job, a, b, bytes.length);
};

/** The session's token. */
const token = () => islands[-2].seal;

/** For the parts, tests and tools. */
window.holm = {
  load,
  // Several parts may hear of the same.
  part: make => {
    const made = make(parts, TAG, is, around, foreign, mixed, astray, changed, owned, parse, put, drop, retext, write, live, () => touched,
      (from, to) => focused == from && (focused = to), begin, end, observe, call, load, queue, fire, emit, part, need, token, refocus);
    for (const name in made) {
      const before = parts[name];
      parts[name] = (...all) => (before?.(...all), made[name](...all));
    }
  },
  send: (element, name, payload) => emit(element, name, JSON.stringify(payload)),
  tap: make => tap = make,
  carry: make => carrier = make(enter, token, int, mark.transport),
};

const { src: source, dataset: mark } = document.currentScript, loads = {};
const ready = new Promise(done => document.readyState == "loading" ? document.addEventListener("readystatechange", done) : done());
const binary = location.protocol[0] == "h" && fetch(source.replace(/js$/, "wasm")).then(answer => answer.arrayBuffer()).then(WebAssembly.compile);

const boot = async () => {
  await ready;
  const found = [...document.querySelectorAll(TAG + "[data-instance]")];
  found.forEach(observe);
  wasm = instance(await binary);
  // What the server saw on the page. What is done early waits for `events` anyway, everything else not for long.
  await Promise.race([mark.parts && Promise.all(mark.parts.split(" ").map(part)), new Promise(done => setTimeout(done, 2e3))]);
  // Where the session's token is kept.
  islands[-2] = { seal: none };
  for (const element of found) {
    const seal = bytes(element.getAttribute("data-seal"));
    islands.push({ element, seal, first: seal, owed: [] });
  }
  turn(START, found.length);
  for (const type of ["online", "offline", "visibilitychange", "resume", "pageshow", "freeze", "pagehide"])
    addEventListener(type, e => {
      // A page that is left for good says nothing; the browser does.
      e.persisted == false || type[0] == "v" && document.hidden || turn(NUDGE, /fr|hide/.test(type));
    }, true);
};
binary && boot().catch(error => {
  console.error(error);
  jobs[SHOW](3);
});

// The page: what people press, the socket, timers, and what scripts are told.

const page = document.documentElement;
const encoder = new TextEncoder, decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const bytes = text => encoder.encode(text || "");
const WORDS = ["connecting", "live", "lost", "stopped"];
/** Numbers of the client's jobs, in the order of `browser.rs`. */
const START = 0, OPENED = 1, CLOSED = 2, HEARD = 3, REASON = 4, TICK = 5, EVENT = 6, NUDGE = 8;
/**
 * Islands by slot: `{element, id, seal, first, kept}`; `first` is the page's own seal, `kept` holds events
 * no seal contains, `{seq, submit, name, payload}`, without a name when they were refused.
 */
const islands = [], KEPT = 256;
/** Bytes of one frame; the server takes no longer ones. */
const MOST = 4e5;
/** What was pressed before the first join: `[target, submitter, acts, event]`. */
let early = [];
/** Joins without an answer: the slots each named. */
let asked = [], naming;
let status, timer, native, running, held, debug;
const queue = [], none = new Uint8Array;
/** What carries frames: a WebSocket, or what the part `fetch` makes in its likeness; and the connection's number. */
let wire, epoch;
/** What makes the latter; which transport the page asks for; how many WebSockets in a row failed where HTTP did not. */
let carrier, wished, failures = 0;

/** Calls into the client and events to the page's scripts, one after the other. */
const enter = job => {
  queue.push(job);
  drain();
};
const drain = () => {
  if (running) return;
  running = 1;
  try { while (!held && queue.length) queue.shift()() } finally { running = 0 }
};

/** A call of the client, in its turn. */
const turn = (...all) => enter(() => call(...all));

/** Loads a part that few pages need. */
const part = name => new Promise(done => {
  const script = document.createElement("script");
  script.src = source.replace(/holm-(?=[^/]*$)/, "holm-" + name + "-");
  script.onload = script.onerror = done;
  document.head.append(script);
});
/** Loads some that everything else waits for. */
const load = (...names) => {
  held = 1;
  return Promise.all(names.map(part)).then(() => {
    held = 0;
    drain();
  });
};

const fire = (target, name, detail) =>
  enter(() => target.dispatchEvent(new CustomEvent(name, { detail, bubbles: true })));

const press = e => {
  const submit = e.type == "submit";
  const target = submit ? e.target : e.target.closest?.("[data-live]");
  const value = target?.getAttribute(submit ? "data-live-submit" : "data-live"), island = target?.closest(TAG);
  // What stands in a disabled button may still be clicked.
  if (!value || !island || e.defaultPrevented || native || target.matches(":disabled")) return;
  const link = target.matches("a[href]");
  if (link && (e.metaKey || e.ctrlKey || e.shiftKey || e.altKey)) return;
  const form = submit ? target : /^(submit|image)$/.test(target.type) && target.form;
  // What the browser would do by itself: 2 goes somewhere, 1 submits to this page, which only helps once nothing is live for good.
  const acts = link || form && (form.matches("[action]") || (e.submitter || target).matches("[formaction]")) ? 2 : form ? 1 : 0;
  if (acts + status > 3) return;
  acts && e.preventDefault();
  let [name, ...rest] = submit ? [value] : value.split(" "), payload = rest.join(" ");
  if (submit) {
    payload = new URLSearchParams;
    let fields;
    // A submitter of another form, or none, is refused.
    try { fields = new FormData(target, e.submitter) } catch { fields = new FormData(target) }
    // The fields of a post without script are the browser's business.
    for (const [key, field] of fields) /^holm-/.test(key) || payload.append(key, field.name ?? field);
  }
  const pressed = { submit, name, payload: "" + payload };
  early ? early.push([target, e.submitter, acts, pressed]) : keep(target, pressed);
};

document.addEventListener("click", press);
document.addEventListener("submit", press);

/** Numbers an event and keeps it until a seal contains it; sends it when its island has joined. */
const keep = (target, pressed) => {
  const slot = islands.findIndex(island => island.element == target.closest(TAG)), island = islands[slot];
  island && enter(() => {
    // What no frame can carry would come back and back.
    if (pressed.payload.length > MOST || island.kept.filter(each => each.name)[KEPT - 1]) jobs[ERROR]("mailbox_full", "Too much.", slot, 105, 0);
    else {
      const told = call(EVENT, slot);
      pressed.seq = told >> 1;
      told && island.kept.push(pressed);
      told & 1 && say(island.id, pressed);
    }
  });
};

const say = (id, { submit, seq, name, payload }) => send([submit ? 3 : 2, ...int(id), ...int(seq), ...str(name), ...bytes(payload)]);

/** Up frames: a varint, a `str`, and the frame itself, as holm-wire writes them. */
const int = value => value > 127 ? [value % 128 + 128, ...int(Math.floor(value / 128))] : [value];
const str = text => {
  const all = typeof text == "string" ? bytes(text) : text;
  return [...int(all.length), ...all];
};
const send = frame => {
  frame = new Uint8Array(frame);
  debug?.(1, frame);
  wire.send(frame);
};
/** How a join and a resume begin. */
const hello = kind => [kind, !!counters(0)[0] + 2 * !!counters(1)[0], ...str(location.pathname), ...int(epoch)];

/** Deals with what was pressed early: keeps it, or lets the browser act when there is no server. */
const replay = () => {
  const all = early || [];
  early = 0;
  for (const [target, submitter, acts, pressed] of all) {
    if (!(acts + status > 3)) keep(target, pressed);
    else if (target.isConnected) {
      native = 1;
      pressed.submit ? HTMLFormElement.prototype.requestSubmit.call(target, submitter) : target.click();
      native = 0;
    }
  }
};

/** Forgets the kept events up to this one, or, when it was refused, what it was. */
const forget = (slot, seq, refused) => {
  const island = islands[slot];
  island.kept = refused ? island.kept.map(each => each.seq == seq ? { seq, name: "" } : each) : island.kept.filter(each => each.seq > seq);
};
/** Sends the kept events after this one again. */
const again = (slot, seq) => {
  const { id, kept } = islands[slot];
  for (const pressed of kept) pressed.seq > seq && say(id, pressed);
};

/** Who mirrors a count: that of this page, or the total. */
const counters = total => [...document.querySelectorAll("[data-live-presence]")].filter(
  element => element.getAttribute("data-live-presence") == "total" == total);

/** Writes text of the client's own, which counts as nobody's change. */
const fill = (elements, text) => {
  note(observer.takeRecords());
  for (const element of elements) element.textContent = text;
  observer.takeRecords();
};

/** Shows an island's error, or none; `failed` is the number of the event that failed, 0 for none. */
const tell = (island, failed, sentence) => {
  const { element } = island;
  island.failed = failed;
  element.classList.toggle("holm-error", failed >= 0);
  fill([...element.querySelectorAll("[data-live-error]")].filter(each => each.closest(TAG) == element), sentence);
};
/** An error is over once a later event has been dealt with. */
const calm = (slot, seq) => seq > islands[slot].failed && tell(islands[slot]);

const CONNECT = 14, JOIN = 19, SHOW = 25, ERROR = 35;
/** What the client asks for, in the order of `browser.rs`. */
const jobs = [
  ...STEPS,
  () => performance.now(),
  Math.random,
  // connect
  number => {
    epoch = number;
    const closed = () => turn(CLOSED, number);
    const lesser = wished ? wished != "websocket" : failures > 1;
    if (lesser && !carrier) return void part("fetch").then(() => epoch == number && (carrier ? jobs[CONNECT](number) : closed()));
    wire = lesser ? carrier(number) : new WebSocket(location.origin.replace("http", "ws") + "/__live", "holm.1");
    wire.binaryType = "arraybuffer";
    wire.onopen = () => turn(OPENED, number);
    wire.onclose = closed;
    wire.onmessage = e => {
      const frame = new Uint8Array(e.data);
      lesser || (failures = 0);
      debug?.(0, frame);
      // A snapshot (20) or a mount (28) waits for the part that morphs; a list's change (23) and an act (29) for theirs.
      const needs = { 20: ["morph", "care"], 28: ["care"], 23: ["list"], 29: ["hint"] }[frame[0]];
      needs && enter(() => parts[needs[0]] || load(...needs));
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
    naming[1].push(...field("island"), ...field("instance"), hash & 255, hash >> 8 & 255, hash >> 16 & 255, hash >>> 24, ...str(seal));
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
    // What is no event's fault may be over.
    calm(slot, 1);
    // They follow already, but where nothing was sealed: there the island begins anew.
    island.kept.forEach((each, at) => each.seq = seq + at + 1);
    again(slot, seq);
    fire(island.element, "holm:mount");
    return island.kept.at(-1)?.seq ?? seq;
  },
  forget,
  // timer
  wait => {
    clearTimeout(timer);
    if (wait < 1e9) timer = setTimeout(() => turn(TICK), Math.max(0, wait));
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
    status = now;
    page.setAttribute("data-live-status", WORDS[now]);
    fire(document, "holm:status", { status: WORDS[now] });
    now && enter(replay);
  },
  slot => begin(islands[slot].element),
  // end
  (slot, seq, made) => {
    const { element, kept } = islands[slot];
    end(seq);
    parts.rescue?.(element, kept.at(-1)?.seq > seq);
    if (made) {
      calm(slot, seq);
      fire(element, "holm:patch", { seq, snapshot: made > 1 });
    }
  },
  calm,
  // presence
  (total, count) => {
    fill(counters(total), count);
    fire(window, "holm:presence", { type: "presence", count, total: !!total });
  },
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
    island && code != 211 && tell(island, seq, sentence);
    fire(island ? island.element : document, "holm:error", { code, word, sentence, seq });
  },
  // mount
  (key, html, parent, id) => {
    const element = parts.mount(islands[parent].element, key, html);
    if (!element) return;
    // An island of the same key that is over makes room, on the page and in the list.
    const over = islands.findIndex(each => each.element == element || !each.element.isConnected);
    const slot = over < 0 ? islands.length : over;
    islands[slot] = { element, id, seal: none, first: none, kept: [] };
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
    return seal != first && (island.kept = [], island.fresh = 1);
  },
];

// What a job answers is a number or a boolean; nothing at all is no.
const h_job = (job, a, b, c) => jobs[job](a, b, c);
const h_text = (job, a, b, c, at, len, next, more) => jobs[job](read(at, len), more ? read(next, more) : "", a, b, c, at, len);

/** Text in the client's memory. Short ones are not worth a call of the decoder. */
const read = (at, len) => {
  const part = memory.subarray(at, at + len);
  let text = "";
  if (len < 48) for (const byte of part) text += byte < 128 ? String.fromCharCode(byte) : "";
  return text.length < len ? decoder.decode(part) : text;
};
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

/** For the parts, tests and tools. */
window.holm = {
  load: () => load("morph", "care"),
  part: make => Object.assign(parts, make(parts, TAG, foreign, mixed, astray, changed, owned, parse, put, drop, retext, write, live, () => touched,
    (from, to) => focused == from && (focused = to), begin, end, observe, call, load, queue, fire)),
  debug: show => debug = show,
  carry: make => carrier = make(enter, () => islands[-2].seal, int, wished),
};

const source = document.currentScript.src;
const ready = new Promise(done => document.readyState == "loading" ? document.addEventListener("DOMContentLoaded", done) : done());
const binary = location.protocol[0] == "h" && fetch(source.replace(/js$/, "wasm")).then(answer => answer.arrayBuffer()).then(WebAssembly.compile);

const boot = async () => {
  await ready;
  const found = [...document.querySelectorAll(TAG + "[data-instance]")];
  found.forEach(observe);
  const module = await binary;
  wasm = instance(module);
  // Storage may be refused.
  try {
    if (localStorage.holmDebug) await part("debug");
  } catch {}
  // Where the session's token is kept.
  islands[-2] = { seal: none };
  for (const element of found) {
    const seal = bytes(element.getAttribute("data-seal"));
    islands.push({ element, seal, first: seal, kept: [] });
  }
  wished = location.search.match(/holm-transport=(\w+)/)?.[1] || document.querySelector("[data-live-transport]")?.getAttribute("data-live-transport");
  turn(START, found.length);
  for (const type of ["online", "visibilitychange", "resume", "pageshow", "freeze", "pagehide"])
    addEventListener(type, e => {
      // A page that is left for good says nothing; the browser does.
      e.persisted == false || type[0] == "v" && document.hidden || turn(NUDGE, /f|hide/.test(type));
    }, true);
};
binary && boot().catch(error => {
  console.error(error);
  jobs[SHOW](3);
});

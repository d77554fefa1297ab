// The page: what people press, the socket, timers, and what scripts are told.

const html = document.documentElement;
const encoder = new TextEncoder, bytes = text => encoder.encode(text || "");
const WORDS = ["connecting", "live", "lost", "stopped"];
/** Islands by slot, and their slots. */
const islands = [], slots = new Map;
/** What was pressed before the first join: `[target, submitter, acts, arguments]`. */
let early = [];
let status, socket_, timer, native, running, debug;
const queue = [];

/** Calls into the client and events to the page's scripts, one after the other. */
const enter = job => {
  queue.push(job);
  if (running) return;
  running = 1;
  try { while (job = queue.shift()) job() } finally { running = 0 }
};

const fire = (target, name, detail) =>
  enter(() => target.dispatchEvent(new CustomEvent(name, { detail, bubbles: true })));

const press = e => {
  const submit = e.type == "submit", name = submit ? "data-live-submit" : "data-live";
  const target = submit ? e.target : e.target.closest?.("[data-live]");
  const value = target?.getAttribute(name), island = target?.closest(TAG);
  if (!value || !island || e.defaultPrevented || native) return;
  const link = target.localName == "a" && target.hasAttribute("href");
  if (link && (e.metaKey || e.ctrlKey || e.shiftKey || e.altKey)) return;
  // What the browser would do by itself: follow, or submit.
  const acts = submit || link || !!target.form && /^(submit|image)$/.test(target.type);
  if (status > 1 && acts) return;
  acts && e.preventDefault();
  const space = value.indexOf(" ");
  let payload = space < 0 ? "" : value.slice(space + 1);
  if (submit) {
    payload = new URLSearchParams;
    let fields;
    // A submitter of another form, or none, is refused.
    try { fields = new FormData(target, e.submitter) } catch { fields = new FormData(target) }
    for (const [key, field] of fields) payload.append(key, field.name ?? field);
  }
  const words = [submit, bytes(space < 0 ? value : value.slice(0, space)), bytes("" + payload)];
  early ? early.push([target, e.submitter, acts, words]) : send(target, words);
};

const send = (target, words) => {
  const slot = slots.get(target.closest(TAG));
  slot == null || enter(() => event(slot, ...words));
};

document.addEventListener("click", press);
document.addEventListener("submit", press);

/** Deals with what was pressed early: sends it, or lets the browser act when there is no server. */
const replay = live => {
  const all = early;
  early = 0;
  for (const [target, submitter, acts, words] of all || []) {
    if (live || !acts) send(target, words);
    else if (target.isConnected) {
      native = 1;
      words[0] ? HTMLFormElement.prototype.requestSubmit.call(target, submitter) : target.click();
      native = 0;
    }
  }
};

const h_connect = epoch => {
  const mine = socket_ = new WebSocket(location.origin.replace("http", "ws") + "/__live", "holm.1");
  mine.binaryType = "arraybuffer";
  mine.onopen = () => enter(() => socket(epoch, 0));
  mine.onclose = e => enter(() => socket(epoch, e.code));
  mine.onmessage = e => {
    const frame = new Uint8Array(e.data);
    debug?.(0, frame);
    enter(() => heard(epoch, frame));
  };
};

const h_disconnect = () => socket_?.close();

const h_send = frame => {
  debug?.(1, frame);
  socket_.readyState == 1 && socket_.send(frame);
};

const h_timer = wait => {
  clearTimeout(timer);
  if (wait < 1 / 0) timer = setTimeout(() => enter(tick), Math.min(wait, 1e9));
};

const h_ask = epoch => fetch("/__live/status").then(answer => answer.json()).then(
  told => enter(() => reason(epoch, told.code, told.retry_after || 0)), () => {});

const h_show = now => {
  status = now;
  html.setAttribute("data-live-status", WORDS[now]);
  fire(document, "holm:status", { status: WORDS[now] });
  now && enter(() => replay(now == 1));
};

const h_check = slot => islands[slot].isConnected ? check(islands[slot]) : -1;

const h_begin = slot => begin(islands[slot]);

const h_end = (slot, patched, seq, snapshot) => {
  end();
  if (patched) {
    islands[slot].classList.remove("holm-error");
    fire(islands[slot], "holm:patch", { seq, snapshot });
  }
};

const h_morph = html => morph(root, html);

const h_tell = (slot, word, a, b) => {
  const island = islands[slot];
  if (word == 0) fire(island, "holm:mount");
  else if (word == 1) island.classList.remove("holm-error");
  else if (word == 2) fire(island, a, JSON.parse(b || null));
  else if (word == 3) location.assign(a);
  else document.title = a;
};

const h_error = (slot, code, word, sentence, seq) => {
  const island = islands[slot];
  island?.classList.add("holm-error");
  fire(island || document, "holm:error", { code, word, sentence, seq });
};

const h_presence = (total, count) => {
  note(observer.takeRecords());
  for (const element of document.querySelectorAll("[data-live-presence]"))
    if ((element.getAttribute("data-live-presence") == "total") == total) element.textContent = count;
  observer.takeRecords();
  fire(window, "holm:presence", { type: "presence", count, total });
};

const h_mount = (parent, slot, key, instance, html) => {
  for (const island of islands[parent].querySelectorAll(TAG))
    if (island.getAttribute("data-key") == key && island.parentNode.closest(TAG) == islands[parent]) {
      begin(island);
      put(island, parse(document, island, html), null);
      write(island, "data-instance", instance);
      end();
      islands[slot] = island;
      slots.set(island, slot);
      fire(island, "holm:mount");
      return true;
    }
  return false;
};

const h_reload = () => {
  // Storage may be refused.
  try {
    if (Date.now() - sessionStorage.holmReload < 1e4) return false;
    sessionStorage.holmReload = Date.now();
    location.reload();
    return true;
  } catch { return false }
};

/** For tests and tools. */
window.holm = {
  apply: (island, program) => (observe(island), begin(island), program = apply(program), end(), program),
  morph: (island, html) => (observe(island), begin(island), morph(island, html), end()),
  check,
};

const source = document.currentScript.src;
const ready = new Promise(done => document.readyState == "loading" ? document.addEventListener("DOMContentLoaded", done) : done());
const binary = location.protocol[0] == "h" && fetch(source.replace(/js$/, "wasm")).then(answer => answer.arrayBuffer()).then(WebAssembly.compile);

const boot = async () => {
  await ready;
  const found = [...document.querySelectorAll(TAG + "[data-instance]")];
  found.forEach(observe);
  const module = await binary;
  __wbg_finalize_init(new WebAssembly.Instance(module, __wbg_get_imports()), module);
  // Storage may be refused.
  try {
    if (localStorage.holmDebug) await new Promise(done => {
      const script = document.createElement("script");
      script.src = source.replace(/holm-(?=[^/]*$)/, "holm-debug-");
      script.onload = script.onerror = done;
      document.head.append(script);
      window.holm.debug = f => debug = f;
    });
  } catch {}
  enter(() => {
    found.forEach((island, slot) => {
      islands.push(island);
      slots.set(island, slot);
      add(...["island", "instance", "seal"].map(name => bytes(island.getAttribute("data-" + name))));
    });
    const wants = total => document.querySelector(`[data-live-presence${total ? "=total]" : "]:not([data-live-presence=total])"}`) ? 1 : 0;
    start(wants(0) + 2 * wants(1), bytes(location.pathname));
  });
};
binary && boot().catch(error => {
  console.error("holm:", error);
  h_show(3);
});

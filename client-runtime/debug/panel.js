// The development panel's ears: reads the frames for what it tells of islands, and makes the network worse than it is.
// Loaded before the client connects, where the server is in development. What shows it is a part of its own, which
// Ctrl+Shift+H loads.
(() => {
const now = () => performance.now(), source = document.currentScript.src;
const part = (name, onload) => document.head.append(Object.assign(document.createElement("script"), { src: source.replace("holm-panel", "holm-" + name), onload }));

/** The network's faults: milliseconds there and back, and how many frames of a hundred get lost; until when there is none at all. */
const faults = { latency: 0, jitter: 0, up: 0, down: 0 };
let gone = 0, back, wire, beat;
const late = () => (faults.latency + Math.random() * faults.jitter) / 2;
const lost = way => Math.random() * 100 < faults[way];

/** What the view looks at. `frames`: those it has not shown yet, `[up, bytes, kind, fields, time]`. */
const panel = window.holm.panel = {
  faults, islands: [], frames: [], connections: 0, transport: "–",
  draw: () => {},
  cut: why => wire?.cut(why),
  /** For so many milliseconds from now; none at all ends it. */
  offline: time => {
    gone = now() + time;
    time && wire?.cut("offline");
    clearTimeout(back);
    // As browsers do.
    back = setTimeout(() => dispatchEvent(new Event("online")), time);
  },
  /** Milliseconds until it is online again. */
  left: () => gone - now(),
  // What is remembered for the tab, where that is allowed.
  store: {},
};
try { panel.store = sessionStorage } catch {}

/** One direction of a connection: things come late, but in their order. */
const line = () => {
  const waiting = [];
  let due = 0;
  return act => {
    due = Math.max(due, now() + late());
    if (due <= now() && !waiting[0]) return act();
    waiting.push(act);
    setTimeout(() => waiting.shift()(), due - now());
  };
};

window.holm.tap(raw => {
  const socket = raw instanceof WebSocket, up = line(), down = line();
  let over;
  const end = why => {
    over = 1;
    hear(1, 0, ["connection ended", { why }]);
    made.onclose();
  };
  // Over HTTP it is the requests that come late or get lost, see below.
  const pass = (way, act) => {
    const go = () => over || act();
    socket ? way(go) : go();
  };
  const made = wire = {
    send: frame => {
      hear(1, frame);
      socket && lost("up") ? made.cut("a frame up was lost") : pass(up, () => raw.send(frame));
    },
    close: code => {
      over = 1;
      raw.close(code);
    },
    cut: why => {
      if (over) return;
      made.close(4000);
      end(why);
    },
  };
  raw.binaryType = "arraybuffer";
  raw.onopen = () => pass(down, () => made.onopen());
  raw.onclose = () => pass(down, () => end("not by the panel"));
  raw.onmessage = ({ data }) => socket && lost("down") ? made.cut("a frame down was lost") : pass(down, () => {
    hear(0, new Uint8Array(data));
    made.onmessage({ data });
  });
  if (socket) panel.transport = "websocket";
  panel.connections++;
  gone > now() && setTimeout(() => made.cut("offline"));
  return made;
});

const real = fetch;
window.fetch = async (to, init) => {
  const way = /^\/__live\/(stream|poll|up|status)$/.exec(to)?.[1];
  if (!way) return real(to, init);
  if (/m|l/.test(way)) panel.transport = way;
  const travel = async way => {
    await new Promise(done => setTimeout(done, late()));
    if (gone > now() || lost(way)) throw TypeError("The development panel has lost it.");
  };
  await travel("up");
  const answer = await real(to, init);
  await travel("down");
  if (way != "stream" || !answer.ok) return answer;
  // What a stream brings comes late too.
  const reader = answer.body.getReader(), down = line();
  return new Response(new ReadableStream({
    start: async control => {
      // Whoever has read enough has closed it.
      const put = act => down(() => { try { act() } catch {} });
      for (let part; !(part = await reader.read()).done;) put(() => lost("down") ? control.error() : control.enqueue(part.value));
      put(() => control.close());
    },
    cancel: () => reader.cancel(),
  }), answer);
};

/** What waits for the part that decodes; the islands of joins without an answer. */
const raw = [], asked = [];
/** A frame, or words of our own. */
const hear = (up, frame, said) => {
  raw.push([up, frame, said, now()]);
  digest();
};
const digest = () => {
  const { decode } = window.holm;
  // What is only shown may not stop anything.
  try {
    for (let next; decode && (next = raw.shift());) {
      const [up, frame, said, time] = next;
      take(up, frame.length, said || decode(up, frame.slice()), time);
    }
  } catch (error) {
    console.warn(error);
  }
};

const take = (up, size, [kind, fields], time) => {
  const { islands, frames, store } = panel, { seq } = fields, named = id => islands.find(each => each.id == id), island = named(fields.island) || {};
  if (store.holmFrames) console.debug(up ? "holm ↑" : "holm ↓", size + " B", kind, fields);
  frames.push([up, size, kind, fields, time]);
  frames.splice(0, frames.length - 50);
  if (kind == "heartbeat") {
    if (beat && !up) panel.trip = time - beat;
    beat = up && time;
  }
  if (kind == "join") asked.push(fields.islands);
  if (kind == "leave") islands.splice(islands.indexOf(island), 1);
  if (/event|submit/.test(kind)) island.waits = [...island.waits.filter(each => each[0] != seq), [island.seq = seq, time]];
  if (kind == "joined") asked.shift()?.forEach((said, at) => {
    const old = islands.find(each => each.instance == said.instance);
    Object.assign(old || islands[islands.push({}) - 1], said, fields.islands[at], { waits: [], changed: 0 });
  });
  if (kind == "mount") islands.push({ ...fields, instance: named(fields.parent)?.instance + "/" + fields.key, seq: 0, waits: [] });
  if (kind == "seal") {
    island.seal = fields.seal;
    island.changed = 0;
  } else if (!up && seq) island.waits = island.waits?.filter(each => {
    if (each[0] == seq) panel.trip = time - each[1];
    return kind == "error" ? each[0] != seq : each[0] > seq;
  });
  if (/edit|ack|snap/.test(kind)) island.changed = 1;
  panel.draw();
};

addEventListener("keydown", e => {
  if (e.ctrlKey && e.shiftKey && (e.code == "KeyH" || /^h$/i.test(e.key))) {
    e.preventDefault();
    e.stopImmediatePropagation();
    panel.show ? panel.show() : part("view");
  }
}, true);
part("debug", digest);
})();

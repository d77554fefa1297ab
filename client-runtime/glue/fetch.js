// Carries frames where WebSockets do not get through: down by a streaming fetch or by long polls, up by
// POSTs. Loaded when it is needed. What it makes looks like a WebSocket to the page.

window.holm.carry((enter, token, int, wished) => {

/**
 * How long a stream may keep its first byte back; one that ends sooner than this was cut. What is sent has twice as long,
 * and a millisecond more for each byte: its connection may be dead while that of the answers lives.
 */
const PATIENCE = 5000;
/** Bytes of frames in one body; the server takes more, but a join frame may be large. */
const BODY = 4e5;
/** Streams get through, as far as is known; how many in a row were cut. */
let streams = wished != "poll", cuts = 0;

const wait = time => new Promise(done => setTimeout(done, time));

/**
 * Takes one of four places for streams: a browser has six connections for all tabs of an HTTP/1.1 origin.
 * Answers what gives the place back, or nothing.
 */
const place = async () => {
  const told = performance.getEntriesByType("navigation")[0];
  if (wished == "stream" || /^h[23]/.test(told?.nextHopProtocol)) return () => {};
  for (let number = 0; navigator.locks && number < 4; number++) {
    const leave = await new Promise(done => navigator.locks.request("holm-" + number, { ifAvailable: true },
      lock => lock ? new Promise(leave => done(leave)) : done()).catch(() => done()));
    if (leave) return leave;
  }
};

return epoch => {
  const wire = {};
  /** Frames that wait to go up, whether some are on their way, and how many counted ones came down. */
  let out = [], busy, over, answered, seen = 0, leave, abort;

  const end = () => {
    if (over) return;
    wire.close();
    wire.onclose();
  };

  const gather = () => {
    let size = 0, count = 0;
    while (count < out.length && (!count || size + out[count].length < BODY)) size += out[count++].length;
    return out.splice(0, count);
  };
  const body = frames => new Blob(frames.flatMap(frame => [new Uint8Array(int(frame.length)), frame]));

  const post = (path, body) => fetch("/__live/" + path, {
    method: "POST",
    body,
    signal: abort.signal,
    headers: {
      "content-type": "application/octet-stream",
      // The first request of a connection names no session: its frames do.
      ...answered && {
        "holm-session": btoa(String.fromCharCode(...token())).replace(/\+/g, "-").replace(/\//g, "_"),
        "holm-epoch": epoch,
        "holm-seen": seen,
      },
    },
  });
  const later = async answer => {
    if (answer.status != 429) throw 0;
    await wait((answer.headers.get("retry-after") || 1) * 1000);
  };
  /** A first request was refused: says so as the server does in a frame. */
  const refuse = async answer => {
    const { code, action, word } = await answer.json();
    wire.onmessage({ data: [22, ...int(code), action, 0, 0, ...int(word.length), ...new TextEncoder().encode(word)] });
  };

  /** Sends what has gathered, one POST after the other. */
  const flush = async () => {
    if (busy || over || !answered || !out.length) return;
    busy = 1;
    try {
      const all = gather();
      for (;;) {
        const frames = body(all), late = setTimeout(end, PATIENCE * 2 + frames.size), answer = await post("up", frames);
        clearTimeout(late);
        if (answer.ok) break;
        await later(answer);
        // Of a batch that was too much, the beginning was taken.
        all.splice(0, answer.headers.get("holm-taken"));
      }
      busy = 0;
      flush();
    } catch {
      end();
    }
  };

  /** Hands on the frames of a batch. */
  const take = batch => {
    for (let at = 0; at < batch.length && !over;) {
      let length = 0, scale = 1, byte;
      do {
        byte = batch[at++];
        length += byte % 128 * scale;
        scale *= 128;
      } while (byte > 127);
      const frame = batch.slice(at, at += length), kind = frame[0];
      if (kind > 16 && answered) seen++;
      if (kind == 16 || kind == 3) answered = 1;
      wire.onmessage({ data: frame });
    }
    // The page has dealt with these by then. Where its session is gone it joins, which is a first request again.
    enter(() => answered ? flush() : over || !out.length || leave && stream(body(gather())));
  };

  const stream = async all => {
    let opened = 0, text = "";
    abort?.abort();
    const mine = abort = new AbortController;
    const late = setTimeout(() => {
      streams = 0;
      end();
    }, PATIENCE);
    try {
      const answer = await post("stream", all);
      answer.ok || await refuse(answer);
      const reader = answer.body.getReader(), decoder = new TextDecoder;
      for (let part; !(part = await reader.read()).done && mine == abort;) {
        opened ||= performance.now();
        clearTimeout(late);
        const events = (text + decoder.decode(part.value, { stream: true })).split("\n\n");
        text = events.pop();
        for (const event of events) {
          const data = /^data: ?(.+)/m.exec(event);
          data && take(Uint8Array.from(atob(data[1]), each => each.charCodeAt()));
        }
      }
    } catch {}
    clearTimeout(late);
    if (mine != abort || over) return;
    // What the page has closed itself was not cut.
    if (opened) {
      cuts = performance.now() - opened < PATIENCE ? cuts + 1 : 0;
      if (cuts > 1) streams = 0;
    }
    end();
  };

  const poll = async () => {
    if (over) return;
    try {
      const first = !answered, answer = await post("poll", first ? body(gather()) : "");
      if (answer.ok) take(new Uint8Array(await answer.arrayBuffer()));
      else first ? await refuse(answer) : await later(answer);
      if (first && !answer.ok) throw 0;
      // In turn: by then the page has dealt with what came. Where a part keeps it waiting, nothing else tells whether the
      // server is still there.
      const look = setInterval(() => fetch("/__live/status").catch(end), 1e3);
      enter(() => {
        clearInterval(look);
        poll();
      });
    } catch {
      end();
    }
  };

  wire.send = frame => {
    out.push(frame);
    flush();
  };
  wire.close = () => {
    over = 1;
    abort?.abort();
    leave && leave();
  };

  (async () => {
    // Never before the page has put its handlers in place.
    leave = await (streams || wished == "stream" ? place() : 0);
    if (over) return leave && leave();
    wire.onopen();
    enter(() => {
      if (over) return;
      if (leave) return stream(body(gather()));
      abort = new AbortController;
      poll();
    });
  })();
  return wire;
};

});

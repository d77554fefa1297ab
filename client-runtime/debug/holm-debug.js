// Decodes frames for the development panel, which loads it.
(() => {
  const text = new TextDecoder();
  const UP = ["heartbeat", "join", "event", "submit", "resync", "leave", "resume", "seen"];
  const DOWN = {
    0: "heartbeat", 1: "presence", 2: "come back", 3: "resumed", 16: "joined", 17: "edit", 18: "ack", 19: "edit+ack",
    20: "snapshot", 21: "seal", 22: "error", 23: "list", 24: "push", 25: "redirect", 26: "title", 28: "mount", 29: "act",
  };
  const ACTIONS = ["keep", "retry", "rejoin", "reload", "stop", "join"];
  const LIST = ["append", "prepend", "fill", "before", "update", "remove", "clear", "keep last", "keep first", "text"];
  const OPS = ["up", "child", "id", "key", "text", "splice", "attr", "unattr", "insert", "remove", "move", "order", "inner"];

  const reader = bytes => {
    let at = 0;
    const byte = () => bytes[at++];
    const int = () => {
      let value = 0, scale = 1, part;
      do {
        part = byte();
        value += (part & 127) * scale;
        scale *= 128;
      } while (part > 127);
      return value;
    };
    const take = count => bytes.subarray(at, at += count);
    const str = () => text.decode(take(int()));
    const rest = () => take(bytes.length - at);
    const word = () => {
      const value = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true);
      at += 4;
      return value.toString(16);
    };
    return { byte, int, take, str, rest, word, more: () => at < bytes.length };
  };

  const program = bytes => {
    const r = reader(bytes), ops = [];
    while (r.more()) {
      const head = r.byte();
      let number = head >> 4;
      if (number == 15) number += r.int();
      const op = head & 15, name = OPS[op], own = () => text.decode(r.take(number));
      if (op == 0) ops.push([name, number + 1]);
      else if (op == 2 || op == 3 || op == 7 || op == 12) ops.push([name, own()]);
      else if (op == 4 || op == 8) ops.push([name, number, r.str()]);
      else if (op == 5) ops.push([name, number, r.int(), r.int(), r.str()]);
      else if (op == 6) ops.push([name, own(), r.str()]);
      else if (op == 9) ops.push([name, number, r.int() + 1]);
      else if (op == 10) ops.push([name, number, r.int(), r.int() + 1]);
      else if (op == 11) {
        const pieces = [];
        let cursor = 0;
        while (number--) {
          const head = r.int();
          if (head & 1) pieces.push(text.decode(r.take((head - 1) / 2)));
          else {
            const zigzag = Math.floor(head / 8), len = r.int() + 1, down = head & 4;
            const start = cursor + (zigzag & 1 ? -(zigzag + 1) / 2 : zigzag / 2);
            cursor = down ? start - len : start + len;
            pieces.push((head & 2 ? "stay " : "") + start + (down ? " down " : " up ") + len);
          }
        }
        ops.push([name, ...pieces]);
      } else ops.push([name, number]);
    }
    return ops.map(op => op.join(" · "));
  };

  const decode = (up, frame) => {
    const r = reader(frame), kind = r.byte();
    // A token lets whoever has it go on with the session.
    const token = length => (r.take(length), length ? "…" : "");
    const answers = () => {
      const islands = [];
      for (let count = r.int(); count--;) islands.push({ id: r.int(), seq: r.int() });
      return islands;
    };
    const fields = (up ? {
      1: () => {
        const head = { wants: r.byte(), path: r.str(), epoch: r.int(), token: token(r.int()) }, islands = [];
        for (let count = r.int(); count--;) islands.push({ name: r.str(), instance: r.str(), check: r.word(), seal: r.take(r.int()).length + " B" });
        return { ...head, islands };
      },
      2: () => ({ island: r.int(), seq: r.int(), name: r.str(), payload: text.decode(r.rest()) }),
      3: () => ({ island: r.int(), seq: r.int(), name: r.str(), fields: text.decode(r.rest()) }),
      4: () => ({ island: r.int() }),
      5: () => ({ island: r.int() }),
      6: () => ({ wants: r.byte(), path: r.str(), epoch: r.int(), base: r.int(), seen: r.int(), token: token(24) }),
      7: () => ({ count: r.int() }),
    } : {
      1: () => ({ total: !!r.byte(), count: r.int() }),
      2: () => ({ milliseconds: r.int() }),
      3: () => ({ silence: r.int(), islands: answers() }),
      16: () => ({ build: r.word(), silence: r.int(), token: token(24), islands: answers() }),
      17: () => ({ island: r.int(), program: program(r.rest()) }),
      18: () => ({ island: r.int(), seq: r.int() }),
      19: () => ({ island: r.int(), seq: r.int(), program: program(r.rest()) }),
      20: () => ({ island: r.int(), seq: r.int(), html: text.decode(r.rest()) }),
      21: () => ({ island: r.int(), seq: r.int(), seal: r.rest().length + " B" }),
      22: () => ({ code: r.int(), action: ACTIONS[r.byte()], island: r.int() - 1, seq: r.int(), word: r.str(), sentence: text.decode(r.rest()) }),
      23: () => ({ island: r.int(), op: LIST[r.take(2)[1]], list: text.decode(r.take(2)), text: text.decode(r.rest()) }),
      24: () => ({ island: r.int(), name: r.str(), json: text.decode(r.rest()) }),
      25: () => ({ url: text.decode(r.rest()) }),
      26: () => ({ text: text.decode(r.rest()) }),
      29: () => ({ island: r.int(), what: r.str(), with: text.decode(r.rest()) }),
      28: () => ({ parent: r.int(), key: r.str(), id: r.int(), name: r.str(), html: text.decode(r.rest()) }),
    })[kind];
    return [(up ? UP : DOWN)[kind] ?? "unknown " + kind, fields?.() ?? {}];
  };

  window.holm.decode = (up, frame) => {
    // What is only shown may not stop anything.
    try { return decode(up, frame) } catch { return ["a frame of another version", {}] }
  };
})();

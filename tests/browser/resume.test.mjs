// The client against a server that is a list of frames: what goes up on each connection, over WebSockets and POSTs.

import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { bytes, int, reader, str } from "./frames.mjs";
import { launch, open } from "./morph-page.mjs";

let browser;
before(async () => { browser = await launch() });
after(() => browser?.close());

const TOKEN = Array.from({ length: 24 }, (_, at) => at * 10);
const ids = islands => [...int(islands.length), ...islands.flat()];
const joined = (...islands) => [0x10, 0, 0, 0, 0, 60, ...TOKEN, ...ids(islands)];
const resumed = (...islands) => [0x03, 60, ...ids(islands)];
/** Sets the text of the first element in island `id`. */
const shows = (id, text, seq) => [...(seq == null ? [0x11, id] : [0x13, id, seq]), 0x01, 0x04, ...str(text)];
const seal = (id, seq, text) => [0x15, id, seq, ...bytes(text)];
const refused = (code, action, about, seq, word) => [0x16, ...int(code), action, about, seq, ...str(word), ...bytes("No.")];
const gone = refused(311, 5, 0, 0, "session_gone");

/** Reads a frame as holm-wire writes it down, to its end. */
const decode = frame => {
  const { take, number, text, rest, ended } = reader(frame);
  const fields = {
    0: () => ["beat"],
    1: () => {
      const [wants, path, epoch, token, count] = [take(1)[0], text(), number(), take(number()), number()];
      assert.equal(wants, 0);
      const islands = Array.from({ length: count }, () => {
        const name = text();
        assert.equal(text(), `${name}:0`);
        const check = Buffer.from(take(4)).readUInt32LE();
        return [name, ["unknown", "moved", "fresh"][check] ?? "shown", text()];
      });
      assert.equal(path, "/");
      return ["join", epoch, token.length ? "known" : "new", ...islands];
    },
    2: () => ["event", number(), number(), text(), rest()],
    4: () => ["resync", number()],
    6: () => {
      const [wants, path, ...numbers] = [take(1)[0], text(), number(), number(), number()];
      assert.equal(wants, 0);
      assert.equal(path, "/");
      assert.deepEqual([...take(24)], TOKEN);
      return ["resume", ...numbers];
    },
    7: () => ["seen", number()],
  }[frame[0]]();
  assert.ok(ended(), `a frame of kind ${frame[0]} is longer than it says`);
  return fields;
};

const until = async (check, what) => {
  const end = Date.now() + 15_000;
  while (!check()) {
    assert.ok(Date.now() < end, `waited in vain: ${what}`);
    await new Promise(done => setTimeout(done, 5));
  }
};

const ISLAND = '<holm-island data-island="One" data-instance="One:0" data-seal="c0"><b>0</b><button data-live="inc">+</button><input name="draft"></holm-island>';

/** A page whose server is the test: `up` holds what came, decoded; `send` and `cut` act on the newest connection. */
const served = async (options = {}) => {
  const server = { up: [], connections: 0 };
  server.page = await open(browser, options.body ?? ISLAND, {
    ...options,
    socket: ws => {
      server.connections++;
      server.send = frame => ws.send(Buffer.from(frame));
      server.cut = code => ws.close({ code });
      ws.onClose(code => server.code = code);
      ws.onMessage(frame => server.up.push(decode([...frame])));
    },
  });
  server.next = async (...expected) => {
    const what = () => server.up.filter(([kind]) => kind != "seen" && kind != "beat");
    await until(() => what().length, expected.join());
    assert.deepEqual(what()[0], expected);
    server.up.splice(server.up.findIndex(each => each == what()[0]), 1);
  };
  server.press = () => server.page.evaluate(() => document.querySelector("button").click());
  server.status = () => server.page.evaluate(() => window.statuses.join(" "));
  server.shown = text => server.page.waitForFunction(text => document.querySelector("b").textContent == text, text);
  await server.page.evaluate(() => {
    window.statuses = [];
    window.errors = [];
    document.addEventListener("holm:status", ({ detail }) => statuses.push(detail.status));
    document.addEventListener("holm:error", ({ detail }) => errors.push(detail.word));
  });
  return server;
};
const done = async ({ page }) => {
  assert.deepEqual(page.raised, []);
  await page.context().close();
};

describe("a session over WebSockets", () => {
  test("goes on after a loss with its token, its count and its events, and says nothing of it", async () => {
    const server = await served();
    await server.next("join", 1, "new", ["One", "shown", "c0"]);
    server.send(joined([3, 0]));
    await server.page.waitForFunction(() => document.documentElement.dataset.liveStatus == "live");
    await server.press();
    await server.next("event", 3, 1, "inc", "");
    server.send(shows(3, "1", 1));
    await server.shown("1");
    await until(() => server.up.some(each => each.join() == "seen,1"), "the report");
    await server.press();
    await server.next("event", 3, 2, "inc", "");
    await server.page.locator("input").fill("half a word");
    server.cut(1001);
    await until(() => server.connections > 1, "another connection");
    await server.press();
    await server.next("resume", 2, 1, 1);
    await server.press();
    server.send(resumed([3, 2]));
    await server.next("event", 3, 3, "inc", "");
    await server.next("event", 3, 4, "inc", "");
    server.send(shows(3, "2", 2));
    await server.shown("2");
    assert.equal(await server.page.locator("input").inputValue(), "half a word");
    assert.equal(await server.status(), "live");
    await done(server);
  });

  test("that is gone joins on the same connection, with its newest seal and every event that is not in it", async () => {
    const server = await served();
    await server.next("join", 1, "new", ["One", "shown", "c0"]);
    server.send(joined([3, 0]));
    for (let seq = 1; seq <= 4; seq++) {
      await server.press();
      await server.next("event", 3, seq, "inc", "");
    }
    server.send(shows(3, "1", 1));
    server.send(seal(3, 1, "c1"));
    server.send(seal(3, 2, ""));
    // The third is refused; the fourth comes after it all the same.
    server.send(refused(102, 0, 4, 3, "handler_error"));
    await server.page.waitForFunction(() => window.errors.length);
    server.cut(1001);
    await server.next("resume", 2, 1, 4);
    server.send(gone);
    await server.next("join", 2, "known", ["One", "shown", "c1"]);
    server.send(joined([0, 2]));
    await server.next("event", 0, 3, "", "");
    await server.next("event", 0, 4, "inc", "");
    assert.deepEqual(await server.page.evaluate(() => window.errors), ["handler_error"]);
    await server.press();
    await server.next("event", 0, 5, "inc", "");
    assert.equal(server.connections, 2);
    await done(server);
  });

  test("begins anew from the page's own seal when the session's is refused, and counts on from what it is told", async () => {
    const server = await served();
    await server.next("join", 1, "new", ["One", "shown", "c0"]);
    server.send(joined([3, 0]));
    await server.press();
    await server.next("event", 3, 1, "inc", "");
    server.send(shows(3, "1", 1));
    server.send(seal(3, 1, "c1"));
    await server.press();
    await server.next("event", 3, 2, "inc", "");
    server.send(refused(201, 3, 4, 0, "seal_forged"));
    await server.next("join", 1, "known", ["One", "fresh", "c0"]);
    // Numbers go on above all that were used before.
    server.send(joined([4, 90]));
    await server.press();
    await server.next("event", 4, 91, "inc", "");
    await done(server);
  });

  test("that begins again from an earlier state gives a draft back to its field", async () => {
    const server = await served();
    await server.next("join", 1, "new", ["One", "shown", "c0"]);
    server.send(joined([3, 0]));
    await server.press();
    await server.next("event", 3, 1, "inc", "");
    server.send(shows(3, "open", 1));
    await server.shown("open");
    await server.page.locator("input").fill("half a word");
    server.cut(1001);
    await server.next("resume", 2, 1, 1);
    server.send(gone);
    await server.next("join", 2, "known", ["One", "moved", "c0"]);
    server.send(joined([0, 0]));
    await server.next("event", 0, 1, "inc", "");
    // The state before the event had no such field.
    server.send([0x14, 0, 0, ...bytes("<b>shut</b>")]);
    await server.shown("shut");
    server.send([0x14, 0, 1, ...bytes('<b>open</b><p><input name="draft"></p>')]);
    await server.shown("open");
    assert.equal(await server.page.locator("input").inputValue(), "half a word");
    // Afterwards what is gone is gone.
    server.send([0x14, 0, 1, ...bytes("<b>shut</b>")]);
    await server.shown("shut");
    server.send([0x14, 0, 1, ...bytes('<b>open</b><input name="draft">')]);
    await server.shown("open");
    assert.equal(await server.page.locator("input").inputValue(), "");
    await done(server);
  });

  test("is let go when the page is frozen, and is taken up when it goes on", async () => {
    const server = await served();
    await server.next("join", 1, "new", ["One", "shown", "c0"]);
    server.send(joined([3, 0]));
    await server.page.evaluate(() => document.dispatchEvent(new Event("freeze")));
    await until(() => server.code, "the end of the connection");
    assert.equal(server.code, 4000);
    await server.page.evaluate(() => document.dispatchEvent(new Event("resume")));
    await server.next("resume", 2, 1, 0);
    server.send(resumed([3, 0]));
    await server.press();
    await server.next("event", 3, 1, "inc", "");
    assert.equal(await server.status(), "live");
    await done(server);
  });

  test("shows as lost when the first attempt fails, and says so", async () => {
    const server = await served();
    await server.next("join", 1, "new", ["One", "shown", "c0"]);
    server.send(joined([3, 0]));
    await server.page.waitForFunction(() => document.documentElement.dataset.liveStatus == "live");
    server.cut(1001);
    await server.next("resume", 2, 1, 0);
    server.cut(1001);
    await server.next("resume", 3, 1, 0);
    assert.equal(await server.status(), "live lost");
    server.send(resumed([3, 0]));
    await server.page.waitForFunction(() => document.documentElement.dataset.liveStatus == "live");
    await done(server);
  });
});

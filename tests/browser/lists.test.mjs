// The client's lists against a server that is a list of frames: rows are the list's, and nobody else's.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { bytes, child, key, text } from "./frames.mjs";
import { launch, open } from "./morph-page.mjs";

let browser;
before(async () => { browser = await launch() });
after(() => browser?.close());

const edit = (...program) => [0x11, 0, ...program.flat()];
const snapshot = html => [0x14, 0, 0, ...bytes(html)];
/** What holm-wire's `list::name` makes of it. */
const hash = name => {
  const hash = bytes(name).reduce((hash, unit) => Math.imul(hash ^ unit, 0x1000193), 0x811c9dc5);
  return [hash >>> 25, (hash >>> 18) & 127];
};
const OPS = ["append", "prepend", "fill", "before", "update", "remove", "clear", "keepLast", "keepFirst", "text"];
const list = (op, data = "", name = "rows") => [0x17, 0, 3, OPS.indexOf(op), ...hash(name), ...bytes(data)];
const row = (key, text = key) => `<li data-key="${key}">${text}</li>`;

/** A page with one island, whose server sends what the test sends. */
const served = async html => {
  const server = { heard: [] };
  server.page = await open(browser, `<holm-island data-island="A" data-instance="A:0" data-seal="c2VhbA">${html}</holm-island>`, {
    socket: ws => {
      server.send = (...frames) => frames.forEach(frame => ws.send(Buffer.from(frame)));
      ws.onMessage(frame => {
        frame[0] == 7 || server.heard.push([...frame]);
        if (frame[0] == 1) server.send([0x10, 0, 0, 0, 0, 60, ...Array(24).fill(1), 1, 0, 0]);
      });
    },
  });
  const { page } = server;
  await page.waitForFunction(() => document.documentElement.dataset.liveStatus == "live");
  server.shows = async wanted => {
    await page.waitForFunction(wanted => document.querySelector("holm-island").innerHTML == wanted, wanted, { timeout: 5_000 })
      .catch(async () => assert.equal(await page.$eval("holm-island", island => island.innerHTML), wanted));
  };
  server.close = async () => {
    assert.deepEqual(server.heard.filter(frame => frame[0] != 1), [], "no snapshot was asked for");
    assert.deepEqual(page.raised, []);
    await page.context().close();
  };
  return server;
};
const ul = (rows, more = "") => `<ul data-live-list="rows"${more}>${rows}</ul>`;

test("every operation does what its name says, and twice is as once", async () => {
  const { send, shows, close } = await served(ul(""));
  const steps = [
    [list("append", row("a") + row("b")), ["a", "b"]],
    [list("prepend", row("y") + row("z")), ["y", "z", "a", "b"]],
    [list("before", "a\0" + row("m")), ["y", "z", "m", "a", "b"]],
    [list("remove", "z"), ["y", "m", "a", "b"]],
    [list("append", row("y")), ["m", "a", "b", "y"]],
    [list("prepend", row("m")), ["m", "a", "b", "y"]],
    [list("update", row("gone")), ["m", "a", "b", "y"]],
    [list("before", "gone\0" + row("e")), ["m", "a", "b", "y", "e"]],
    [list("keepLast", "4"), ["a", "b", "y", "e"]],
    [list("keepFirst", "3"), ["a", "b", "y"]],
    [list("fill", row("y") + row("q")), ["y", "q"]],
    [list("append", row("r") + row("s")), ["y", "q", "r", "s"]],
    [list("fill", row("s") + row("n") + row("q") + row("o")), ["s", "n", "q", "o"]],
    [list("clear"), []],
    // Somebody else's list is no list.
    [list("append", row("x"), "other"), []],
  ];
  for (const [frame, keys] of steps)
    for (let times = 2; times--;) {
      send(frame);
      await shows(ul(keys.map(key => row(key)).join("")));
    }
  await close();
});

test("edits by key and snapshots pass the rows by, and the rows' keys lead nowhere", async () => {
  const { page, send, shows, close } = await served(`<p data-key="1">a</p>${ul("")}`);
  send(list("append", row("1") + row("2")), edit(key("1"), text(0, "b")));
  await shows(`<p data-key="1">b</p>${ul(row("1") + row("2"))}`);
  await page.$eval("li", node => { node.mine = true; });
  send(snapshot(`<h1>new</h1><ul><li>static</li></ul><div>${ul("", " class=\"x\"")}</div><p data-key="1">c</p>`));
  await shows(`<h1>new</h1><ul><li>static</li></ul><div>${ul("", " class=\"x\"")}</div><p data-key="1">c</p>`);
  // Another parent's list is another list; the same one keeps its rows.
  send(list("append", row("1")), snapshot(`<div>${ul("", " class=\"y\"")}</div><p data-key="1">d</p>`));
  await shows(`<div><ul data-live-list="rows" class="y">${row("1")}</ul></div><p data-key="1">d</p>`);
  send(edit(key("1"), text(0, "e")));
  await shows(`<div><ul data-live-list="rows" class="y">${row("1")}</ul></div><p data-key="1">e</p>`);
  await close();
});

test("what scripts did in rows does not keep edits and changes from going on", async () => {
  const { page, send, shows, close } = await served(`<b>0</b>${ul("")}`);
  send(list("append", row("a") + row("b")));
  await shows(`<b>0</b>${ul(row("a") + row("b"))}`);
  await page.evaluate(() => {
    const [a, b] = document.querySelectorAll("li");
    a.remove();
    b.append(document.createElement("i"));
    b.classList.add("seen");
  });
  send(edit([child(0)], text(0, "1")), list("append", row("c")), list("remove", "a"), list("keepLast", "2"));
  await shows(`<b>1</b>${ul('<li data-key="b" class="seen">b<i></i></li>' + row("c"))}`);
  send(list("update", '<li data-key="b" class="new">B</li>'));
  await page.waitForFunction(() => document.querySelector("li").textContent == "B");
  // Classes that others added stay, as in every edit.
  assert.equal(await page.$eval("li", row => row.className), "new seen");
  await close();
});

test("a row that may not stand in its list does no harm", async () => {
  const { send, shows, close } = await served(ul(row("1")));
  const cells = '<tr data-key="1"><td>cell</td></tr>';
  send(list("update", cells), list("append", cells), list("append", row("2")));
  await shows(ul(row("1") + row("2")));
  await close();
});

test("rows are parsed as what they stand in, and text is text", async () => {
  const { send, shows, close } = await served('<table><tbody data-live-list="rows"></tbody></table><p data-live-list="said"></p>');
  const cells = '<tr data-key="1"><td>1</td></tr>';
  send(list("append", cells), list("text", "<b>", "said"), list("text", "&amp;", "said"));
  await shows(`<table><tbody data-live-list="rows">${cells}</tbody></table><p data-live-list="said">&lt;b&gt;&amp;amp;</p>`);
  send(list("clear", "", "said"), list("text", "ø", "said"));
  await shows(`<table><tbody data-live-list="rows">${cells}</tbody></table><p data-live-list="said">ø</p>`);
  await close();
});

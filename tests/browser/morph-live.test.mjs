// The client against a server that is a list of frames: joins, mounts, and whose change is whose.

import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { bytes, child, int, key, op, reader, str, text } from "./frames.mjs";
import { launch, open } from "./morph-page.mjs";

let browser;
before(async () => { browser = await launch() });
after(() => browser?.close());

const attr = (name, value) => [...op(6, bytes(name).length), ...bytes(name), ...str(value)];
const insert = (index, html) => [...op(8, index), ...str(html)];
const inner = html => [...op(12, bytes(html).length), ...bytes(html)];
const edit = (island, ...program) => [0x11, ...int(island), ...program.flat()];
const mount = (parent, name, id, html) => [0x1c, ...int(parent), ...str(name), ...int(id), ...str("Child"), ...bytes(html)];

/** The server's token, and what it says: a joined frame for so many islands. */
const TOKEN = Array.from({ length: 24 }, (_, at) => at + 1);
const answer = (count, seq = 0) => [0x10, 0, 0, 0, 0, ...int(60), ...TOKEN, ...int(count), ...Array.from({ length: count }, (_, id) => [...int(id), seq]).flat()];

/** The instances a join frame names. */
const joined = frame => {
  const { take, number, text } = reader(frame);
  take(1);
  text();
  number();
  text();
  const instances = [];
  for (let count = number(); count--; take(4), text()) {
    text();
    instances.push(text());
  }
  return instances;
};

/** A page whose server lets every island join, and sends what the test sends. */
const served = async body => {
  const server = { heard: [], seen: [] };
  server.page = await open(browser, body, {
    socket: ws => {
      server.send = frame => ws.send(Buffer.from(frame));
      ws.onMessage(frame => {
        (frame[0] == 7 ? server.seen : server.heard).push([...frame]);
        if (frame[0] != 1) return;
        server.instances = joined(frame);
        server.send(answer(server.instances.length));
      });
    },
  });
  await server.page.waitForFunction(() => document.documentElement.dataset.liveStatus == "live");
  return server;
};
const island = (name, html, more = "") => `<holm-island data-island="${name}" data-instance="${name}:0"${more}>${html}</holm-island>`;
const SEAL = ' data-seal="c2VhbA"';

describe("joins and mounts", () => {
  test("an island without a seal is not joined", async () => {
    const { page, instances } = await served(island("Without", "<b>1</b>") + island("With", "<b>2</b>", SEAL));
    assert.deepEqual(instances, ["With:0"]);
    assert.deepEqual(page.raised, []);
    await page.context().close();
  });

  test("a nested island that comes and goes 600 times goes on", async () => {
    const { page, send, heard } = await served(island("Parent", "", SEAL));
    const place = '<holm-island data-key="k" data-island="Child"></holm-island>';
    for (let id = 1; id <= 600; id++) {
      send(edit(0, inner("")));
      send(edit(0, inner(place)));
      send(mount(0, "k", id, `<button data-live="inc">${id}</button>`));
    }
    send(edit(600, child(0), text(0, "six hundred")));
    await page.waitForFunction(() => document.querySelector("holm-island holm-island")?.textContent == "six hundred");
    assert.equal(await page.locator("holm-island holm-island").getAttribute("data-instance"), "Parent:0/k");
    await page.locator("button").click();
    const until = Date.now() + 10_000;
    while (!heard.some(frame => frame[0] == 2) && Date.now() < until) await new Promise(setImmediate);
    assert.deepEqual(heard.filter(frame => frame[0] != 1), [[2, ...int(600), 1, ...str("inc")]], "no snapshot was asked for");
    assert.deepEqual(page.raised, []);
    await page.context().close();
  });

  test("a mount replaces what stood in the placeholder", async () => {
    const { page, send, heard } = await served(island("Parent", '<holm-island data-key="k" data-island="Child"><i>old</i> words</holm-island>', SEAL));
    send(mount(0, "k", 1, "<b>first</b>"));
    send(mount(0, "k", 2, "<b>second</b>"));
    // The first is over: a word for it goes nowhere.
    send(edit(1, child(0), text(0, "wrong")));
    send(edit(2, child(0), text(0, "right")));
    await page.waitForFunction(() => document.querySelector("holm-island holm-island").innerHTML == "<b>right</b>");
    assert.deepEqual(heard.filter(frame => frame[0] != 1), []);
    await page.context().close();
  });
});

describe("whose change is it", () => {
  /** Runs in a page with one island, `$`; `run` applies programs with `apply` and answers. */
  const inside = async (html, run, ...programs) => {
    const page = await open(browser, `<holm-island>${html}</holm-island>`);
    const said = await page.evaluate(([run, programs]) => {
      const $ = document.querySelector("holm-island"), apply = at => holm.apply($, new Uint8Array(programs[at]));
      // A first job, so that the island is watched.
      holm.apply($, new Uint8Array());
      return new Function("$", "apply", `return (${run})($, apply)`)($, apply);
    }, [run.toString(), programs.map(program => program.flat())]);
    assert.deepEqual(page.raised, []);
    await page.context().close();
    return said;
  };

  test("a key that two elements have is refused", async () => {
    const html = '<ul><li data-key="a">1</li></ul><ul><li data-key="a">2</li></ul>';
    const said = await inside(html, ($, apply) => [apply(0), $.innerHTML], [key("a"), text(0, "x")]);
    assert.deepEqual(said, [false, html]);
  });

  test("a key or id within a node of somebody else's is not the server's", async () => {
    const html = '<p id="i" data-key="a">1</p>';
    const said = await inside(html, async ($, apply) => {
      const box = document.createElement("div");
      box.append($.firstChild.cloneNode(true));
      $.prepend(box);
      await null;
      return [apply(0), apply(1), box.textContent, $.lastChild.textContent];
    }, [key("a"), text(0, "x")], [...op(2, 1), ...bytes("i"), text(0, "y")]);
    assert.deepEqual(said, [true, true, "1", "y"]);
  });

  test("our own texts stay ours", async () => {
    const said = await inside("<p>1</p>", async ($, apply) => {
      const done = [apply(0)];
      await null;
      done.push(apply(1), apply(0), apply(2), apply(1));
      await null;
      return [...done, apply(0), $.innerHTML];
    }, [child(0), text(0, "2")], [child(0), text(0, "3")], [child(0), attr("title", "t"), text(0, "4")]);
    assert.deepEqual(said, [true, true, true, true, true, true, '<p title="t">2</p>']);
  });

  test("what others do between two edits is seen", async () => {
    const said = await inside("<p>1</p><p>2</p>", ($, apply) => {
      const first = apply(0);
      $.firstChild.firstChild.data = "theirs";
      return [first, apply(1), apply(0), $.innerHTML];
    }, [child(0), text(0, "a")], [child(1), text(0, "b")]);
    assert.deepEqual(said, [true, true, false, "<p>theirs</p><p>b</p>"]);
  });

  test("what an observer of theirs does about our text is seen", async () => {
    const said = await inside("<p>1</p>", async ($, apply) => {
      const theirs = new MutationObserver(() => {
        theirs.disconnect();
        $.firstChild.firstChild.data += "!";
      });
      theirs.observe($, { subtree: true, characterData: true });
      const first = apply(0);
      await null;
      return [first, $.textContent, apply(1), $.textContent];
    }, [child(0), text(0, "a")], [child(0), text(0, "b")]);
    assert.deepEqual(said, [true, "a!", false, "a!"]);
  });

  test("what a custom element does in the middle of an edit is seen", async () => {
    for (const late of [false, true]) {
      const said = await inside('<x-cell title="1"></x-cell><p>1</p><ul><li>1</li></ul>', new Function("$", "apply", `
        customElements.define("x-cell", class extends HTMLElement {
          static observedAttributes = ["title"];
          attributeChangedCallback(name, from, to) {
            if (to != "2") return;
            $.children[1].firstChild.data = "theirs";
            $.children[2].prepend(document.createElement("hr"));
          }
        });
        const first = apply(${late ? 3 : 0});
        return [first, apply(1), apply(2), $.innerHTML];
      `).toString().replace(/^function anonymous/, "function"),
      // With a text before the attribute too: nobody watches before the first risk.
      [child(0), attr("title", "2")], [child(1), text(0, "b")], [child(2), child(0), text(0, "c")],
      [child(2), child(0), text(0, "0"), op(0, 1), child(0), attr("title", "2")]);
      assert.deepEqual(said, [true, false, true, '<x-cell title="2"></x-cell><p>theirs</p><ul><hr><li>c</li></ul>']);
    }
  });
});

test("text that is being composed stays while an edit changes what is around it", async () => {
  const { page, send, heard } = await served(island("Form", '<p>1</p><input class="a" value="">', SEAL));
  const input = page.locator("input"), cdp = await page.context().newCDPSession(page);
  await page.evaluate(() => {
    window.said = [];
    for (const type of ["compositionstart", "compositionend"]) addEventListener(type, ({ data }) => said.push([type, data]));
  });
  await input.focus();
  await cdp.send("Input.imeSetComposition", { text: "に", selectionStart: 1, selectionEnd: 1 });
  await cdp.send("Input.imeSetComposition", { text: "にほ", selectionStart: 2, selectionEnd: 2 });
  send(edit(0, child(0), text(0, "2"), op(0, 0), child(1), attr("class", "b"), attr("value", "server")));
  await page.waitForFunction(() => document.querySelector("input").className == "b");
  assert.equal(await page.locator("p").textContent(), "2");
  assert.equal(await input.inputValue(), "にほ");
  await cdp.send("Input.imeSetComposition", { text: "にほん", selectionStart: 3, selectionEnd: 3 });
  await cdp.send("Input.insertText", { text: "日本" });
  // What the server has set meanwhile lands when the composition ends.
  await page.waitForFunction(() => document.querySelector("input").value == "server");
  const said = await page.evaluate(() => window.said);
  assert.deepEqual(said.map(([type]) => type), ["compositionstart", "compositionend"], "it was never broken off");
  assert.deepEqual(heard.filter(frame => frame[0] != 1), []);
  await page.context().close();
});

describe("errors", () => {
  const fail = (id, seq, sentence) => [0x16, 102, 0, ...int(id + 1), ...int(seq), ...str("handler_error"), ...bytes(sentence)];
  const ack = (id, seq) => [0x12, ...int(id), ...int(seq)];
  const SINK = '<p data-live-error data-live-ignore role="alert"></p>';
  const inner = '<holm-island data-key="k" data-island="Child"><i data-live-error data-live-ignore></i></holm-island>';

  test("an error stays until a later event is dealt with, and its sentence stands in the island's own place", async () => {
    const { page, send, heard } = await served(island("One", `<b>1</b>${SINK}${inner}`, SEAL));
    const state = () => page.evaluate(() => [
      document.querySelector("holm-island").className, document.querySelector("p").textContent,
      document.querySelector("i").textContent, document.querySelector("b").textContent,
    ]);
    const shown = text => page.waitForFunction(text => document.querySelector("b").textContent == text, text);
    send(fail(0, 3, "Not today."));
    send(edit(0, child(0), text(0, "2")));
    send(ack(0, 3));
    send([0x13, 0, 2, ...child(0), ...text(0, "3")]);
    await shown("3");
    // The first one brings the part that shows it.
    await page.waitForFunction(() => document.querySelector("holm-island").className);
    assert.deepEqual(await state(), ["holm-error", "Not today.", "", "3"]);
    send([0x13, 0, 4, ...child(0), ...text(0, "4")]);
    await shown("4");
    assert.deepEqual(await state(), ["", "", "", "4"]);
    send(fail(0, 5, "Nor tomorrow."));
    send(ack(0, 6));
    send([0x14, 0, 6, ...bytes(`<b>5</b>${SINK}${inner}`)]);
    await shown("5");
    assert.deepEqual(await state(), ["", "", "", "5"]);
    send(fail(0, 7, "Never."));
    send([0x14, 0, 7, ...bytes(`<b>6</b>${SINK}${inner}`)]);
    await shown("6");
    assert.deepEqual(await state(), ["holm-error", "Never.", "", "6"]);
    assert.deepEqual(heard.filter(frame => frame[0] != 1), [], "none of this led the page astray");
    assert.deepEqual(page.raised, []);
    await page.context().close();
  });
});

describe("autofocus", () => {
  const html = '<button>b</button><p>1</p>', field = '<form><input autofocus></form>';
  const on = page => page.evaluate(() => document.activeElement.localName);
  const program = [...op(9, 0), ...int(0), ...insert(0, field)];

  test("what an answer to the user's event brings gets the focus when what had it is gone", async () => {
    const { page, send } = await served("<textarea autofocus></textarea>" + island("One", html, SEAL));
    await page.waitForFunction(() => document.activeElement.localName == "textarea");
    await page.locator("button").focus();
    send([0x13, 0, 1, ...program]);
    await page.locator("input").waitFor();
    assert.equal(await on(page), "input");
    await page.context().close();
  });

  test("not when the server acts by itself and nothing had it, nor when something else has it", async () => {
    for (const [frame, outside] of [[[0x11, 0, ...program], "body"], [[0x13, 0, 1, ...program], "textarea"]]) {
      // The browser itself leads to a page's first autofocus; that is over here.
      const { page, send } = await served("<textarea autofocus></textarea>" + island("One", html, SEAL));
      await page.waitForFunction(() => document.activeElement.localName == "textarea");
      if (outside == "body") await page.evaluate(() => document.activeElement.blur());
      else await page.locator(outside).focus();
      send(frame);
      await page.locator("input").waitFor();
      assert.equal(await on(page), outside);
      await page.context().close();
    }
  });
});

test("many big seals go up in several joins", async () => {
  const seal = ` data-seal="${"s".repeat(30_000)}"`;
  const many = Array.from({ length: 40 }, (_, at) => `<holm-island data-island="I" data-instance="I:${at}"${seal}><b>${at}</b></holm-island>`);
  const { page, heard } = await served(many.join(""));
  const joins = heard.filter(frame => frame[0] == 1);
  assert.deepEqual(joins.map(frame => joined(Buffer.from(frame)).length), [14, 14, 12]);
  assert.ok(joins.every(frame => frame.length < 524_288));
  assert.deepEqual(page.raised, []);
  await page.context().close();
});

describe("what a visitor has typed", () => {
  const FORM = '<form data-live-submit="go"><label>a <input name="a"></label><input type="checkbox" name="tick" value="1">'
    + '<textarea name="long"></textarea><select name="one"><option>x</option><option>y</option></select></form>';
  /** Types, has a snapshot morphed in, and answers what stands there and whether the fields are the same. */
  const after = async (before, html, type) => {
    const page = await open(browser, `<holm-island>${before}</holm-island>`);
    await type(page);
    const said = await page.evaluate(html => {
      const $ = document.querySelector("holm-island"), before = [...$.querySelectorAll("input,textarea,select")];
      holm.morph($, html);
      const active = document.activeElement;
      return {
        fields: Object.fromEntries([...$.querySelectorAll("input,textarea,select")].map(field => [
          field.name || field.id, [field.type == "checkbox" || field.type == "radio" ? field.checked : field.value, before.includes(field)],
        ])),
        active: active.name || active.id, caret: [active.selectionStart, active.selectionEnd],
      };
    }, html);
    assert.deepEqual(page.raised, []);
    await page.context().close();
    return said;
  };
  const fill = async page => {
    await page.locator("[name=tick]").check();
    await page.locator("[name=long]").fill("two\nlines");
    await page.locator("[name=one]").selectOption("y");
    await page.locator("[name=a]").fill("draft");
    await page.locator("[name=a]").evaluate(field => field.setSelectionRange(2, 4));
  };
  const kept = { a: ["draft", true], tick: [true, true], long: ["two\nlines", true], one: ["y", true] };

  test("stays when neighbours come, go and change places", async () => {
    const html = '<p>An error.</p><form data-live-submit="go"><b>!</b><select name="one"><option>w</option><option>x</option><option>y</option></select>'
      + '<textarea name="long" class="red"></textarea><input name="new"><label>a <input name="a" class="red"></label><input type="checkbox" name="tick" value="1"></form>';
    assert.deepEqual(await after(FORM, html, fill), { fields: { ...kept, new: ["", false] }, active: "a", caret: [2, 4] });
  });

  test("stays when everything around its fields is another", async () => {
    const html = `<section><h2>Now</h2>${FORM.replace("<label>", "<fieldset><p>").replace("</label>", "</p>").replace("<textarea", '<div><textarea').replace("</textarea>", "</textarea></div></fieldset>")}</section>`;
    assert.deepEqual(await after(FORM, html, fill), { fields: kept, active: "a", caret: [2, 4] });
  });

  test("goes to no other field when its own is gone", async () => {
    const html = '<form data-live-submit="go"><input name="b"><input name="c" class="red"></form>';
    const said = await after('<form data-live-submit="go"><input name="a"><input name="c"></form>', html, page => page.locator("[name=a]").fill("draft"));
    assert.deepEqual(said.fields, { b: ["", false], c: ["", true] });
  });

  test("goes on in a field of another kind with the same id, with the caret", async () => {
    const said = await after('<input id="i" value="">', '<p>more room</p><textarea id="i"></textarea>', async page => {
      await page.locator("#i").fill("draft");
      await page.locator("#i").evaluate(field => field.setSelectionRange(1, 3));
    });
    assert.deepEqual(said, { fields: { i: ["draft", false] }, active: "i", caret: [1, 3] });
  });

  test("gives way to what the server sets", async () => {
    const said = await after('<form><input name="a" value="old"></form>', '<section><form><input name="a" value="new"></form></section>', page => page.locator("[name=a]").fill("draft"));
    assert.deepEqual(said.fields, { a: ["new", true] });
  });

  test("stays with its row when rows of the same fields change places", async () => {
    const row = key => `<li data-key="${key}"><form data-live-submit="set"><input name="text"></form></li>`;
    const wrapped = key => row(key).replace("<input", "<p><input").replace("</form>", "</p></form>");
    const page = await open(browser, `<holm-island><ul>${row("a")}${row("b")}${row("c")}</ul></holm-island>`);
    for (const key of "abc") await page.locator(`[data-key=${key}] input`).fill(`draft ${key}`);
    const said = await page.evaluate(html => {
      const $ = document.querySelector("holm-island");
      holm.morph($, html);
      return [...$.querySelectorAll("li")].map(row => [row.dataset.key, row.querySelector("input").value]);
    }, `<ul>${wrapped("c")}${wrapped("n")}${wrapped("a")}${wrapped("b")}</ul>`);
    assert.deepEqual(said, [["c", "draft c"], ["n", ""], ["a", "draft a"], ["b", "draft b"]]);
    assert.deepEqual(page.raised, []);
    await page.context().close();
  });

  test("stays beside a field of the same name that a script has put in", async () => {
    const page = await open(browser, '<holm-island><form><input name="a"></form></holm-island>');
    await page.evaluate(() => holm.apply(document.querySelector("holm-island"), new Uint8Array()));
    await page.locator("input").fill("draft");
    const said = await page.evaluate(async () => {
      const $ = document.querySelector("holm-island"), input = $.querySelector("input");
      const copy = Object.assign(document.createElement("input"), { name: "a", value: "theirs" });
      $.firstChild.prepend(copy);
      await null;
      holm.morph($, '<div><form><input name="a"></form></div>');
      return [$.querySelector("input").value, input.isConnected];
    });
    assert.deepEqual(said, ["draft", true]);
    await page.context().close();
  });
});

// The client's morph and edits in the system's Chromium: other libraries' cases, which are kept
// outside this repository, and what only a three-way morph can do.

import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { launch, open } from "./morph-page.mjs";
import { countRecords, runCases, runLists } from "./morph-cases.mjs";
import { programs } from "./morph-programs.mjs";

const CASES = new URL("../../../shared/morph-cases/", import.meta.url);
const absent = existsSync(CASES) ? false : `no cases at ${CASES.pathname}`;
const load = name => JSON.parse(readFileSync(new URL(name + ".json", CASES), "utf8")).cases;

let browser;
before(async () => { browser = await launch() });
after(() => browser?.close());

describe("cases of other libraries", { skip: absent }, () => {
  for (const [name, count] of [["morphdom-fixtures", 41], ["idiomorph", 125]])
    test(`${name}: HTML, id identity, focus and live properties`, async () => {
      const cases = load(name), page = await open(browser, "<holm-island></holm-island>");
      assert.equal(cases.length, count);
      assert.deepEqual(await page.evaluate(runCases, cases), []);
      // The same where the browser has no moveBefore: identity and focus are kept by hand.
      await page.evaluate(() => { delete Element.prototype.moveBefore });
      assert.deepEqual(await page.evaluate(runCases, cases), []);
      assert.deepEqual(page.raised, []);
      await page.context().close();
    });

  // Enough in each row that edits are worth it, so that the server would send them.
  const escape = text => text.replace(/[&<>"]/g, sign => `&#${sign.charCodeAt()};`);
  const row = key => `<li data-key="${escape(key)}">${escape(key)} ${"and what stands in the row ".repeat(6)}</li>`;
  const render = keys => `<ul>${keys.map(row).join("")}</ul>`;
  const lists = () => load("keyed-lists").map(({ from, to, ...rest }) => {
    [from, to] = [from, to].map(keys => keys.map(String));
    return { ...rest, from, to, before: render(from), after: render(to) };
  });

  for (const way of ["edits", "morph"])
    test(`keyed lists by ${way}: 211 cases in 738 operations`, async () => {
      const cases = lists(), page = await open(browser, "");
      assert.equal(cases.length, 211);
      if (way == "edits") {
        const all = programs(cases.map(({ before, after }) => [before, after]));
        all.forEach((program, index) => {
          assert.ok(program, `${cases[index].name}: the server sends a snapshot`);
          cases[index].program = program;
        });
      }
      const { failed, total } = await page.evaluate(runLists, cases);
      assert.deepEqual(failed, []);
      assert.equal(total, 738);
      await page.context().close();
    });
});

describe("whose is it", () => {
  /** A page with this island; `run` happens in it, with the island as `$`, and answers. */
  const inside = async (html, run, ...words) => {
    const page = await open(browser, `<holm-island>${html}</holm-island>`);
    // A first job, so that the island is watched.
    await page.evaluate(() => holm.apply(document.querySelector("holm-island"), new Uint8Array()));
    const said = await page.evaluate(
      ([run, words]) => new Function("$", "words", `return (${run})($, ...words)`)(document.querySelector("holm-island"), words),
      [run.toString(), words],
    ).catch(error => error);
    assert.deepEqual(page.raised, []);
    return { page, said };
  };
  /** The program between two renders. */
  const program = (from, to) => programs([[from, to]])[0] ?? assert.fail("the server would send a snapshot");

  const EVERYTHING = `<h1 id="t" class="a b">Title</h1><details><summary>s</summary>x</details><textarea>
text</textarea><select><option value="1">1<option value="2" selected>2</select><svg viewBox="0 0 1 1"><g><path d="M0 0"/></g></svg>
<input value="v"><input type="checkbox" checked><table><tbody><tr><td>1</td></tr></tbody></table><noscript><p>no</p></noscript>
<template><p>t</p></template><!-- c --><p data-live-ignore>mine</p><pre>

two</pre><dialog>d</dialog><holm-island data-key="k" data-island="Child"></holm-island>`;

  test("an identical snapshot touches nothing", async () => {
    const { page } = await inside(EVERYTHING, () => 0);
    assert.equal(await page.evaluate(countRecords, ["morph", EVERYTHING]), 0);
    await page.context().close();
  });

  test("a node of somebody else's is not counted and stays", async () => {
    const [from, to] = ["<ul><li>one</li><li>two</li></ul>", "<ul><li>one</li><li>changed entirely</li></ul>"];
    const { said, page } = await inside(from, ($, edits, to) => {
      const list = $.firstChild, mark = document.createElement("li");
      mark.textContent = "extension";
      list.prepend(mark);
      return Promise.resolve().then(() => {
        const done = holm.apply($, new Uint8Array(edits)), html = list.innerHTML;
        holm.morph($, to + "<p>more</p>");
        return [done, html, $.innerHTML];
      });
    }, program(from, to), to);
    const list = "<li>extension</li><li>one</li><li>changed entirely</li>";
    assert.deepEqual(said, [true, list, `<ul>${list}</ul><p>more</p>`]);
    await page.context().close();
  });

  test("translated text refuses an edit, and a snapshot mends it", async () => {
    const [from, to] = ["<p>good morning to you</p><b>0</b>", "<p>good evening to you</p><b>0</b>"];
    const { said, page } = await inside(from, ($, edits, to) => {
      const font = document.createElement("font");
      font.textContent = "bonjour";
      $.firstChild.replaceChildren(font);
      const done = holm.apply($, new Uint8Array(edits)), html = $.innerHTML;
      holm.morph($, to);
      return [done, html, $.innerHTML];
    }, program(from, to), to);
    assert.deepEqual(said, [false, "<p><font>bonjour</font></p><b>0</b>", to]);
    await page.context().close();
  });

  test("text that somebody changed refuses an edit", async () => {
    const [from, to] = ["<p>good morning to you</p>", "<p>good evening to you</p>"];
    const { said, page } = await inside(from, ($, edits) => {
      $.firstChild.firstChild.data = "something else, and longer";
      return [holm.apply($, new Uint8Array(edits)), $.textContent];
    }, program(from, to));
    assert.deepEqual(said, [false, "something else, and longer"]);
    await page.context().close();
  });

  test("classes and attributes of others stay, by edit and by snapshot", async () => {
    const [from, to] = ['<p class="a b" title="x">some text in here</p>', '<p class="a c" title="y">some text in here</p>'];
    for (const way of ["apply", "morph"]) {
      const { said, page } = await inside(from, ($, way, what) => {
        const p = $.firstChild;
        p.classList.add("theirs");
        p.setAttribute("data-theirs", "1");
        const again = holm[way]($, way == "apply" ? new Uint8Array(what) : what);
        return [[...p.classList].sort().join(" "), p.title, p.dataset.theirs, p == $.firstChild];
      }, way, way == "apply" ? program(from, to) : to);
      assert.deepEqual(said, ["a c theirs", "y", "1", true], way);
      await page.context().close();
    }
  });

  test("what the user did stays while the server is silent about it", async () => {
    const from = `<input id="i" value="v"><input id="c" type="checkbox"><textarea id="t">text</textarea>
<select id="s"><option value="1">1</option><option value="2">2</option></select><details id="d"><summary>s</summary></details><p>1</p>`;
    const to = from.replace("<p>1</p>", "<p>2</p>").replace("<select id=\"s\">", '<select id="s"><option value="0">0</option>');
    const { said, page } = await inside(from, ($, to) => {
      const by = id => document.getElementById(id);
      by("i").focus();
      by("i").value = "typed";
      by("i").setSelectionRange(2, 4);
      by("c").checked = true;
      by("t").value = "mine";
      by("s").value = "2";
      by("d").open = true;
      holm.morph($, to);
      return [by("i").value, by("i").selectionStart, document.activeElement.id, by("c").checked, by("t").value, by("s").value,
        by("s").options.length, by("d").open, $.lastChild.textContent];
    }, to);
    assert.deepEqual(said, ["typed", 2, "i", true, "mine", "2", 3, true, "2"]);
    await page.context().close();
  });

  test("what the server really changed arrives, by edit and by snapshot", async () => {
    const from = `<input id="i" value="v"><input id="c" type="checkbox"><textarea id="t">text</textarea><dialog id="m"></dialog>
<select id="s"><option value="1" selected>1</option><option value="2">2</option></select><p title="${"long ".repeat(60)}"></p>`;
    const to = from.replace('value="v"', 'value="new"').replace('"checkbox"', '"checkbox" checked').replace(">text<", ">other<")
      .replace('"1" selected', '"1"').replace('"2"', '"2" selected');
    for (const way of ["apply", "morph"]) {
      const { said, page } = await inside(from, ($, way, what) => {
        const by = id => document.getElementById(id);
        by("i").value = "typed";
        by("c").checked = true;
        by("c").checked = false;
        by("t").value = "mine";
        by("s").value = "1";
        holm[way]($, way == "apply" ? new Uint8Array(what) : what);
        return [by("i").value, by("c").checked, by("t").value, by("s").value];
      }, way, way == "apply" ? program(from, to) : to);
      assert.deepEqual(said, ["new", true, "other", "2"], way);
      await page.context().close();
    }
  });

  test("a dialog the server closes leaves the top layer", async () => {
    const from = '<dialog open>d</dialog>', to = "<dialog>d</dialog>";
    const { said, page } = await inside(from, ($, to) => {
      const dialog = $.firstChild;
      dialog.close();
      dialog.showModal();
      holm.morph($, to);
      return [dialog.open, dialog.matches(":modal")];
    }, to);
    assert.deepEqual(said, [false, false]);
    await page.context().close();
  });

  test("attribute names that setAttribute refuses, and namespaces", async () => {
    const from = `<p>x</p><svg><use href="#b"></use></svg><p title="${"long ".repeat(60)}"></p>`;
    const to = from.replace("<p>", '<p @click="go" [x]="1">').replace('href="#b"', 'href="#b" xlink:href="#a"');
    const { said, page } = await inside(from, ($, edits) => {
      const done = holm.apply($, new Uint8Array(edits)), use = $.querySelector("use");
      return [done, $.firstChild.getAttribute("@click"), use.getAttributeNS("http://www.w3.org/1999/xlink", "href")];
    }, program(from, to));
    assert.deepEqual(said, [true, "go", "#a"]);
    await page.context().close();
  });

  test("a custom element's own children are its own", async () => {
    const from = "<p>1</p>", to = "<p>1</p><x-box><i>s</i></x-box>", last = "<p>1</p><x-box><i>server changed it</i></x-box>";
    const { said, page } = await inside(from, ($, first, second) => {
      customElements.define("x-box", class extends HTMLElement {
        connectedCallback() {
          this.prepend(document.createElement("hr"));
          this.setAttribute("ready", "");
        }
      });
      holm.apply($, new Uint8Array(first));
      return [holm.apply($, new Uint8Array(second)), $.innerHTML];
    }, program(from, to) ?? [], program(to, last));
    assert.deepEqual(said, [true, '<p>1</p><x-box ready=""><hr><i>server changed it</i></x-box>']);
    await page.context().close();
  });

  test("inserted scripts are inert, and a nested island is left alone", async () => {
    const from = '<p>1</p><holm-island data-key="k" data-island="C"></holm-island>';
    const { said, page } = await inside(from, ($, to) => {
      const nested = $.lastChild;
      nested.innerHTML = "<b>inner</b>";
      nested.setAttribute("data-instance", "P:0/k");
      holm.morph($, to);
      return [nested.isConnected, nested.innerHTML, nested.dataset.instance, window.ran];
    }, from.replace("<p>1", "<script>window.ran = 1</script><p>2"));
    assert.deepEqual(said, [true, "<b>inner</b>", "P:0/k", undefined]);
    await page.context().close();
  });
});

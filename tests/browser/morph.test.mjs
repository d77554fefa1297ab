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

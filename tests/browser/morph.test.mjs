// The client's morph and edits in the system's Chromium: other libraries' cases, which are kept
// outside this repository, and what only a three-way morph can do.

import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { launch, open } from "./morph-page.mjs";
import { runCases } from "./morph-cases.mjs";

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
});

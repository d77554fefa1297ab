// Edits on 1,000 rows in Chromium against hand-written DOM calls: time in script, and with layout.
// Prints one JSON row a line: name, value, unit, floor, target, holds.

import { launch, open } from "./morph-page.mjs";
import { programs } from "./morph-programs.mjs";

const RUNS = 5;
const row = (id, text) => `<tr data-key="${id}"><td class="n">${id}</td><td class="t"><a>${text}</a></td><td>x</td></tr>`;
const table = rows => `<table><tbody data-key="all">${rows.map(([id, text]) => row(id, text)).join("")}</tbody></table>`;
const rows = (from, count) => Array.from({ length: count }, (_, at) => [from + at, `row number ${from + at} of the table`]);
const changed = (list, at, text) => list.map((each, index) => (index == at ? [each[0], text] : each));

const base = rows(1, 1000);
const swapped = [...base];
[swapped[1], swapped[998]] = [base[998], base[1]];
const first = [5000, "a new row at the front"];
const more = rows(2001, 1000);
const CASES = [
  ["one text", changed(base, 500, "row number 501 was edited"), "one", [500, "row number 501 was edited"]],
  ["swap two rows", swapped, "swap", []],
  ["prepend a row", [first, ...base], "prepend", [first]],
  ["all texts", base.map(([id, text]) => [id, text + "!"]), "all", [base.map(([, text]) => text + "!")]],
  ["append 1,000 rows", [...base, ...more], "append", [more]],
];

/** In the page: medians of fresh runs of one case, in microseconds. */
const measure = async ([runs, from, edits, hand, words, layout]) => {
  const make = ([id, text]) => {
    const tr = document.createElement("tr");
    tr.setAttribute("data-key", id);
    for (const [name, content] of [["n", id], ["t", 0], ["", "x"]]) {
      const td = tr.appendChild(document.createElement("td"));
      if (name) td.className = name;
      if (name == "t") td.appendChild(document.createElement("a")).textContent = text;
      else td.textContent = content;
    }
    return tr;
  };
  // Hand-written calls that know the page: they hold the nodes already.
  const hands = {
    one: (body, at, text) => { const node = body.children[at].children[1].firstChild.firstChild; return () => { node.data = text } },
    swap: body => {
      const a = body.children[1], b = body.children[998], c = a.nextSibling, d = b.nextSibling;
      return () => { body.insertBefore(b, c); body.insertBefore(a, d) };
    },
    prepend: (body, first) => () => body.insertBefore(make(first), body.firstChild),
    all: (body, texts) => {
      const nodes = [...body.children].map(tr => tr.children[1].firstChild.firstChild);
      return () => nodes.forEach((node, at) => { node.data = texts[at] });
    },
    append: (body, more) => () => {
      const all = document.createDocumentFragment();
      for (const each of more) all.append(make(each));
      body.append(all);
    },
  };
  edits = new Uint8Array(edits);
  const once = ours => {
    const island = document.createElement("holm-island");
    document.body.replaceChildren(island);
    island.style.display = layout ? "contents" : "none";
    island.innerHTML = from;
    holm.apply(island, new Uint8Array());
    // The first walk to a key learns where the keys are; a page that has been edited before knows.
    holm.apply(island, new Uint8Array([0x33, 97, 108, 108]));
    document.body.offsetHeight;
    const job = ours ? () => holm.apply(island, edits) : hands[hand](island.firstChild.firstChild, ...words);
    const start = performance.now();
    job();
    if (layout) document.body.offsetHeight;
    return [(performance.now() - start) * 1000, island.innerHTML];
  };
  const median = list => list.sort((a, b) => a - b)[list.length >> 1];
  const times = [[], []];
  // Warm, then interleaved, so that both see the same machine.
  for (let run = -3; run < runs; run++)
    for (const ours of [0, 1]) {
      await new Promise(done => setTimeout(done));
      const [time] = once(ours);
      if (run >= 0) times[ours].push(time);
    }
  if (once(0)[1] != once(1)[1]) throw new Error(`${hand}: the two give different pages`);
  return times.map(median);
};

const browser = await launch("--js-flags=--expose-gc");
try {
  const page = await open(browser, "", { isolated: true });
  const from = table(base), all = programs(CASES.map(([, to]) => [from, table(to)]));
  for (const [at, [name, , hand, words]] of CASES.entries()) {
    if (!all[at]) throw new Error(`${name}: the server sends a snapshot`);
    for (const layout of [false, true]) {
      // More runs than five where one is too short for the clock; the median of five medians counts.
      const medians = [];
      for (let turn = 0; turn < RUNS; turn++) medians.push(await page.evaluate(measure, [hand == "append" || hand == "all" ? 5 : 15, from, all[at], hand, words, layout]));
      const middle = which => medians.map(each => each[which]).sort((a, b) => a - b)[RUNS >> 1];
      const [floor, value] = [middle(0), middle(1)].map(time => Math.round(time * 10) / 10);
      const holds = layout ? value <= 1.5 * floor : value <= 5 * floor || value <= 20;
      const target = layout ? "<= 1.5 x floor" : "<= 5 x floor or <= 20";
      console.log(JSON.stringify({ name: `1,000 rows, ${name}, ${layout ? "with layout" : "script"}`, value, unit: "us", floor, target, holds }));
    }
  }
} finally {
  await browser.close();
}

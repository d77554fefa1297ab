// docs/manners.md names each case's tests: every one it names is there, by its full name, every test of a case is
// named, and no case is left out.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const at = (path) => new URL(path, import.meta.url);

/** The table: for each case its number, a reason where it has no test, else files and names. */
const rows = [...readFileSync(at('../../../docs/manners.md'), 'utf8').matchAll(/^\| (\d+) \| .+? \| (.+) \|$/gm)].map(([, number, tests]) => {
  const reason = tests.match(/^none: (.+)$/)?.[1];
  const named = reason ? [] : tests.split('<br>').map((each) => each.match(/^([\w/-]+): "(.+)"$/)?.slice(1) ?? assert.fail(`case ${number}: ${each}`));
  return { number: Number(number), reason, named };
});

const CASES = readdirSync(at('.')).filter((file) => /(?<!^table)\.test\.mjs$/.test(file)).map((file) => `manners/${file.replace('.test.mjs', '')}`);
/** What the tests are called, by file. What is told in several ways is one test of the table's. */
const names = JSON.parse(execFileSync(process.execPath, [
  fileURLToPath(at('names.mjs')), ...new Set([...CASES, ...rows.flatMap(({ named }) => named.map(([file]) => file))]),
], { encoding: 'utf8' }));
for (const file of Object.keys(names)) names[file] = new Set(names[file].map((name) => name.replace(/, by (edit|snapshot|loss|restart)$/, '')));

test('each case has a row of its own, in their order, with tests or a reason', () => {
  assert.deepEqual(rows.map(({ number }) => number), Array.from({ length: 60 }, (_, at) => at + 1));
  for (const { number, reason, named } of rows) assert.ok(named.length > 0 || reason.length > 20, `case ${number}`);
});

const MAP = at('../../../../shared/morph.md');
const absent = existsSync(MAP) ? false : `the map of cases is not at ${fileURLToPath(MAP)}`;
test('the cases are those of the map', { skip: absent }, () => {
  const [, section] = readFileSync(MAP, 'utf8').match(/^## 2\..*\n([\s\S]*?)^## /m);
  assert.deepEqual(rows.map(({ number }) => number), [...section.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number)));
});

test('every test that is named exists, by its full name', () => {
  const missing = rows.flatMap(({ number, named }) => named.filter(([file, name]) => !names[file].has(name)).map((each) => [number, ...each]));
  assert.deepEqual(missing, []);
});

test('every test of a case is named in its row', () => {
  for (const file of CASES) {
    for (const name of names[file]) {
      const [, number] = name.match(/^(\d+): /) ?? [];
      if (!number) continue;
      const { named } = rows.find((row) => row.number === Number(number)) ?? assert.fail(`${file} has a test of no case: ${name}`);
      assert.ok(named.some((each) => each[0] === file && each[1] === name), `case ${number} does not name "${name}" of ${file}`);
    }
  }
});

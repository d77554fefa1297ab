// docs/manners.md names each case's tests: every one it names is there, every test of a case is named, and no case is
// left out.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

const at = (path) => new URL(path, import.meta.url);
const rows = [...readFileSync(at('../../../docs/manners.md'), 'utf8').matchAll(/^\| (\d+) \| .+? \| (.+) \|$/gm)];
const source = (file) => readFileSync(at(`../${file.replace(/(\.test)?$/, '')}.test.mjs`), 'utf8').replaceAll("\\'", "'");

test('cases 1 to 60 each have a row, with tests or a reason', () => {
  assert.deepEqual(rows.map(([, number]) => +number), Array.from({ length: 60 }, (_, at) => at + 1));
  for (const [row, , tests] of rows) assert.match(tests, /^none: .{20}|^[\w/.-]+: "/, row);
});

test('every test that is named exists', () => {
  for (const [, number, tests] of rows) {
    if (tests.startsWith('none: ')) continue;
    for (const each of tests.split('<br>')) {
      const [, file, name] = each.match(/^([\w/.-]+): "(.+)"$/) ?? assert.fail(`case ${number}: ${each}`);
      assert.ok(source(file).includes(name.replaceAll("\\'", "'")), `case ${number}: ${file} has no ${name}`);
    }
  }
});

test('every test of a case is named', () => {
  const files = readdirSync(at('.')).filter((file) => file.endsWith('.test.mjs') && file !== 'table.test.mjs');
  for (const file of files) {
    for (const [, , name, number] of source(`manners/${file.replace('.test.mjs', '')}`).matchAll(/^\s*(tell|story|test)\(['`]((\d+): [^`$]+?)(?:', |\$|, by)/gm)) {
      const row = rows.find((row) => row[1] === number);
      assert.ok(row[2].includes(name), `docs/manners.md does not name "${name}" of ${file}`);
    }
  }
});

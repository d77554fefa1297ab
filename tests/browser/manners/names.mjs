// Prints the full names of the tests in some files, without running one: as JSON, a list for each file.
import { register } from 'node:module';

const names = {};
const path = [];
let file;
globalThis.listing = {
  test: (name) => { names[file].push([...path, name].join(': ')); },
  describe: (name, ...rest) => {
    path.push(name);
    rest.at(-1)();
    path.pop();
  },
};
const module = (source) => `data:text/javascript,${encodeURIComponent(source)}`;
/** Stands in for node's own test module. */
const listing = module('export const { test, describe } = listing, before = () => {}, after = before, beforeEach = before, afterEach = before;');
register(module(`export const resolve = (name, context, next) => name === 'node:test'
  ? { url: ${JSON.stringify(listing)}, shortCircuit: true } : next(name, context);`));

for (file of process.argv.slice(2)) {
  names[file] = [];
  await import(new URL(`../${file}.test.mjs`, import.meta.url));
}
console.log(JSON.stringify(names));

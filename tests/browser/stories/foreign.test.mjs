// Others change the page too: extensions, translators. An edit is never applied to a node it does not mean.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gallery, button, launch, live, output, shows, tab, until } from './kit.mjs';

let browser, gallery;
before(async () => { [browser, gallery] = await Promise.all([launch(), Gallery.start()]); });
after(async () => { await browser?.close(); await gallery?.kill(); });

/** The rows as the page shows them, without what others put in. */
const rows = (page) => page.evaluate(() => [...document.querySelectorAll('tbody tr:not(.extension)')].map((row) => {
  const copy = row.cloneNode(true);
  copy.querySelectorAll('.extension').forEach((node) => node.remove());
  return `${row.id}: ${copy.textContent}`;
}));

test('nodes that an extension puts in are not counted and not edited', async () => {
  const { context, page, seen } = await tab(browser);
  await live(page, `${gallery.url}/counters`);
  await page.evaluate(() => {
    const island = document.querySelector('[data-instance="Counter:0"]');
    const note = (name) => Object.assign(document.createElement(name), { className: 'extension', textContent: '99' });
    island.prepend(note('output'));
    island.querySelector('.counter').prepend(note('button'), 'stray text', note('output'));
    island.querySelector('.counter output:not(.extension)').before(note('output'));
  });
  await button(page, 'Counter:0', 'One more').click();
  await shows(page.locator('[data-instance="Counter:0"] output:not(.extension)'), '1');
  const strangers = await page.locator('[data-instance="Counter:0"] .extension').allTextContents();
  assert.ok(strangers.every((text) => text === '99'), `an edit went to a stranger: ${strangers}`);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('a table with strange rows and cells stays true through every change', async () => {
  const [{ context, page, seen }, clean] = [await tab(browser), await tab(browser)];
  await live(page, `${gallery.url}/table`);
  await live(clean.page, `${gallery.url}/table`);
  await page.evaluate(() => {
    const stranger = (name) => Object.assign(document.createElement(name), { className: 'extension', textContent: '?' });
    for (const at of [0, 1, 7, 400, 998]) {
      const row = document.querySelectorAll('tbody tr:not(.extension)')[at];
      row.before(stranger('tr'));
      row.prepend(stranger('td'));
      row.querySelector('th').prepend(stranger('span'));
    }
  });
  for (const label of ['Reverse', 'Swap second and last but one', 'Add on top', 'Reverse']) {
    for (const each of [page, clean.page]) await each.getByRole('button', { name: label, exact: true }).click();
    for (const each of [page, clean.page]) await each.locator('#r8 td:nth-last-child(2) button').click();
    await until(async () => (await rows(page)).join() === (await rows(clean.page)).join(), `both agree after ${label}`);
  }
  assert.deepEqual(seen.errors, []);
  await context.close();
  await clean.context.close();
});

test('a node of the server that an extension took away comes back', async () => {
  const { context, page } = await tab(browser);
  await live(page, `${gallery.url}/counters`);
  await page.evaluate(() => document.querySelector('[data-instance="Counter:1"] output').remove());
  await button(page, 'Counter:1', 'One more').click();
  await shows(output(page, 'Counter:1'), '8');
  await context.close();
});

test('translated text heals and never takes half an edit', async () => {
  const { context, page, seen } = await tab(browser);
  await live(page, `${gallery.url}/counters`);
  // Translators wrap each text in <font> elements and leave their own words there.
  await page.evaluate(() => {
    const island = document.querySelector('[data-instance="Counter:2"]');
    const walker = document.createTreeWalker(island, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    for (const text of texts) {
      const [outer, inner] = [document.createElement('font'), document.createElement('font')];
      inner.textContent = `übersetzt(${text.data})`;
      outer.append(inner);
      text.replaceWith(outer);
    }
  });
  await button(page, 'Counter:2', 'One more').click();
  await shows(output(page, 'Counter:2'), '43');
  await button(page, 'Counter:2', 'One more').click();
  await shows(output(page, 'Counter:2'), '44');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('changed text and changed attributes of others do not spoil an edit', async () => {
  const { context, page } = await tab(browser);
  await live(page, `${gallery.url}/counters`);
  await page.evaluate(() => {
    const shown = document.querySelector('[data-instance="Counter:0"] output');
    shown.firstChild.data = 'nought';
    shown.setAttribute('title', 'mine');
    shown.classList.add('mine');
  });
  await button(page, 'Counter:0', 'One more').click();
  await shows(output(page, 'Counter:0'), '1');
  assert.equal(await output(page, 'Counter:0').getAttribute('title'), 'mine');
  await context.close();
});

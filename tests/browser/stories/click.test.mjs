// A press in the browser changes state on the server, and the page follows.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gallery, button, launch, live, output, shows, status, tab } from './kit.mjs';

let browser, gallery;
before(async () => { [browser, gallery] = await Promise.all([launch(), Gallery.start()]); });
after(async () => { await browser?.close(); await gallery?.kill(); });

test('a click goes up and a patch comes down', async () => {
  const { context, page, seen } = await tab(browser);
  await live(page, `${gallery.url}/counters`);
  await page.evaluate(() => {
    window.patches = [];
    document.addEventListener('holm:patch', (event) => window.patches.push(event.detail.seq));
    window.node = document.querySelector('[data-instance="Counter:0"] output');
  });
  await button(page, 'Counter:0', 'One more').click();
  await shows(output(page, 'Counter:0'), '1');
  await button(page, 'Counter:0', 'One more').click();
  await shows(output(page, 'Counter:0'), '2');
  assert.deepEqual(await page.evaluate(() => window.patches), [1, 2]);
  assert.equal(await page.evaluate(() => window.node.textContent), '2', 'the element is the same one');
  await shows(output(page, 'Counter:1'), '7');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('a payload travels with the press', async () => {
  const { context, page } = await tab(browser);
  await live(page, `${gallery.url}/counters`);
  await button(page, 'Counter:2', 'One more').click();
  await shows(output(page, 'Counter:2'), '43');
  await button(page, 'Counter:2', 'Back to 42').click();
  await shows(output(page, 'Counter:2'), '42');
  await context.close();
});

test('a form fills its event', async () => {
  const { context, page, seen } = await tab(browser);
  await live(page, `${gallery.url}/table`);
  await page.locator('#r3 th button').click();
  const name = page.locator('#r3 input[name=name]');
  await name.fill('Ærøskøbing & "co" <b>');
  await page.locator('#r3 form').getByRole('button', { name: 'Save' }).click();
  await page.locator('#r3 th').getByRole('button', { name: 'Ærøskøbing & "co" <b>', exact: true }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/table', 'the form was not posted');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('three islands share one socket', async () => {
  const { context, page, seen } = await tab(browser);
  await live(page, `${gallery.url}/counters`);
  for (const island of ['Counter:0', 'Counter:1', 'Counter:2']) {
    await button(page, island, 'One more').click();
  }
  await shows(output(page, 'Counter:0'), '1');
  await shows(output(page, 'Counter:1'), '8');
  await shows(output(page, 'Counter:2'), '43');
  assert.equal(seen.sockets.length, 1, `${seen.sockets}`);
  await context.close();
});

test('clicks made before the client is ready are not lost', async () => {
  const { context, page, seen } = await tab(browser);
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  await page.route('**/*.wasm', async (route) => { await held; await route.continue(); });
  await page.addInitScript(() => {
    document.addEventListener('load', ({ target }) => { window.scripted ||= target.localName === 'script'; }, true);
  });
  await page.goto(`${gallery.url}/counters`, { waitUntil: 'domcontentloaded' });
  await page.waitForFunction(() => window.scripted);
  for (let press = 0; press < 3; press += 1) await button(page, 'Counter:0', 'One more').click();
  await button(page, 'Counter:1', 'One less').click();
  assert.equal(await output(page, 'Counter:0').textContent(), '0', 'nothing is live yet');
  release();
  await status(page, 'live');
  await shows(output(page, 'Counter:0'), '3');
  await shows(output(page, 'Counter:1'), '6');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('an island in an island is live, moves as it is, and a raised one is live too', async () => {
  const { context, page, seen } = await tab(browser);
  await live(page, `${gallery.url}/nested`);
  const plant = (islet) => page.locator(`#islet-${islet}`).getByRole('button', { name: 'Plant a tree' });
  await plant(2).click();
  await shows(page.locator('#islet-2 output'), '2');
  await page.evaluate(() => { window.islet = document.querySelector('#islet-2 holm-island output'); });
  await page.getByRole('button', { name: 'Turn them round' }).click();
  await page.waitForFunction(() => document.querySelector('.archipelago li').id === 'islet-1');
  assert.ok(await page.evaluate(() => window.islet === document.querySelector('#islet-2 holm-island output')));
  await shows(page.locator('#islet-2 output'), '2');
  await page.getByRole('button', { name: 'Raise an islet' }).click();
  await shows(page.locator('#islet-4 output'), '1');
  await plant(4).click();
  await shows(page.locator('#islet-4 output'), '2');
  await page.getByRole('button', { name: 'Sink islet 3' }).click();
  await page.locator('#islet-3').waitFor({ state: 'detached' });
  await plant(1).click();
  await shows(page.locator('#islet-1 output'), '2');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

// With scripts off: buttons and forms of progressive islands work, and loading again repeats nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gallery, button, launch, live, output, shows, status, tab } from './kit.mjs';

let browser, gallery;
before(async () => { [browser, gallery] = await Promise.all([launch(), Gallery.start()]); });
after(async () => { await browser?.close(); await gallery?.kill(); });

const ships = (page) => page.locator('[data-instance="Berths:0"] li span');
const moor = async (page, ship, metres) => {
  await page.getByLabel('Ship').fill(ship);
  await page.getByLabel('Metres').fill(`${metres}`);
  await page.getByRole('button', { name: 'Moor', exact: true }).click();
};

test('with scripts off buttons and forms work, and what one island shows stays when another posts', async () => {
  const { context, page, seen } = await tab(browser, { javaScriptEnabled: false });
  const methods = [];
  page.on('request', (request) => request.isNavigationRequest() && methods.push(request.method()));
  await page.goto(`${gallery.url}/no-script?from=here`);
  await button(page, 'Buoys:0', 'One more').click();
  await shows(output(page, 'Buoys:0'), '1');
  await button(page, 'Buoys:0', 'A dozen').click();
  await shows(output(page, 'Buoys:0'), '12');
  assert.match(page.url(), /\/no-script\?from=here&holm=[\w-]{22}$/);

  await moor(page, 'Ann & "Bob" <3', 20);
  assert.deepEqual(await ships(page).allTextContents(), ['Ann & "Bob" <3, 20 m']);
  await shows(output(page, 'Buoys:0'), '12');
  await button(page, 'Buoys:0', 'One less').click();
  await shows(output(page, 'Buoys:0'), '11');
  await moor(page, 'Holm', 8);
  assert.deepEqual(await ships(page).allTextContents(), ['Ann & "Bob" <3, 20 m', 'Holm, 8 m']);

  const posts = methods.filter((method) => method === 'POST').length;
  for (let round = 0; round < 2; round += 1) {
    await page.reload();
    assert.equal(await ships(page).count(), 2);
    await shows(output(page, 'Buoys:0'), '11');
  }
  assert.equal(methods.filter((method) => method === 'POST').length, posts, 'a reload posts nothing');
  await page.goBack();
  assert.equal(await ships(page).count(), 1);
  await page.getByRole('button', { name: 'Ann & "Bob" <3 leaves' }).click();
  assert.equal(await ships(page).count(), 0);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('with scripts off a form that is not progressive goes nowhere, and its fields stay out of the address', async () => {
  const { context, page } = await tab(browser, { javaScriptEnabled: false });
  for (const [path, field, button] of [['/workbench', '#bench [name=password]', '#bench button:not([type])'], ['/likes', '.book input', '.book button']]) {
    await page.goto(`${gallery.url}${path}`);
    await page.locator(field).fill('told to nobody');
    await page.locator(field).press('Enter');
    await page.locator(button).press('Enter');
    // What a press had begun would be over by the end of another load.
    await page.evaluate(() => fetch('/'));
    assert.equal(page.url(), `${gallery.url}${path}`);
    assert.equal(await page.locator(field).inputValue(), 'told to nobody');
    assert.equal(await page.locator('.unscripted').isVisible(), true, 'the page says so');
  }
  await context.close();
});

test('with scripts off a handler\'s error is read where the island shows errors', async () => {
  const { context, page } = await tab(browser, { javaScriptEnabled: false });
  await page.goto(`${gallery.url}/no-script`);
  for (const ship of ['A', 'B', 'C', 'D', 'E']) await moor(page, ship, 10);
  await shows(page.locator('[data-instance="Berths:0"] [role="alert"]'), 'All four berths are taken. Let one leave first.');
  assert.equal(await ships(page).count(), 4);
  assert.equal(await page.getByLabel('Ship').inputValue(), 'E', 'what was typed is not lost');
  await page.getByRole('button', { name: 'A leaves' }).click();
  await shows(page.locator('[data-instance="Berths:0"] [role="alert"]'), '');
  assert.deepEqual(await ships(page).allTextContents(), ['B, 10 m', 'C, 10 m', 'D, 10 m']);
  await context.close();
});

test('where the script runs, the same controls are live and post nothing', async () => {
  const { context, page, seen } = await tab(browser);
  const posts = [];
  page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()));
  await live(page, `${gallery.url}/no-script`);
  await button(page, 'Buoys:0', 'One more').click();
  await shows(output(page, 'Buoys:0'), '1');
  await button(page, 'Buoys:0', 'A dozen').click();
  await shows(output(page, 'Buoys:0'), '12');
  await moor(page, 'Holm', 8);
  await shows(ships(page), 'Holm, 8 m');
  await page.getByRole('button', { name: 'Holm leaves' }).click();
  await ships(page).waitFor({ state: 'detached' });
  assert.equal(page.url(), `${gallery.url}/no-script`);
  assert.deepEqual(posts, []);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('what was posted with scripts off goes on live with scripts on', async () => {
  const off = await tab(browser, { javaScriptEnabled: false });
  await off.page.goto(`${gallery.url}/no-script`);
  await button(off.page, 'Buoys:0', 'A dozen').click();
  const on = await tab(browser);
  await on.page.goto(off.page.url());
  await status(on.page, 'live');
  await button(on.page, 'Buoys:0', 'One more').click();
  await shows(output(on.page, 'Buoys:0'), '13');
  assert.deepEqual(on.seen.errors, []);
  await Promise.all([off.context.close(), on.context.close()]);
});

test('where the socket never opens, a press posts', async () => {
  const { context, page } = await tab(browser);
  await page.route('**/__live/client/*.wasm', (route) => route.abort());
  await page.goto(`${gallery.url}/no-script`);
  await status(page, 'stopped');
  await button(page, 'Buoys:0', 'One more').click();
  await shows(output(page, 'Buoys:0'), '1');
  assert.match(page.url(), /holm=/);
  await context.close();
});

// The server goes and comes back; the page goes on from what the user last saw.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { Gallery, button, launch, live, output, shows, status, tab } from './kit.mjs';

let browser, gallery;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });
beforeEach(async () => { gallery = await Gallery.start({ HOLM_KEY: '5a'.repeat(32) }); });
afterEach(async () => { await gallery?.kill(); });

for (const [how, end] of [['stopped', 'stop'], ['killed', 'kill']]) {
  test(`${how} and started again, the count goes on`, async () => {
    const { context, page, seen } = await tab(browser);
    await live(page, `${gallery.url}/counters`);
    const more = button(page, 'Counter:2', 'One more');
    for (let press = 0; press < 3; press += 1) await more.click();
    await shows(output(page, 'Counter:2'), '45');
    await gallery[end]();
    await status(page, 'lost');
    assert.equal(await output(page, 'Counter:2').textContent(), '45', 'the page stays as it was');
    await gallery.up();
    await status(page, 'live');
    await shows(output(page, 'Counter:2'), '45');
    await more.click();
    await shows(output(page, 'Counter:2'), '46');
    const thrown = seen.errors.filter((error) => !/WebSocket|Failed to load resource|ERR_/.test(error));
    assert.deepEqual(thrown, []);
    await context.close();
  });
}

test('presses made while the server is away are sent when it is back, once each and in order', async () => {
  const { context, page } = await tab(browser);
  await live(page, `${gallery.url}/counters`);
  await button(page, 'Counter:0', 'One more').click();
  await shows(output(page, 'Counter:0'), '1');
  await gallery.kill();
  await status(page, 'lost');
  await button(page, 'Counter:2', 'Back to 42').click();
  for (let press = 0; press < 4; press += 1) await button(page, 'Counter:2', 'One more').click();
  await button(page, 'Counter:0', 'One less').click();
  await gallery.up();
  await shows(output(page, 'Counter:2'), '46');
  await shows(output(page, 'Counter:0'), '0');
  await context.close();
});

for (const [how, missing, query] of [['', null, ''], [' with a part still on its way', /holm-(hint|aid)-/, ''], [' from a page that polls, with a part still on its way', /holm-(hint|aid)-/, '?holm-transport=poll']]) {
  test(`a form without an address, sent while the server is away${how}, arrives when it is back`, async () => {
    const { context, page } = await tab(browser);
    await live(page, `${gallery.url}/table${query}`);
    if (missing) await page.route(missing, (route) => route.abort());
    const failed = missing && page.waitForEvent('requestfailed');
    await page.locator('#r5 th button').click();
    await failed;
    const name = page.locator('#r5 input[name=name]');
    await name.fill('Holm of the restart');
    await page.evaluate(() => { window.same = true; });
    await gallery.kill();
    await status(page, 'lost');
    await name.press('Enter');
    assert.equal(new URL(page.url()).search, query, 'the browser went nowhere');
    await gallery.up();
    if (missing) await page.unroute(missing);
    await page.locator('#r5 th').getByRole('button', { name: 'Holm of the restart', exact: true }).waitFor();
    assert.ok(await page.evaluate(() => window.same), 'the page is the same');
    await context.close();
  });
}

test('rows keep their elements and their order over a restart', async () => {
  const { context, page } = await tab(browser);
  await live(page, `${gallery.url}/table`);
  await page.evaluate(() => { window.row = document.querySelector('#r7'); });
  await page.getByRole('button', { name: 'Reverse', exact: true }).click();
  await page.waitForFunction(() => document.querySelector('tbody tr').id === 'r1000');
  await gallery.stop();
  await status(page, 'lost');
  await gallery.up();
  await status(page, 'live');
  const land = page.locator('#r7 td:nth-child(4) button');
  const landings = Number(await land.textContent());
  await land.click();
  await shows(land, String(landings + 1));
  assert.ok(await page.evaluate(() => document.querySelector('#r7') === window.row));
  assert.equal(await page.evaluate(() => document.querySelector('tbody tr').id), 'r1000');
  await context.close();
});

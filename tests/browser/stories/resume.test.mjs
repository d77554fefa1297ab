// A connection drops: the same session goes on, and the visitor sees nothing of it.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { Gallery, button, launch, live, output, shows, status, tab, until } from './kit.mjs';

let browser, gallery;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });
beforeEach(async () => { gallery = await Gallery.start({ HOLM_KEY: '8c'.repeat(32) }); });
afterEach(async () => { await gallery?.kill(); });

/** A tab whose socket runs through the test: `cut` ends it, `up` and `down` hold what went each way since. */
async function between() {
  const told = { ...await tab(browser), up: [], down: [], opened: 0 };
  await told.page.routeWebSocket(/__live$/, (page) => {
    const server = page.connectToServer();
    told.opened += 1;
    told.up = [];
    told.down = [];
    page.onMessage((frame) => { told.up.push([...frame]); server.send(frame); });
    server.onMessage((frame) => { told.down.push([...frame]); page.send(frame); });
    // What is kept from its peer is a connection that was lost, not one that was ended.
    told.cut = async () => { await server.close({ code: 3000 }); await page.close({ code: 3000 }); };
  });
  await told.page.addInitScript(() => {
    window.statuses = [];
    document.addEventListener('holm:status', ({ detail }) => window.statuses.push(detail.status));
  });
  return told;
}

test('after a loss the session goes on with one small frame each way, and the status stays', async () => {
  const told = await between();
  const { context, page } = told;
  await live(page, `${gallery.url}/counters`);
  await button(page, 'Counter:2', 'One more').click();
  await shows(output(page, 'Counter:2'), '43');
  await until(() => told.up.some(([kind]) => kind === 7), 'the page has reported');
  await told.cut();
  await until(() => told.opened === 2 && told.down.length, 'the page is back');
  assert.equal(told.up[0][0], 6);
  assert.ok(told.up[0].length < 64, `${told.up[0].length} bytes up`);
  assert.equal(told.down[0][0], 3);
  await button(page, 'Counter:2', 'One more').click();
  await shows(output(page, 'Counter:2'), '44');
  const down = told.down.filter(([kind]) => ![1, 0x15].includes(kind)).flat();
  assert.ok(down.length < 64, `${down.length} bytes down`);
  assert.deepEqual(await page.evaluate(() => window.statuses), ['connecting', 'live']);
  assert.ok(!told.up.some(([kind]) => kind === 1), 'nothing joined again');
  await context.close();
});

test('cut again and again while somebody presses, no press is lost or doubled', async () => {
  const told = await between();
  const { context, page } = told;
  await live(page, `${gallery.url}/counters`);
  const more = button(page, 'Counter:2', 'One more');
  for (let round = 1; round <= 6; round += 1) {
    await more.click();
    await more.click();
    await told.cut();
    await more.click();
    await until(async () => {
      // Until the loss is noticed this is no news.
      await page.evaluate(() => dispatchEvent(new Event('online')));
      // One that is cut before it brings anything is none: after two of those the page goes on over HTTP.
      return told.opened > round && told.down.length;
    }, 'another connection');
  }
  await shows(output(page, 'Counter:2'), String(42 + 18));
  await context.close();
});

test('what was typed stays over a loss and over a restart, caret and all', async () => {
  const told = await between();
  const { context, page } = told;
  await live(page, `${gallery.url}/table`);
  await page.locator('#r5 th button').click();
  const name = page.locator('#r5 input[name=name]');
  await name.fill('Half a name');
  await name.evaluate((field) => field.setSelectionRange(4, 6));
  const held = () => name.evaluate((field) => [
    field.value, field.selectionStart, field.selectionEnd, document.activeElement === field,
  ]);
  await until(() => told.down.some(([kind]) => kind === 0x15), 'the field is in a seal');
  await told.cut();
  await until(() => told.opened === 2 && told.down.length, 'the page is back');
  assert.deepEqual(await held(), ['Half a name', 4, 6, true]);
  await gallery.kill();
  await status(page, 'lost');
  await gallery.up();
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await status(page, 'live');
  await page.getByRole('button', { name: 'Add on top', exact: true }).evaluate((button) => button.click());
  await page.waitForFunction(() => document.querySelector('tbody tr').id !== 'r1');
  assert.deepEqual(await held(), ['Half a name', 4, 6, true]);
  await context.close();
});

test('what was typed in a field that no seal knows yet stays over a restart', async () => {
  const { context, page } = await tab(browser);
  await live(page, `${gallery.url}/table`);
  await page.locator('#r5 th button').click();
  const name = page.locator('#r5 input[name=name]');
  await name.fill('Half a name');
  await gallery.kill();
  await status(page, 'lost');
  await gallery.up();
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await status(page, 'live');
  // The page begins again from its own seal, before the field, and takes the press again.
  const land = page.locator('#r7 td:nth-child(4) button');
  const landings = Number(await land.textContent());
  await land.click();
  await shows(land, String(landings + 1));
  assert.equal(await name.inputValue(), 'Half a name');
  await context.close();
});

test('a page that the browser kept comes back with its session', async () => {
  // Chromium keeps no page when it is told not to, as it is by default here.
  const keeping = await launch({ ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  after(() => keeping.close());
  const { context, page } = await tab(keeping);
  await live(page, `${gallery.url}/counters`);
  await button(page, 'Counter:2', 'One more').click();
  await shows(output(page, 'Counter:2'), '43');
  await page.evaluate(() => { window.mine = 1; });
  await page.goto(`${gallery.url}/clock`);
  await page.goBack({ waitUntil: 'commit' });
  await status(page, 'live');
  assert.equal(await page.evaluate(() => window.mine), 1, 'the page was kept');
  await shows(output(page, 'Counter:2'), '43');
  await button(page, 'Counter:2', 'One more').click();
  await shows(output(page, 'Counter:2'), '44');
  await context.close();
});

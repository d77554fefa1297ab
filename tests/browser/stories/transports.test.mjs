// The same session over each transport: pressed, cut, restarted, and nothing lost or doubled.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { Gallery, button, launch, live, output, shows, status, tab, until } from './kit.mjs';

let browser, gallery;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });
beforeEach(async () => { gallery = await Gallery.start({ HOLM_KEY: '7b'.repeat(32) }); });
afterEach(async () => { await gallery?.kill(); });

/** The server is back; the page need not wait for its next attempt. */
async function back(page) {
  await gallery.up();
  await page.evaluate(() => dispatchEvent(new Event('online')));
}

/** A tab that counts what it asks of each address. */
async function watched() {
  const told = await tab(browser);
  told.asked = {};
  told.page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    told.asked[pathname] = (told.asked[pathname] ?? 0) + 1;
  });
  return told;
}

const PATHS = { websocket: null, stream: '/__live/stream', poll: '/__live/poll' };

for (const [transport, path] of Object.entries(PATHS)) {
  test(`over ${transport}, presses arrive once and in order, and the count outlives restarts`, async () => {
    const { context, page, seen, asked } = await watched();
    await live(page, `${gallery.url}/counters?holm-transport=${transport}`);
    assert.equal(seen.sockets.length, path ? 0 : 1);
    if (path) assert.ok(asked[path] > 0);
    const more = button(page, 'Counter:2', 'One more');
    for (let press = 0; press < 5; press += 1) await more.click();
    await shows(output(page, 'Counter:2'), '47');
    await button(page, 'Counter:2', 'Back to 42').click();
    await shows(output(page, 'Counter:2'), '42');
    await gallery.kill();
    await more.click();
    await more.click();
    await back(page);
    await shows(output(page, 'Counter:2'), '44');
    await status(page, 'live');
    await gallery.stop();
    await more.click();
    await back(page);
    await shows(output(page, 'Counter:2'), '45');
    const thrown = seen.errors.filter((error) => !/WebSocket|Failed to load resource|ERR_/.test(error));
    assert.deepEqual(thrown, []);
    await context.close();
  });

  test(`over ${transport}, a network that comes and goes loses nothing`, async () => {
    const { context, page } = await watched();
    await live(page, `${gallery.url}/counters?holm-transport=${transport}`);
    const more = button(page, 'Counter:2', 'One more');
    for (let round = 0; round < 3; round += 1) {
      await more.click();
      await context.setOffline(true);
      await more.click();
      await context.setOffline(false);
      await more.click();
    }
    await shows(output(page, 'Counter:2'), '51');
    await context.close();
  });

  test(`over ${transport}, what others do is seen`, async () => {
    const [one, two] = [await watched(), await watched()];
    const here = ({ page }, count) => page.waitForFunction(
      (count) => document.querySelector('[data-live-presence=""]').textContent === count, count);
    await live(one.page, `${gallery.url}/presence?holm-transport=${transport}`);
    await here(one, '1');
    await live(two.page, `${gallery.url}/presence`);
    await here(one, '2');
    await two.page.getByRole('button', { name: 'Wave to everyone here' }).click();
    await one.page.waitForFunction(() => document.querySelector('.harbour output').textContent !== '0');
    await two.context.close();
    await here(one, '1');
    await one.context.close();
  });
}

test('where WebSockets do not get through, a stream takes over by itself', async () => {
  const { context, page, seen, asked } = await watched();
  await page.routeWebSocket(/__live$/, (socket) => socket.close());
  await live(page, `${gallery.url}/counters`);
  await button(page, 'Counter:2', 'One more').click();
  await shows(output(page, 'Counter:2'), '43');
  assert.ok(asked['/__live/stream'] > 0);
  assert.deepEqual(seen.errors.filter((error) => !/WebSocket/.test(error)), []);
  await context.close();
});

for (const transport of ['stream', 'poll']) {
  test(`over ${transport}, a press whose request is never answered is sent again`, async () => {
    const { context, page } = await watched();
    await page.clock.install();
    await live(page, `${gallery.url}/counters?holm-transport=${transport}`);
    let sent = 0;
    await page.route('**/__live/up', (route) => { sent += 1; return sent > 1 ? route.continue() : null; });
    await button(page, 'Counter:2', 'One more').click();
    await until(() => sent === 1, 'the press is on its way');
    await button(page, 'Counter:2', 'One more').click();
    await page.locator('.holm-busy').waitFor();
    await page.clock.fastForward(11_000);
    await shows(output(page, 'Counter:2'), '44');
    await page.waitForFunction(() => !document.querySelector('.holm-busy'));
    await status(page, 'live');
    await context.close();
  });
}

test('where a stream is kept back, polls take over', async () => {
  const { context, page, asked } = await watched();
  await page.route('**/__live/stream', () => {});
  await live(page, `${gallery.url}/counters?holm-transport=http`);
  await button(page, 'Counter:2', 'One more').click();
  await shows(output(page, 'Counter:2'), '43');
  assert.ok(asked['/__live/poll'] > 0);
  await context.close();
});

test('the fifth tab of a browser polls', async () => {
  const context = await browser.newContext();
  const polls = [];
  for (let each = 0; each < 5; each += 1) {
    const page = await context.newPage();
    page.on('request', (request) => { if (request.url().endsWith('/__live/poll')) polls.push(each); });
    await live(page, `${gallery.url}/counters?holm-transport=http`);
    assert.equal(polls.length > 0, each === 4, `tab ${each + 1} polls: ${polls}`);
  }
  const page = context.pages()[4];
  await button(page, 'Counter:2', 'One more').click();
  await shows(output(page, 'Counter:2'), '43');
  // A tab that goes leaves its place to another.
  await context.pages()[0].close();
  const next = await context.newPage();
  let streams = 0;
  next.on('request', (request) => { streams += request.url().endsWith('/__live/stream'); });
  await live(next, `${gallery.url}/counters?holm-transport=http`);
  await until(() => streams > 0, 'the place is free again');
  await context.close();
});

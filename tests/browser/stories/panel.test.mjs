// The development panel: what it shows, that it leaves the page alone, and the faults it makes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gallery, launch, live, shows, status, tab, until } from './kit.mjs';

let browser, stage;
before(async () => { [browser, stage] = await Promise.all([launch(), Gallery.start({}, 'stage')]); });
after(async () => { await browser?.close(); await stage?.kill(); });

const KEYS = 'Control+Shift+H';
const panel = (page) => page.getByRole('dialog', { name: 'Holm' });
const plus = (page) => page.getByRole('button', { name: '+', exact: true }).first();
const count = (page) => page.locator('output').first();
const frame = (page, text) => panel(page).locator('details').filter({ has: page.locator('summary', { hasText: text }) });

test('keys open it, Escape closes it, and the focus goes back where it was', async () => {
  const { context, page, seen } = await tab(browser);
  await live(page, stage.url);
  await plus(page).focus();
  assert.equal(await page.locator('holm-panel').count(), 0, 'a closed panel is no part of the page');
  await page.keyboard.press(KEYS);
  await panel(page).waitFor();
  assert.equal(await panel(page).getByRole('button', { name: 'Close' }).evaluate(
    (close) => close.getRootNode().activeElement === close), true);
  await page.keyboard.press('Escape');
  await panel(page).waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.textContent), '+');
  await page.keyboard.press(KEYS);
  await panel(page).waitFor();
  await plus(page).click();
  await page.keyboard.press(KEYS);
  await panel(page).waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.textContent), '+');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('it shows the connection, each island, and a press with its decoded edit', async () => {
  const { context, page } = await tab(browser);
  await live(page, stage.url);
  await plus(page).click();
  await shows(count(page), 'live: 1');
  await page.keyboard.press(KEYS);
  await panel(page).getByText(/^live · websocket · connection 1 · answer in \d+ ms$/).waitFor();
  const rows = panel(page).getByRole('row');
  await until(async () => (await rows.count()) === 4, 'three islands under a head');
  // What was before it was opened is there too.
  await frame(page, /↑ up event inc \d+ B/).first().waitFor();
  const edit = frame(page, /↓ down edit\+ack \d+ B/).first();
  await edit.locator('summary').click();
  assert.match(await edit.locator('pre').textContent(), /"seq": 1,\s+"program": \[\s+"/);
  await page.getByRole('button', { name: '+', exact: true }).nth(1).click();
  await shows(page.locator('output').nth(1), 'live: 11');
  const cells = async (at) => (await rows.nth(at).getByRole('cell').allTextContents());
  await until(async () => (await cells(2))[2] === '1' && (await cells(2))[3] === '', 'the second island has one event, answered');
  await until(async () => /^\d+ B$/.test((await cells(2))[4]), 'its newest state is sealed');
  await context.close();
});

test('what is typed in it is no business of the page', async () => {
  const { context, page } = await tab(browser);
  await live(page, stage.url);
  await page.evaluate(() => {
    window.heard = [];
    for (const type of ['keydown', 'input', 'change', 'click'])
      document.addEventListener(type, ({ target }) => window.heard.push(type + ' ' + target.localName));
  });
  await page.keyboard.press(KEYS);
  await panel(page).getByLabel('Jitter, ms').fill('5');
  await page.keyboard.press('Tab');
  await panel(page).getByLabel('also to the console').check();
  assert.deepEqual((await page.evaluate(() => window.heard)).filter((each) => each.endsWith(' holm-panel')), []);
  await context.close();
});

test('latency holds an answer back, and later presses after it', async () => {
  const { context, page } = await tab(browser);
  await live(page, stage.url);
  await page.keyboard.press(KEYS);
  await panel(page).getByLabel('Latency, ms').fill('600');
  const before = await page.evaluate(() => {
    window.texts = [];
    new MutationObserver(() => window.texts.push([document.querySelector('output').textContent, performance.now()]))
      .observe(document.querySelector('output'), { subtree: true, characterData: true, childList: true });
    const button = [...document.querySelectorAll('button')].find((each) => each.textContent === '+');
    for (let times = 3; times--;) button.click();
    return performance.now();
  });
  await page.waitForFunction(() => document.querySelector('output').textContent === 'live: 3');
  const first = await page.evaluate(() => window.texts[0][1]);
  // Nothing but the panel holds it back, and it does so for the whole time.
  assert.ok(first - before >= 590, `${first - before} ms`);
  await panel(page).getByText(/answer in [6-9]\d\d ms|answer in \d{4,} ms/).waitFor();
  await context.close();
});

test('a cut connection comes back, and no press is lost or done twice', async () => {
  const { context, page } = await tab(browser);
  await live(page, stage.url);
  await page.keyboard.press(KEYS);
  await panel(page).getByLabel('Latency, ms').fill('200');
  for (let round = 0; round < 3; round++) {
    await plus(page).click();
    await panel(page).getByRole('button', { name: 'Cut the connection' }).click();
    await plus(page).click();
  }
  await shows(count(page), 'live: 6');
  await panel(page).getByText(/^live · websocket · connection [2-9]/).waitFor();
  await frame(page, /↓ down resumed/).first().waitFor();
  assert.match(await frame(page, 'connection ended').first().textContent(), /"why": "cut"/);
  await context.close();
});

for (const transport of ['websocket', 'stream', 'poll']) {
  test(`what is lost over ${transport} loses no press`, async () => {
    const { context, page } = await tab(browser);
    await live(page, `${stage.url}/?holm-transport=${transport}`);
    await page.keyboard.press(KEYS);
    await panel(page).getByText(new RegExp(`^live · ${transport} ·`)).waitFor();
    await panel(page).getByLabel('Jitter, ms').fill('20');
    const ended = frame(page, 'connection ended');
    for (const [way, shown] of [['Lost up, %', 'live: 2'], ['Lost down, %', 'live: 4']]) {
      const before = await ended.count();
      await panel(page).getByLabel(way).fill('100');
      await plus(page).click();
      await until(async () => (await ended.count()) > before, 'the loss ends a connection');
      await panel(page).getByLabel(way).fill('0');
      await plus(page).click();
      await shows(count(page), shown);
    }
    await context.close();
  });
}

test('offline for a while, the page says so and comes back by itself', async () => {
  const { context, page } = await tab(browser);
  await live(page, stage.url);
  await page.keyboard.press(KEYS);
  await panel(page).getByLabel('for seconds').fill('3');
  await panel(page).getByRole('button', { name: 'Go offline' }).click();
  await status(page, 'lost');
  await plus(page).click();
  await status(page, 'live');
  await shows(count(page), 'live: 1');
  await panel(page).getByText(/· websocket ·/).waitFor();
  await context.close();
});

test('offline ends when it is asked to, and says how long it would last', async () => {
  const { context, page } = await tab(browser);
  await live(page, stage.url);
  await page.keyboard.press(KEYS);
  await panel(page).getByLabel('for seconds').fill('3000');
  await panel(page).getByRole('button', { name: 'Go offline' }).click();
  await status(page, 'lost');
  await panel(page).getByRole('button', { name: /^Go online again \((29\d\d|3000) s left\)$/ }).click();
  await panel(page).getByRole('button', { name: 'Go offline' }).waitFor();
  await status(page, 'live');
  const latency = panel(page).getByLabel('Latency, ms');
  await latency.fill('-50');
  assert.deepEqual([await latency.getAttribute('min'), await page.evaluate(() => window.holm.panel.faults.latency)], ['0', 0]);
  await context.close();
});

test('frames go to the console when they are asked to, also after the next load', async () => {
  const { context, page, seen } = await tab(browser);
  await live(page, stage.url);
  await page.keyboard.press(KEYS);
  assert.doesNotMatch(seen.console.join('\n'), /holm [↑↓]/);
  await panel(page).getByLabel('also to the console').check();
  await live(page, stage.url);
  const before = seen.console.length;
  await plus(page).click();
  await shows(count(page), 'live: 1');
  const lines = seen.console.slice(before).join('\n');
  assert.match(lines, /holm ↑ \d+ B event/);
  assert.match(lines, /holm ↓ \d+ B edit/);
  await context.close();
});

test('errors are listed', async () => {
  const { context, page } = await tab(browser);
  const gallery = await Gallery.start();
  await live(page, `${gallery.url}/errors`);
  await page.getByRole('button', { name: 'Return an error' }).click();
  await page.keyboard.press(KEYS);
  await panel(page).getByRole('listitem').filter({ hasText: 'handler_error: The harbour master said no.' }).waitFor();
  await context.close();
  await gallery.kill();
});

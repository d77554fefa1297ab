// Lists the server forgets: rows come, change and go by key, and only the page has them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Gallery, launch, live, status, tab, until } from './kit.mjs';
import { Proxy } from './proxy.mjs';

let browser, stage, proxy;
before(async () => {
  [browser, stage] = await Promise.all([launch(), Gallery.start({}, 'stage')]);
  proxy = await Proxy.start(stage.port);
});
after(async () => { await browser?.close(); await proxy?.stop(); await stage?.kill(); });

/** The server's memory, in kB. */
const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${stage.child.pid}/status`, 'utf8'))[1]);

/** The rows' keys. */
const keys = (page, list) => page.$$eval(`[data-live-list="${list}"] > *`, (rows) => rows.map((row) => row.dataset.key));

/** The numbers from one to before another, as keys. */
const range = (from, to) => Array.from({ length: to - from }, (_, at) => `${from + at}`);

const press = (page, label) => page.getByRole('button', { name: label, exact: true }).click();

/** Makes the list's box scroll; the stage's policy keeps styles out of its HTML. */
const scrolls = (page) => page.$eval('.box', (box) => Object.assign(box.style, { height: '200px', overflowY: 'scroll' }));

const scrolled = (page) => page.$eval('.box', (box) => ({ top: box.scrollTop, end: box.scrollHeight - box.clientHeight }));

test('a hundred thousand lines leave five hundred in the page, and nothing on the server', async () => {
  const { context, page, seen } = await tab(browser);
  await live(page, `${stage.url}/log`);
  await scrolls(page);
  const before = memory();
  await press(page, 'many');
  await until(async () => await page.locator('output').textContent() === '100000', 'every line is counted', 120_000);
  await until(async () => (await keys(page, 'lines')).at(-1) === '99999', 'the last line is there');
  assert.deepEqual(await keys(page, 'lines'), range(99_500, 100_000));
  const now = memory();
  console.log(`100,000 lines: the server had ${before} kB before and has ${now} kB now`);
  // The lines are more than that: a hundred thousand of about a hundred bytes.
  assert.ok(now - before < 8_192, `the server grew by ${now - before} kB`);
  // The box was at its end and stays there.
  await until(async () => { const { top, end } = await scrolled(page); return end > 0 && top > end - 2; }, 'the end is shown');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('the first page holds its rows, with no script', async () => {
  const { context, page } = await tab(browser, { javaScriptEnabled: false });
  await page.goto(`${stage.url}/feed`);
  assert.equal(await page.locator('article').count(), 20);
  assert.equal(await page.locator('article').first().textContent(), 'news 20About 20.');
  await context.close();
});

test('a reader who has scrolled up stays where they are while lines come and go', async () => {
  const { context, page } = await tab(browser);
  await live(page, `${stage.url}/log`);
  await scrolls(page);
  for (let lines = 0; lines < 520; lines += 20) {
    await press(page, 'some');
    await until(async () => await page.locator('output').textContent() === `${lines + 20}`, 'they are counted');
  }
  await page.$eval('.box', (box) => { box.scrollTop = 3_000; });
  const first = () => page.$eval('.box', (box) => {
    const row = [...box.querySelectorAll('li')].find((row) => row.getBoundingClientRect().bottom > box.getBoundingClientRect().top);
    return `${row.textContent} at ${Math.round(row.getBoundingClientRect().top)}`;
  });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const looked = await first();
  await press(page, 'some');
  await until(async () => (await keys(page, 'lines')).at(-1) === '539', 'the lines are there');
  assert.deepEqual(await keys(page, 'lines'), range(40, 540));
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  assert.equal(await first(), looked);
  await context.close();
});

for (const anchors of [true, false]) {
  test(`what comes in above moves nothing that is looked at, ${anchors ? 'by' : 'without'} the browser's own doing`, async () => {
    const { context, page } = await tab(browser);
    if (!anchors) await page.addInitScript(() => { CSS.supports = (what) => !/overflow-anchor/.test(what); });
    await live(page, `${stage.url}/feed`);
    await scrolls(page);
    if (!anchors) await page.$eval('.box', (box) => { box.style.overflowAnchor = 'none'; });
    await page.$eval('.box', (box) => { box.scrollTop = 500; });
    const tops = () => page.$$eval('article', (rows) => Object.fromEntries(rows.map((row) => [row.dataset.key, Math.round(row.getBoundingClientRect().top)])));
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const before = await tops();
    await press(page, 'newer');
    await until(async () => (await keys(page, 'news'))[0] === '21', 'the news is there');
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const now = await tops();
    assert.equal(now[10], before[10]);
    // At its beginning a box shows what comes.
    await page.$eval('.box', (box) => { box.scrollTop = 0; });
    await press(page, 'newer');
    await until(async () => (await keys(page, 'news'))[0] === '22', 'more news is there');
    assert.equal((await scrolled(page)).top, 0);
    await context.close();
  });
}

test('rows come in where they belong, and go', async () => {
  const { context, page, seen } = await tab(browser);
  await live(page, `${stage.url}/feed`);
  assert.deepEqual(await keys(page, 'news'), range(1, 21).reverse());
  await press(page, 'older');
  await press(page, 'between');
  await press(page, 'between');
  await press(page, 'drop');
  const expected = ['between', ...range(1, 20).reverse(), '0', '-1', '-2'];
  await until(async () => (await keys(page, 'news')).join() === expected.join(), 'the rows are these');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('a text grows token by token, and stays text', async () => {
  const { context, page, seen } = await tab(browser);
  await live(page, `${stage.url}/answer`);
  const bytes = [];
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => bytes.push(payload)));
  await press(page, 'ask');
  const wanted = Array.from({ length: 300 }, (_, at) => `<b>${at}</b>&amp; `).join('');
  await until(async () => await page.locator('[data-live-list]').textContent() === wanted, 'the whole answer is there');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('a row that changes keeps what is being typed in it, the caret and the focus', async () => {
  const { context, page, seen } = await tab(browser);
  await live(page, `${stage.url}/chat`);
  const field = page.locator('tr[data-key="1"] input');
  await field.focus();
  await page.keyboard.type('a reply');
  await page.keyboard.press('ArrowLeft');
  const node = await field.elementHandle();
  for (let version = 1; version <= 3; version += 1) {
    await page.evaluate(() => document.querySelector('#change').dispatchEvent(new MouseEvent('click', { bubbles: true })));
    await page.waitForFunction((version) => document.querySelector(`tr.v${version}[data-key="1"]`), version);
    await page.keyboard.type(`${version}`);
  }
  assert.equal(await field.inputValue(), 'a repl123y');
  assert.ok(await node.evaluate((node) => node.isConnected && node === document.activeElement));
  // A row's own events are the island's.
  await page.locator('tr[data-key="2"] button').click();
  await until(async () => await page.locator('tr[data-key="2"] td').first().textContent() === 'liked 2', 'the like is heard');
  assert.equal(await page.locator('tr[data-key="2"]').getAttribute('class'), null);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('after a cut the page has every line once, in order', async () => {
  const { context, page } = await tab(browser);
  await live(page, `${proxy.url}/log`);
  for (let cut = 1; cut <= 3; cut += 1) {
    await press(page, 'some');
    await proxy.say('cut rst');
    await press(page, 'some');
    await until(async () => await page.locator('output').textContent() === `${cut * 40}`, 'they are counted');
    await until(async () => (await keys(page, 'lines')).length >= cut * 40, 'the lines are there');
    assert.deepEqual(await keys(page, 'lines'), range(0, cut * 40));
  }
  await context.close();
});

test('after a restart the island fills its list again, and rows that are the same stay the same', async () => {
  const { context, page } = await tab(browser);
  await live(page, `${stage.url}/log`);
  await press(page, 'some');
  await until(async () => (await keys(page, 'lines')).length === 20, 'the lines are there');
  await page.$$eval('li', (rows) => rows.forEach((row) => { row.mine = true; }));
  await stage.stop();
  await stage.up();
  await status(page, 'live');
  await press(page, 'one');
  await until(async () => (await keys(page, 'lines')).length === 21, 'the next line is there');
  assert.deepEqual(await keys(page, 'lines'), range(0, 21));
  assert.equal(await page.$$eval('li', (rows) => rows.filter((row) => row.mine).length), 20);
  await context.close();
});

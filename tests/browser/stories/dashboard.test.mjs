// A dashboard that all share, and a log of a hundred thousand lines.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gallery, launch, live, shows, tab, until } from './kit.mjs';

let browser, gallery;
before(async () => { [browser, gallery] = await Promise.all([launch(), Gallery.start()]); });
after(async () => { await browser?.close(); await gallery?.kill(); });

const load = async (page) => Number(await page.locator('.board li').nth(3).locator('b').textContent());

test('two viewers see the same second, and a push of one moves both', async () => {
  const [one, other] = [await tab(browser), await tab(browser)];
  for (const { page } of [one, other]) await live(page, `${gallery.url}/dashboard`);
  await shows(one.page.locator('.viewers [data-live-presence]'), '2');
  const before = Math.max(await load(one.page), await load(other.page));
  await one.page.getByRole('button', { name: 'Push the simulated load' }).click();
  for (const { page } of [one, other]) await until(async () => await load(page) > before + 8, 'the load rises');
  const second = (page) => page.locator('.board svg').first().getAttribute('viewBox');
  await until(async () => await second(one.page) === await second(other.page), 'the same second');
  const pieces = await one.page.locator('.board svg').first().locator('path').count();
  await until(async () => await one.page.locator('.board svg').first().locator('path').count() > pieces, 'the line grows');
  for (const { context, seen } of [one, other]) {
    assert.deepEqual(seen.errors, []);
    await context.close();
  }
});

test('the log keeps five hundred rows, follows its end, and stays where one reads', async () => {
  const { context, page, seen } = await tab(browser);
  await live(page, `${gallery.url}/build-log`);
  await page.getByRole('button', { name: 'Start' }).click();
  const lines = async () => Number(await page.locator('.build .bar b').textContent());
  await until(async () => await lines() > 2_000, 'two thousand lines');
  const log = page.getByRole('log');
  const state = () => log.evaluate((node) => ({
    rows: node.querySelectorAll('li').length, last: node.querySelector('li:last-child').textContent,
    left: Math.round(node.scrollHeight - node.clientHeight - node.scrollTop),
  }));
  await until(async () => (await state()).left <= 1, 'at its end');
  assert.equal((await state()).rows, 500);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Go on' }).waitFor();
  const paused = await state();
  assert.match(paused.last, new RegExp(`^${await lines()} `), 'the last row is the last line');
  await page.getByRole('button', { name: 'Go on' }).click();
  await until(async () => (await state()).last !== paused.last, 'it goes on');
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Go on' }).waitFor();
  await log.evaluate((node) => { node.scrollTop = node.scrollHeight / 2; });
  const read = () => log.evaluate((node) => {
    const box = node.getBoundingClientRect();
    return document.elementFromPoint(box.left + 40, box.top + box.height / 2).closest('li')?.textContent;
  });
  const reading = await read();
  const before = await lines();
  await page.getByRole('button', { name: 'Go on' }).click();
  await until(async () => await lines() > before, 'a batch');
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Go on' }).waitFor();
  // Two batches at most push the line that is read towards the beginning of the rows, not out of them.
  if (await lines() - before < 240) assert.equal(await read(), reading);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('a whole build of a hundred thousand lines comes to its end', async () => {
  const { context, page, seen } = await tab(browser);
  await live(page, `${gallery.url}/build-log`);
  await page.getByRole('button', { name: 'Start' }).click();
  await until(async () => await page.locator('.build .bar b').textContent() === '100000', 'all lines', 180_000);
  await page.getByRole('button', { name: 'Build again' }).waitFor();
  const log = page.getByRole('log');
  await until(async () => /^100000 linking \S+ done$|^100000 .* done$/.test(await log.locator('li').last().textContent()), 'the last line');
  assert.equal(await log.locator('li').count(), 500);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

// What happens elsewhere reaches the page: an app's handler publishes, and the page changes around what lives in it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { button, Gallery, launch, live, output, shows, tab, until } from './kit.mjs';

let browser, stage;
before(async () => { [browser, stage] = await Promise.all([launch(), Gallery.start({}, 'stage')]); });
after(async () => { await browser?.close(); await stage?.kill(); });

const publish = async (headline) => {
  const answer = await fetch(`${stage.url}/publish?headline=${encodeURIComponent(headline)}`, { method: 'POST' });
  return Number(await answer.text());
};
const heard = (page) => page.locator('holm-island[data-island=Surface] > p > output');

test('what is published changes the page around its live islands: same nodes, same scroll, same history', async () => {
  assert.equal(await publish('too early'), 0, 'nobody is there to hear it');
  const { context, page, seen } = await tab(browser, { viewport: { width: 800, height: 400 } });
  await live(page, `${stage.url}/surface`);
  const counter = 'Surface:0/counter';
  await button(page, counter, '+').click();
  await shows(output(page, counter), 'live: 1');
  await page.evaluate(() => {
    window.counter = document.querySelector('[data-instance="Surface:0/counter"]');
    window.inside = [...window.counter.querySelectorAll('*')];
    scrollTo(0, document.documentElement.scrollHeight / 2);
    window.before = { length: history.length, href: location.href };
  });
  const above = () => page.evaluate(() => window.counter.getBoundingClientRect().top);
  const top = await above();
  await until(async () => await publish('Gale warning') === 1, 'the island listens');
  await shows(page.locator('h2'), 'Gale warning');
  assert.ok(await page.evaluate(() => document.querySelector('[data-instance="Surface:0/counter"]') === window.counter
    && window.inside.every((node) => node.isConnected)), 'the nested island keeps its nodes');
  assert.deepEqual(await page.evaluate(() => ({ length: history.length, href: location.href })),
    await page.evaluate(() => window.before));
  assert.ok(Math.abs(await above() - top) < 2, 'what one reads stays where it is though a line came above it');
  await button(page, counter, '+').click();
  await shows(output(page, counter), 'live: 2');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('every tab hears it, and one that has left is not counted', async () => {
  const [one, two] = await Promise.all([tab(browser), tab(browser)]);
  for (const { page } of [one, two]) await live(page, `${stage.url}/surface`);
  await until(async () => await publish('Calm') === 2, 'two islands listen');
  for (const { page } of [one, two]) await shows(page.locator('h2'), 'Calm');
  await two.context.close();
  await until(async () => await publish('Calm again') === 1, 'one is left');
  await shows(one.page.locator('h2'), 'Calm again');
  assert.ok(Number(await heard(one.page).textContent()) >= 2);
  await one.context.close();
});

// Handlers that fail or dawdle, and people who come and go.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gallery, button, launch, live, output, shows, tab, until } from './kit.mjs';

let browser, gallery;
before(async () => { [browser, gallery] = await Promise.all([launch(), Gallery.start()]); });
after(async () => { await browser?.close(); await gallery?.kill(); });

test('a failed handler shows as a class and an event, and the other island goes on', async () => {
  const { context, page } = await tab(browser);
  await live(page, `${gallery.url}/errors`);
  await page.evaluate(() => {
    window.failures = [];
    document.addEventListener('holm:error', ({ target, detail }) => {
      window.failures.push([target.dataset.instance, detail.code, detail.word, detail.sentence, detail.seq]);
    });
  });
  const trouble = page.locator('[data-instance="Trouble:0"]');
  await button(page, 'Trouble:0', 'Return an error').click();
  await page.waitForFunction(() => window.failures.length === 1);
  assert.deepEqual(await page.evaluate(() => window.failures[0]),
    ['Trouble:0', 102, 'handler_error', 'The harbour master said no.', 1]);
  await until(async () => /\bholm-error\b/.test(await trouble.getAttribute('class')), 'the class is there');
  await shows(output(page, 'Trouble:0'), '0');

  await button(page, 'Trouble:0', 'Panic').click();
  await page.waitForFunction(() => window.failures.length === 2);
  assert.deepEqual(await page.evaluate(() => window.failures[1].slice(0, 3)), ['Trouble:0', 103, 'handler_panic']);
  await shows(output(page, 'Trouble:0'), '0');

  await button(page, 'Counter:0', 'One more').click();
  await shows(output(page, 'Counter:0'), '1');
  await button(page, 'Trouble:0', 'Work').click();
  await shows(output(page, 'Trouble:0'), '1');
  assert.doesNotMatch((await trouble.getAttribute('class')) ?? '', /holm-error/, 'a success clears it');
  await context.close();
});

test('an error stays when what was pressed before anybody could read it is answered', async () => {
  const { context, page } = await tab(browser);
  await live(page, `${gallery.url}/errors`);
  const trouble = page.locator('[data-instance="Trouble:0"]'), wrong = async () => /holm-error/.test(await trouble.getAttribute('class') ?? '');
  await page.evaluate(() => {
    const press = (text) => [...document.querySelectorAll('[data-instance="Trouble:0"] button')].find((each) => each.textContent.trim() === text).click();
    press('Return an error');
    press('Work');
  });
  await shows(output(page, 'Trouble:0'), '1');
  await until(wrong, 'the error is shown');
  await button(page, 'Trouble:0', 'Work').click();
  await shows(output(page, 'Trouble:0'), '2');
  await until(async () => !await wrong(), 'it is over');
  await context.close();
});

test('a slow handler does not hold up the island beside it', async () => {
  const { context, page } = await tab(browser);
  await live(page, `${gallery.url}/errors`);
  await button(page, 'Trouble:0', 'Work for a second').click();
  await button(page, 'Counter:0', 'One more').click();
  await page.waitForFunction(() => document.querySelector('[data-instance="Counter:0"] output').textContent === '1');
  assert.equal(await output(page, 'Trouble:0').textContent(), '0', 'the slow one is still at it');
  await shows(output(page, 'Trouble:0'), '1');
  await context.close();
});

test('an overrun is cut and the state kept', async () => {
  const { context, page } = await tab(browser);
  await live(page, `${gallery.url}/errors`);
  await page.evaluate(() => document.addEventListener('holm:error', ({ detail }) => { window.word = detail.word; }));
  await button(page, 'Trouble:0', 'Run past the limit').click();
  await page.waitForFunction(() => window.word === 'handler_timeout');
  await shows(output(page, 'Trouble:0'), '0');
  await context.close();
});

test('two pages count each other and see one wave', async () => {
  const [one, two] = [await tab(browser), await tab(browser)];
  const here = ({ page }, count) => page.waitForFunction(
    (count) => document.querySelector('[data-live-presence=""]').textContent === count, count);
  await live(one.page, `${gallery.url}/presence`);
  await here(one, '1');
  await one.page.evaluate(() => {
    window.counts = [];
    window.addEventListener('holm:presence', ({ detail }) => window.counts.push([detail.type, detail.count]));
  });
  await live(two.page, `${gallery.url}/presence`);
  await here(one, '2');
  await here(two, '2');
  assert.deepEqual((await one.page.evaluate(() => window.counts)).at(-1), ['presence', 2]);
  await one.page.getByRole('button', { name: 'Wave to everyone here' }).click();
  const before = await output(one.page, 'Harbour:0').textContent();
  await two.page.waitForFunction(() => document.querySelector('.harbour output').textContent !== '0');
  assert.notEqual(before, undefined);
  await two.context.close();
  await here(one, '1');
  await one.context.close();
});

test('the clock moves with no event of the page', async () => {
  const { context, page } = await tab(browser);
  await live(page, `${gallery.url}/clock`);
  const digits = page.locator('.digits time');
  const first = await digits.textContent();
  await page.waitForFunction((first) => document.querySelector('.digits time').textContent !== first, first);
  await context.close();
});

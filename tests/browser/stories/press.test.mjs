// What a press is: which ones are the island's, and which the browser keeps.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gallery, button, launch, live, output, shows, status, tab } from './kit.mjs';

let browser, gallery;
before(async () => { [browser, gallery] = await Promise.all([launch(), Gallery.start()]); });
after(async () => { await browser?.close(); await gallery?.kill(); });

const COUNTER = '[data-instance="Counter:0"] .counter';

/** Puts elements that a page could have into the first counter. */
const add = (page, html) => page.evaluate(([place, html]) => {
  document.querySelector(place).insertAdjacentHTML('beforeend', html);
}, [COUNTER, html]);

test('a disabled button sends nothing', async () => {
  const { context, page, seen } = await tab(browser);
  await live(page, `${gallery.url}/counters`);
  await button(page, 'Counter:0', 'One more').evaluate((node) => { node.innerHTML = '<b>+</b>'; node.disabled = true; });
  await page.locator(`${COUNTER} button b`).click({ force: true });
  await page.locator(`${COUNTER} button b`).dispatchEvent('click');
  // Events keep their order: had the first gone up, this one would show 0.
  await button(page, 'Counter:0', 'One less').click();
  await shows(output(page, 'Counter:0'), '-1');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('a press on what stands in a button is the button\'s', async () => {
  const { context, page, seen } = await tab(browser);
  await live(page, `${gallery.url}/counters`);
  await add(page, '<button data-live="inc"><svg width="20" height="20"><rect width="20" height="20"/></svg></button>');
  await page.locator(`${COUNTER} rect`).click();
  await shows(output(page, 'Counter:0'), '1');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('a link with a press is the island\'s when pressed plainly, and the browser\'s otherwise', async () => {
  const { context, page, seen } = await tab(browser);
  await live(page, `${gallery.url}/counters`);
  await add(page, '<a href="/plain" data-live="inc">more</a>');
  const link = page.locator(`${COUNTER} a`);
  for (const options of [{ modifiers: ['Control'] }, { modifiers: ['Shift'] }, { button: 'middle' }]) {
    const opened = context.waitForEvent('page');
    await link.click(options);
    const other = await opened;
    await other.waitForURL('**/plain');
    await other.close();
  }
  // Where meta opens nothing, the browser follows as if it were not held; only the island must not take it.
  assert.equal(await link.evaluate((node) => {
    const press = new MouseEvent('click', { metaKey: true, bubbles: true, cancelable: true });
    let taken;
    addEventListener('click', (event) => { taken = event.defaultPrevented; event.preventDefault(); }, { once: true });
    node.dispatchEvent(press);
    return taken;
  }), false);
  await link.click();
  await shows(output(page, 'Counter:0'), '1');
  assert.equal(new URL(page.url()).pathname, '/counters');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

for (const [what, html] of [
  ['link', '<a class="go" href="/plain" data-live="inc">more</a>'],
  ['submit button', '<form action="/plain"><button class="go" data-live="inc">more</button></form>'],
]) {
  test(`a ${what} with a press does what it does by itself while nothing is live`, async () => {
    const here = await Gallery.start();
    try {
      const { context, page } = await tab(browser);
      await live(page, `${here.url}/counters`);
      await add(page, html);
      await page.locator('.go').click();
      await shows(output(page, 'Counter:0'), '1');
      assert.equal(new URL(page.url()).pathname, '/counters', 'live, it is the island\'s');
      // No socket any more, but pages.
      await page.route('**/__live/status', (route) => route.abort());
      await here.kill();
      await status(page, 'lost');
      await page.route('**/plain*', (route) => route.fulfill({ contentType: 'text/html', body: '<title>went</title>' }));
      await page.locator('.go').click();
      await page.waitForURL(/\/plain\??$/);
      await context.close();
    } finally {
      await here.kill();
    }
  });
}

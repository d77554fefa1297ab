// An answer that is streamed, and notifications over the browser's own EventSource.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { after, before, test } from 'node:test';
import { Gallery, launch, live, shows, status, tab, until } from './kit.mjs';
import { Proxy } from './proxy.mjs';

let browser, gallery;
before(async () => { [browser, gallery] = await Promise.all([launch(), Gallery.start()]); });
after(async () => { await browser?.close(); await gallery?.kill(); });

const answer = (page) => page.getByRole('region', { name: 'Answer' });

test('an answer grows, stops when told to, and is told to readers by its status', async () => {
  const { context, page, seen } = await tab(browser);
  await live(page, `${gallery.url}/assistant`);
  await page.getByRole('button', { name: 'What is an island?' }).click();
  await until(async () => (await answer(page).textContent()).startsWith('An island is a part of a page'), 'words');
  assert.equal(await answer(page).getAttribute('aria-busy'), 'true');
  await page.getByRole('button', { name: 'Stop' }).click();
  const word = page.locator('.assistant').getByRole('status');
  await shows(word, 'Stopped.');
  const said = await answer(page).textContent();
  await page.getByRole('button', { name: 'How does this text get here?' }).click();
  await until(async () => (await answer(page).textContent()).startsWith('Each word is one call'), 'another answer');
  assert.ok(!(await answer(page).textContent()).includes(said.trim()));
  await shows(word, 'The answer is complete.');
  assert.equal(await answer(page).getAttribute('aria-busy'), 'false');
  assert.equal(await page.locator('.answer p').getAttribute('aria-live'), null, 'not read out word by word');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('an answer goes on mid-sentence after a restart of the server', async () => {
  const { context, page } = await tab(browser);
  await live(page, `${gallery.url}/assistant`);
  await page.getByRole('button', { name: 'What if the connection is lost?' }).click();
  await until(async () => (await answer(page).textContent()).startsWith('Nothing you did is lost'), 'words');
  await gallery.stop();
  await gallery.up();
  await shows(page.locator('.assistant').getByRole('status'), 'The answer is complete.');
  const text = await answer(page).textContent();
  assert.ok(text.endsWith('in the middle of this answer.'), text);
  assert.equal(text.match(/Nothing you did is lost/g).length, 1);
  await context.close();
});

test('with less motion the cursor does not blink', async () => {
  const { context, page } = await tab(browser, { reducedMotion: 'reduce' });
  await live(page, `${gallery.url}/assistant`);
  await page.getByRole('button', { name: 'What is an island?' }).click();
  await until(async () => await answer(page).getAttribute('aria-busy') === 'true', 'it speaks');
  assert.equal(await page.locator('.answer p').evaluate((node) => getComputedStyle(node, '::after').animationName), 'none');
  await context.close();
});

const rows = async (page) => (await page.locator('.feed li p').allTextContents()).join('|');

test('a notification reaches every page, by the form or by curl', async () => {
  const [one, other] = [await tab(browser), await tab(browser)];
  for (const { page } of [one, other]) await live(page, `${gallery.url}/notifications`);
  await one.page.getByLabel('Tell everybody').fill('The harbour <b>office</b> is open');
  await one.page.getByRole('button', { name: 'Send' }).click();
  for (const { page } of [one, other]) await until(async () => await rows(page) === 'The harbour <b>office</b> is open', 'both');
  await until(async () => await one.page.getByLabel('Tell everybody').inputValue() === '', 'the field is empty');
  await one.page.getByLabel('Tell everybody').fill('   ');
  await one.page.getByRole('button', { name: 'Send' }).click();
  await until(async () => /1 to 200 letters/.test(await one.page.locator('.notify').getByRole('alert').textContent()), 'it says why not');
  await promisify(execFile)('curl', ['-sf', '-d', 'kind=warning', '-d', 'text=Gale', `${gallery.url}/notifications`]);
  await until(async () => (await rows(other.page)).endsWith('|Gale'), 'curl is heard');
  assert.equal(await other.page.locator('.feed li').last().getAttribute('class'), 'warning');
  for (const { context, seen } of [one, other]) {
    assert.deepEqual(seen.errors.filter((error) => !/422/.test(error)), []);
    await context.close();
  }
});

test('what came while the connection was lost is there afterwards, once', async () => {
  const proxy = await Proxy.start(gallery.port);
  const [one, other] = [await tab(browser), await tab(browser)];
  await live(one.page, `${proxy.url}/notifications`);
  await live(other.page, `${gallery.url}/notifications`);
  const send = async (text) => {
    await other.page.getByLabel('Tell everybody').fill(text);
    await other.page.getByRole('button', { name: 'Send' }).click();
    await until(async () => (await rows(other.page)).endsWith(text), text);
  };
  await send('before');
  await until(async () => (await rows(one.page)).endsWith('before'), 'before');
  await proxy.say('refuse on', 'cut rst');
  await status(one.page, 'lost');
  await send('meanwhile');
  assert.match(await rows(one.page), /before$/);
  await proxy.say('calm');
  await status(one.page, 'live');
  await send('after');
  await until(async () => /(^|\|)before\|meanwhile\|after$/.test(await rows(one.page)), 'all three, in order');
  for (const { context } of [one, other]) await context.close();
  await proxy.stop();
});

/** What the browser tells a page when another tab covers it, and when it is shown again. */
const shown = (page, is) => page.evaluate((is) => {
  Object.defineProperty(document, 'hidden', { value: !is, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}, is);
const tell = (text) => promisify(execFile)('curl', ['-sf', '-d', `text=${text}`, `${gallery.url}/notifications`]);

test('eight tabs of one browser listen: those behind hold no connection, and lack nothing when they are shown', async () => {
  const { context, page: first, seen } = await tab(browser);
  const pages = [first];
  while (pages.length < 8) pages.push(await context.newPage());
  for (const page of pages) {
    await live(page, `${gallery.url}/notifications`);
    await shown(page, page === pages.at(-1));
  }
  await tell('to all tabs');
  await until(async () => (await rows(pages.at(-1))).endsWith('to all tabs'), 'the tab in front');
  assert.ok(!(await rows(first)).endsWith('to all tabs'), 'a tab behind does not listen');
  await shown(first, true);
  await until(async () => (await rows(first)).endsWith('to all tabs'), 'when it is shown');
  assert.equal((await rows(first)).match(/to all tabs/g).length, 1);
  assert.equal(await first.locator('.feed .gap').count(), 0);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('a page that was away for longer than events are kept says so, and shows what is kept', async () => {
  const { context, page, seen } = await tab(browser);
  await tell('heard');
  await live(page, `${gallery.url}/notifications`);
  await until(async () => (await rows(page)).endsWith('heard'), 'the last one');
  await tell('heard too');
  await until(async () => (await rows(page)).endsWith('heard too'), 'a cursor');
  await shown(page, false);
  for (let number = 0; number < 21; number += 1) await tell(`missed ${number}`);
  await shown(page, true);
  await until(async () => (await rows(page)).endsWith('missed 20'), 'what is kept');
  await shown(page, false);
  await gallery.stop();
  await gallery.up();
  await shown(page, true);
  await shows(page.locator('.feed li').last(), 'Some may be missing here: they are no longer kept.');
  await tell('after the restart');
  await until(async () => (await rows(page)).endsWith('missed 20|after the restart'), 'and it goes on');
  assert.equal(await page.locator('.feed .gap').count(), 1);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('with scripts off the form sends, and the page shows what was said', async () => {
  const { context, page } = await tab(browser, { javaScriptEnabled: false });
  await page.goto(`${gallery.url}/notifications`);
  await page.getByLabel('Tell everybody').fill('No script, no matter');
  await page.getByLabel('As a').selectOption('warning');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.waitForLoadState();
  assert.equal(await page.locator('.feed li.warning p').last().textContent(), 'No script, no matter');
  await context.close();
});

test('with scripts off, buttons that need one are dim, and the page says why', async () => {
  const { context, page } = await tab(browser, { javaScriptEnabled: false });
  const why = page.getByText('Scripts are off in this browser.');
  for (const path of ['/build-log', '/dashboard', '/assistant', '/']) {
    await page.goto(gallery.url + path);
    await why.waitFor();
    const dim = await page.locator('button[data-live]').evaluateAll((all) => all.map((node) => getComputedStyle(node).opacity));
    assert.ok(dim.length && dim.every((opacity) => Number(opacity) < 1), path);
  }
  assert.equal(await page.getByText('Press it').isVisible(), false, 'nobody is asked to press what is dim');
  await page.goto(`${gallery.url}/uploads`);
  await why.waitFor();
  assert.ok(await page.locator('[data-live-upload]').evaluate((node) => Number(getComputedStyle(node).opacity) < 1), 'the chooser is dim');
  await page.goto(`${gallery.url}/grid`);
  await page.getByText('what is typed here is not saved').waitFor();
  assert.equal(await page.getByText('All that you left is saved.').isVisible(), false);
  for (const path of ['/chat', '/no-script', '/notifications']) {
    await page.goto(gallery.url + path);
    assert.equal(await why.isVisible(), false, `${path} works without one`);
  }
  await context.close();
});

test('no page of these scrolls sideways on a phone', async () => {
  const { context, page } = await tab(browser, { viewport: { width: 360, height: 740 } });
  for (const path of ['/chat', '/who', '/dashboard', '/build-log', '/assistant', '/notifications']) {
    await page.goto(gallery.url + path);
    await status(page, 'live');
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360, path);
    assert.ok((await page.locator('header.top').boundingBox()).height < 120, `${path} has a navigation of one row`);
  }
  // A chat whose field is out of sight is not one.
  await page.goto(`${gallery.url}/chat`);
  const say = await page.locator('.say').boundingBox();
  assert.ok(say.y + say.height <= 740, `the message field is in sight: ${say.y + say.height}`);
  await context.close();
});

// The example's page for channels: what is typed while the server is away stays, and what is gone is said.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gallery, launch, shows, tab, until } from './kit.mjs';

let browser, server;
before(async () => { [browser, server] = await Promise.all([launch(), Gallery.start({}, 'realtime')]); });
after(async () => { await browser?.close(); await server?.kill(); });

test('what is written while the server is away stays in its field, and is sent when it is back', async () => {
  const { context, page, seen } = await tab(browser, { viewport: { width: 360, height: 740 } });
  await page.goto(server.url);
  const lines = async () => (await page.locator('li').allTextContents()).join('|');
  const say = async (text) => {
    await page.getByLabel('Text').fill(text);
    await page.getByRole('button', { name: 'Say' }).click();
  };
  await until(async () => await page.locator('time').textContent() !== '', 'it is connected');
  await page.getByLabel('Name').fill('Ada');
  await say('before');
  await until(async () => await lines() === 'Ada: before', 'a line');
  await say('w'.repeat(200));
  await until(async () => (await lines()).endsWith('w'), 'a long word');
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  assert.deepEqual(seen.errors, [], 'no icon is asked for in vain');

  await server.stop();
  const alert = page.getByRole('alert');
  await until(async () => /out of reach/.test(await alert.textContent()), 'it says so');
  await say('meanwhile');
  assert.equal(await page.getByLabel('Text').inputValue(), 'meanwhile');
  await server.up();
  await until(async () => (await lines()).endsWith('Some lines may be missing here.'), 'the history is gone');
  await shows(alert, '');
  await page.getByRole('button', { name: 'Say' }).click();
  await until(async () => (await lines()).endsWith('|Ada: meanwhile'), 'it is sent');
  assert.equal(await page.getByLabel('Text').inputValue(), '');
  assert.equal((await lines()).match(/meanwhile/g).length, 1);
  await context.close();
});

// Likes: what is there before the answer, what a refusal takes back, and what needs no server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gallery, launch, live, shows, tab, until } from './kit.mjs';
import { Proxy } from './proxy.mjs';

let browser, gallery;
before(async () => { [browser, gallery] = await Promise.all([launch(), Gallery.start()]); });
after(async () => { await browser?.close(); await gallery?.kill(); });

const story = (name, tell, options) => test(name, async () => {
  const { context, page, seen } = await tab(browser, options);
  await live(page, `${gallery.url}/likes`);
  await tell(page);
  assert.deepEqual(seen.errors, []);
  await context.close();
});
const like = (page, at) => page.locator(`#islet-${at}`);
/** What a like says, as it is seen. */
const says = (page, at) => like(page, at).locator('.says:not([hidden])').textContent();
const busy = (page) => page.locator('holm-island.holm-busy');
const alert = (page, island) => page.locator(`[data-island=${island}] [data-live-error]`);

story('a like shows before the server has answered, and stays', async (page) => {
  await like(page, 0).click();
  assert.equal(await says(page, 0), 'Liked Alderholm 42');
  assert.equal(await busy(page).count(), 1, 'the answer is not there yet');
  await until(async () => await busy(page).count() === 0, 'the answer');
  assert.equal(await says(page, 0), 'Liked Alderholm 42');
  assert.match(await like(page, 0).getAttribute('class'), /liked/);
});

story('presses on one another count each, and end where the server ends', async (page) => {
  for (const said of ['Liked Fern Skerry 8', 'Like Fern Skerry 7', 'Liked Fern Skerry 8']) {
    await like(page, 1).click();
    assert.equal(await says(page, 1), said);
  }
  await until(async () => await busy(page).count() === 0, 'the answers');
  assert.equal(await says(page, 1), 'Liked Fern Skerry 8');
});

story('the fourth like is refused: it is taken back, and the reason is said', async (page) => {
  for (const at of [0, 1, 2, 3]) await like(page, at).click();
  assert.equal(await says(page, 3), 'Liked Gull Stack 20');
  await shows(alert(page, 'Likes'), 'You have given all three likes. Take one back first.');
  assert.equal(await says(page, 3), 'Like Gull Stack 19');
  assert.doesNotMatch(await like(page, 3).getAttribute('class'), /liked/);
  assert.equal(await says(page, 2), 'Liked Lamp Rock 129', 'those before it stay');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'islet-3', 'the focus stays');
  await like(page, 0).click();
  await until(async () => await busy(page).count() === 0 && (await alert(page, 'Likes').textContent()) === '', 'one is taken back');
  await like(page, 3).click();
  await until(async () => await busy(page).count() === 0, 'the answer');
  assert.equal(await says(page, 3), 'Liked Gull Stack 20');
});

story('a slow button says so, takes no second press, and keeps the focus', async (page) => {
  const bell = page.locator('.likes .bar button');
  await bell.focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  assert.deepEqual([await bell.textContent(), await bell.getAttribute('aria-disabled')], ['Ringing…', 'true']);
  assert.equal(await page.locator('#bell').textContent(), 'Ding…');
  await shows(page.locator('#bell'), 'Rung: 1');
  await shows(bell, 'Ring the bell');
  assert.equal(await bell.getAttribute('aria-disabled'), null);
  assert.equal(await bell.evaluate((node) => node === document.activeElement), true);
  await page.keyboard.press('Enter');
  await shows(page.locator('#bell'), 'Rung: 2');
});

story('a name stands in the book at once, and the form is empty with the answer', async (page) => {
  const name = page.getByRole('textbox', { name: 'Your name' });
  await name.fill('<b>Old Salt</b>');
  await name.press('Enter');
  assert.equal(await page.locator('#names .hoped').textContent(), '<b>Old Salt</b>');
  assert.equal(await page.locator('.book button').textContent(), 'Signing…');
  await until(async () => await page.locator('#names .hoped').count() === 0, 'the answer');
  assert.deepEqual(await page.locator('#names li').allTextContents(), ['<b>Old Salt</b>']);
  await until(async () => await name.inputValue() === '', 'the form is empty');
});

story('a name that is refused leaves the book, and stays in the form', async (page) => {
  const name = page.getByRole('textbox', { name: 'Your name' });
  for (const once of ['Tern', 'tern']) {
    await until(async () => await name.inputValue() === '', 'the form is empty');
    await name.fill(once);
    await name.press('Enter');
    assert.equal(await page.locator('#names .hoped').count(), 1);
    await until(async () => await page.locator('#names .hoped').count() === 0, 'the answer');
  }
  await shows(alert(page, 'Book'), 'Somebody of that name is in the book already.');
  assert.deepEqual(await page.locator('#names li').allTextContents(), ['Tern']);
  assert.equal(await name.inputValue(), 'tern');
});

test('what is liked without a connection shows, and is sent when it is back', async () => {
  const proxy = await Proxy.start(gallery.port);
  const { context, page } = await tab(browser);
  await live(page, `${proxy.url}/likes`);
  await proxy.say('refuse on', 'cut rst');
  await like(page, 0).click();
  assert.equal(await says(page, 0), 'Liked Alderholm 42');
  // The menu needs nobody.
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('button', { name: 'Show the address' }).click();
  assert.equal(await page.locator('#address').isVisible(), true);
  await proxy.say('calm');
  await until(async () => await busy(page).count() === 0, 'the answer');
  assert.equal(await says(page, 0), 'Liked Alderholm 42');
  await context.close();
  await proxy.stop();
});

story('the menu works by the keyboard, and sends nothing', async (page) => {
  await page.evaluate(() => {
    window.sent = 0;
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (...all) { window.sent += new Uint8Array(all[0])[0] < 4; return send.apply(this, all); };
  });
  const opens = page.getByRole('button', { name: 'Menu' });
  await opens.focus();
  await page.keyboard.press('Enter');
  assert.equal(await opens.getAttribute('aria-expanded'), 'true');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Copy the address');
  await page.keyboard.press('Enter');
  await shows(page.locator('#copied'), 'Copied.');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'holm.example/likes');
  await page.getByRole('button', { name: 'About…' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'About this menu' });
  await dialog.waitFor();
  await dialog.getByRole('button', { name: 'Close' }).press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  await until(() => page.evaluate(() => document.activeElement.textContent === 'About…'), 'the focus is back');
  await page.keyboard.press('Escape');
  await page.locator('#menu').waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate(() => document.activeElement.id), 'opens');
  assert.equal(await opens.getAttribute('aria-expanded'), 'false');
  assert.equal(await page.evaluate(() => window.sent), 0);
}, { permissions: ['clipboard-read', 'clipboard-write'] });

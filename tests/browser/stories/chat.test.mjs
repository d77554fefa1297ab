// Two visitors in the chat, and who is here: what one does, and what the other one sees.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gallery, launch, live, shows, status, tab, until } from './kit.mjs';
import { Proxy } from './proxy.mjs';

let browser, gallery;
before(async () => { [browser, gallery] = await Promise.all([launch(), Gallery.start()]); });
after(async () => { await browser?.close(); await gallery?.kill(); });

const field = (page) => page.getByRole('textbox', { name: 'Your message' });
const said = (page) => page.locator('.lines .text');
const texts = async (page) => (await said(page).allTextContents()).join('|');

/** Two visitors on a page, each with a browser profile of their own. */
async function two(path) {
  const all = [await tab(browser), await tab(browser)];
  for (const { page } of all) await live(page, gallery.url + path);
  return all;
}

async function close(...tabs) {
  for (const { context, seen } of tabs) {
    assert.deepEqual(seen.errors, []);
    await context.close();
  }
}

test('one types, the other one reads; the field is empty and keeps the focus', async () => {
  const [one, other] = await two('/chat');
  await field(one.page).click();
  await one.page.keyboard.type('Is there anybody?');
  await until(async () => / is typing$/.test(await other.page.locator('.typing').textContent()), 'the other sees the typing');
  assert.equal(await one.page.locator('.typing').textContent(), '', 'nobody is told of their own typing');
  await one.page.keyboard.press('Enter');
  for (const { page } of [one, other]) await until(async () => await texts(page) === 'Is there anybody?', 'both read it');
  await shows(other.page.locator('.typing'), '');
  await until(() => one.page.evaluate(() => document.activeElement.name === 'text' && document.activeElement.value === ''),
    'the field is empty and has the focus');
  await one.page.keyboard.type('Hello?');
  await one.page.keyboard.press('Enter');
  await until(async () => await texts(other.page) === 'Is there anybody?|Hello?', 'without touching the mouse');
  await close(one, other);
});

test('what is half written stays when others write', async () => {
  const [one, other] = await two('/chat');
  await field(one.page).click();
  await one.page.keyboard.type('half a wo');
  await field(other.page).fill('Whole');
  await other.page.keyboard.press('Enter');
  await until(async () => (await texts(one.page)).endsWith('Whole'), 'the line arrives');
  assert.equal(await field(one.page).inputValue(), 'half a wo');
  assert.equal(await field(one.page).evaluate((node) => node === document.activeElement), true);
  await close(one, other);
});

test('what is typed before the answer comes stays, and so does what is refused', async () => {
  const proxy = await Proxy.start(gallery.port);
  const { context, page, seen } = await tab(browser);
  await live(page, `${proxy.url}/chat`);
  await field(page).click();
  await proxy.say('both delay 300 0');
  await page.keyboard.type('The first');
  await page.keyboard.press('Enter');
  await page.keyboard.type('The second');
  await until(async () => (await texts(page)).endsWith('The first'), 'the answer');
  assert.equal(await field(page).inputValue(), 'The second');
  await proxy.say('calm');
  await page.keyboard.press('Enter');
  await until(async () => (await texts(page)).endsWith('The second'), 'the second line');
  await page.keyboard.type('  ');
  await page.keyboard.press('Enter');
  await until(async () => /1 to 400 letters/.test(await page.locator('.chat').getByRole('alert').textContent()), 'it says why not');
  await until(async () => await field(page).inputValue() === '  ', 'what was refused is there again');
  assert.deepEqual(seen.errors, []);
  await context.close();
  await proxy.stop();
});

test('the log stays at its end for who is there, and where it is for who reads back', async () => {
  const [one, other] = await two('/chat');
  const say = async (text) => {
    await field(one.page).fill(text);
    await one.page.keyboard.press('Enter');
    await until(async () => (await texts(other.page)).endsWith(text), text);
  };
  for (let line = 0; line < 12; line += 1) await say(`line ${line}`);
  const log = other.page.locator('.lines');
  const left = () => log.evaluate((node) => Math.round(node.scrollHeight - node.clientHeight - node.scrollTop));
  await until(async () => await left() <= 1, 'at the end');
  await log.evaluate((node) => { node.scrollTop = 40; });
  await say('further down');
  assert.equal(await log.evaluate((node) => Math.round(node.scrollTop)), 40);
  await close(one, other);
});

test('with scripts off the history reads, and a line can be sent', async () => {
  const [one, off] = [await tab(browser), await tab(browser, { javaScriptEnabled: false })];
  await live(one.page, `${gallery.url}/chat`);
  await field(one.page).fill('For those without scripts');
  await one.page.keyboard.press('Enter');
  await until(async () => (await texts(one.page)).endsWith('without scripts'), 'it is said');
  await off.page.goto(`${gallery.url}/chat`);
  assert.equal(await said(off.page).last().textContent(), 'For those without scripts');
  await field(off.page).fill('And from them');
  await off.page.getByRole('button', { name: 'Send' }).click();
  await until(async () => (await texts(one.page)).endsWith('And from them'), 'it arrives');
  assert.equal(await said(off.page).last().textContent(), 'And from them');
  assert.equal(await field(off.page).inputValue(), '');
  await close(one, off);
});

test('after a restart of the server the page goes on, with its name and its draft', async () => {
  const one = await tab(browser);
  await live(one.page, `${gallery.url}/chat`);
  await one.page.getByLabel('Your name').fill('Old Salt');
  await one.page.getByRole('button', { name: 'Change' }).click();
  await one.page.locator('.rename input[value="Old Salt"]').waitFor();
  assert.equal(await one.page.evaluate(() => document.activeElement.textContent), 'Change', 'the focus stays');
  await field(one.page).fill('half a wo');
  await gallery.stop();
  await gallery.up();
  await status(one.page, 'live');
  assert.equal(await field(one.page).inputValue(), 'half a wo');
  await field(one.page).press('Enter');
  await until(async () => (await texts(one.page)).endsWith('half a wo'), 'it is sent');
  await shows(one.page.locator('.lines .said b').last(), 'Old Salt');
  one.seen.errors.length = 0; // The browser's own words on the connection that was refused meanwhile.
  await close(one);
});

test('a visitor is here once, in all tabs, and leaves with the last', async () => {
  const [one, other] = await two('/who');
  await shows(one.page.locator('.crew h2'), '2 are here');
  const second = await other.context.newPage();
  await live(second, `${gallery.url}/chat`);
  await until(async () => (await one.page.locator('.crew .pages').allTextContents()).includes('A chat, Who is here'), 'both places');
  await shows(one.page.locator('.crew h2'), '2 are here');
  assert.match(await one.page.getByRole('status').filter({ hasText: 'came' }).textContent(), /^\w+ \w+ came\.$/);
  await other.page.close();
  await until(async () => (await one.page.locator('.crew .pages').allTextContents()).includes('A chat'), 'one place');
  await second.close();
  await shows(one.page.locator('.crew h2'), 'One is here');
  assert.match(await one.page.getByRole('status').filter({ hasText: 'left' }).textContent(), /^\w+ \w+ left\.$/);
  await close(one, other);
});

// Two visitors in the chat, and who is here: what one does, and what the other one sees.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gallery, keep, launch, live, shows, status, tab, until } from './kit.mjs';
import { Proxy } from './proxy.mjs';

let browser, gallery;
before(async () => { [browser, gallery] = await Promise.all([launch(), Gallery.start()]); });
after(async () => { await browser?.close(); await gallery?.kill(); });

const field = (page) => page.getByRole('textbox', { name: 'Your message' });
const said = (page) => page.locator('.lines ol .text');
const texts = async (page) => (await said(page).allTextContents()).join('|');

/** Two visitors on a page, each with a browser profile of their own. */
async function two(path, server = gallery) {
  const all = [await tab(browser), await tab(browser)];
  for (const { page } of all) await live(page, server.url + path);
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

/** Waits until these parts of the client have arrived. */
const has = (page, ...names) => page.waitForFunction((names) => names.every((name) =>
  performance.getEntriesByType('resource').some((entry) => entry.name.includes(`/holm-${name}-`))), names);
/** Waits until this is what the next key replaces. */
const selected = (page, text) => page.waitForFunction((text) => {
  const { value, selectionStart, selectionEnd } = document.activeElement;
  return value?.slice(selectionStart, selectionEnd) === text;
}, text);

test('what is said stands in the log before it has arrived, and once when it has', async () => {
  const proxy = await Proxy.start(gallery.port);
  const { context, page, seen } = await tab(browser);
  await live(page, `${proxy.url}/chat`);
  await proxy.say('both delay 1500 0');
  const sending = page.locator('#sending .text');
  for (const text of ['Hoped', 'Hoped again']) {
    await field(page).fill(text);
    await field(page).press('Enter');
  }
  await until(async () => (await sending.allTextContents()).join('|') === 'Hoped|Hoped again', 'both are there at once');
  assert.doesNotMatch(await texts(page), /Hoped/);
  await until(async () => (await texts(page)).endsWith('Hoped|Hoped again'), 'both have arrived');
  await until(async () => await sending.count() === 0, 'nothing is on its way');
  await field(page).fill('  ');
  await field(page).press('Enter');
  await until(async () => /1 to 400 letters/.test(await page.locator('.chat').getByRole('alert').textContent()), 'it says why not');
  assert.equal(await sending.count(), 0);
  assert.deepEqual(seen.errors, []);
  await context.close();
  await proxy.stop();
});

test('what is said while a part of the page is still on its way stands there as it was said', async () => {
  const proxy = await Proxy.start(gallery.port);
  const { context, page, seen } = await tab(browser);
  const arrive = await keep(page, /holm-list-/);
  const asked = page.waitForRequest(/holm-list-/);
  await live(page, `${proxy.url}/chat`, 'domcontentloaded');
  await asked;
  for (const text of ['Early', 'Early again']) {
    await field(page).fill(text);
    await field(page).press('Enter');
  }
  await proxy.say('both delay 1500 0');
  arrive();
  const sending = page.locator('#sending .text');
  await until(async () => (await sending.allTextContents()).join('|') === 'Early|Early again', 'both are there as they were said');
  await until(async () => (await texts(page)).endsWith('Early|Early again'), 'both have arrived');
  await until(async () => await sending.count() === 0, 'nothing is on its way');
  assert.deepEqual(seen.errors, []);
  await context.close();
  await proxy.stop();
});

test('what is typed while a part of the page is still on its way stays when the line before it is answered', async () => {
  const { context, page, seen } = await tab(browser);
  const arrive = await keep(page, /holm-list-/);
  await live(page, `${gallery.url}/chat`, 'domcontentloaded');
  await has(page, 'hint', 'aid');
  await field(page).click();
  await page.keyboard.type('The first');
  await page.keyboard.press('Enter');
  await selected(page, 'The first');
  await page.keyboard.type('The second');
  arrive();
  await until(async () => (await texts(page)).endsWith('The first'), 'the answer');
  await page.waitForFunction(() => !document.querySelector('.holm-busy'));
  assert.equal(await field(page).inputValue(), 'The second');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('what is typed before the part is there that selects a text is not written over', async () => {
  const { context, page, seen } = await tab(browser);
  const arrive = await keep(page, /holm-aid-/);
  await live(page, `${gallery.url}/chat`, 'domcontentloaded');
  await has(page, 'hint', 'events');
  await field(page).click();
  await page.keyboard.type('The first');
  await page.keyboard.press('Enter');
  await until(async () => (await texts(page)).endsWith('The first'), 'the answer');
  await page.keyboard.type(' and the sec');
  arrive();
  await has(page, 'aid');
  // What waited for the part has been done by the time that the page goes on.
  await page.evaluate(() => window.holm.load(['aid']));
  await page.keyboard.type('ond');
  assert.equal(await field(page).inputValue(), 'The first and the second');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('who has gone on to something else keeps the focus when the part comes that would move it', async () => {
  const { context, page, seen } = await tab(browser);
  const arrive = await keep(page, /holm-aid-/);
  await live(page, `${gallery.url}/chat`, 'domcontentloaded');
  await has(page, 'hint', 'events');
  await field(page).fill('By the button');
  await page.getByRole('button', { name: 'Send' }).click();
  await until(async () => (await texts(page)).endsWith('By the button'), 'the answer');
  const change = page.getByRole('button', { name: 'Change' });
  await change.focus();
  arrive();
  await has(page, 'aid');
  await page.evaluate(() => window.holm.load(['aid']));
  assert.ok(await change.evaluate((button) => document.activeElement === button));
  assert.deepEqual(seen.errors, []);
  await context.close();
});

const log = (page) => page.locator('.lines');
/** How many pixels of the log are below what is seen of it. */
const below = (page) => log(page).evaluate((node) => Math.round(
  node.querySelector('ol').getBoundingClientRect().bottom + Number.parseFloat(getComputedStyle(node).paddingBottom)
  - node.getBoundingClientRect().bottom));
const ends = (page) => until(async () => await below(page) <= 2, 'the log shows its end');
/** Where a line is on the screen. */
const place = (page, text) => page.getByText(text, { exact: true }).evaluate((node) => Math.round(node.getBoundingClientRect().top));

test('the log opens at its end, stays there for who is there, and is left alone for who reads back', async () => {
  const [one, other] = await two('/chat');
  const say = async (text) => {
    await field(one.page).fill(text);
    await one.page.keyboard.press('Enter');
    await until(async () => (await texts(other.page)).endsWith(text), text);
  };
  await say('the first of many');
  const rows = () => log(other.page).evaluate((node) => node.querySelector('ol').offsetHeight / node.clientHeight);
  for (let line = 0; line < 12 || await rows() < 2; line += 1) await say(`line ${line}`);
  await ends(other.page);
  await other.page.reload();
  await ends(other.page);
  await status(other.page, 'live');
  await ends(other.page);
  const off = await tab(browser, { javaScriptEnabled: false });
  await off.page.goto(`${gallery.url}/chat`);
  await off.page.getByText('line 11', { exact: true }).waitFor();
  const { box, row } = { box: await log(off.page).boundingBox(), row: await said(off.page).last().boundingBox() };
  assert.ok(row.y >= box.y && row.y + row.height <= box.y + box.height, 'the last line is in sight with scripts off');

  // By the keyboard, further up and back.
  await log(other.page).focus();
  await other.page.keyboard.press('PageUp');
  await until(async () => await below(other.page) > 100, 'further up');
  const settled = async () => {
    let last;
    await until(async () => last === (last = await below(other.page)), 'the scrolling ends');
  };
  await settled();
  const before = await place(other.page, 'line 4');
  await say('further down');
  await say('and further');
  assert.ok(Math.abs(await place(other.page, 'line 4') - before) <= 1, 'what is read stays where it is');
  await other.page.keyboard.press('End');
  await ends(other.page);
  await settled();

  // Who says something sees it.
  await other.page.keyboard.press('PageUp');
  await until(async () => await below(other.page) > 100, 'further up again');
  await settled();
  await field(other.page).fill('my own');
  await other.page.keyboard.press('Enter');
  await until(async () => (await texts(other.page)).endsWith('my own'), 'it is said');
  await ends(other.page);
  await close(one, other, off);
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
  // A server of its own: visitors of the other stories may take a while to leave.
  const alone = await Gallery.start();
  const [one, other] = await two('/who', alone);
  await shows(one.page.locator('.crew h2'), '2 are here');
  const second = await other.context.newPage();
  await live(second, `${alone.url}/chat`);
  await until(async () => (await one.page.locator('.crew .pages').allTextContents()).includes('A chat, Who is here'), 'both places');
  await shows(one.page.locator('.crew h2'), '2 are here');
  assert.match(await one.page.getByRole('status').filter({ hasText: 'came' }).textContent(), /^\w+ \w+ came\.$/);
  await other.page.close();
  await until(async () => (await one.page.locator('.crew .pages').allTextContents()).includes('A chat'), 'one place');
  await second.close();
  await shows(one.page.locator('.crew h2'), 'One is here');
  assert.match(await one.page.getByRole('status').filter({ hasText: 'left' }).textContent(), /^\w+ \w+ left\.$/);
  await close(one, other);
  await alone.kill();
});

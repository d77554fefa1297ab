// What is typed while nobody answers: a page keeps so many events, and every letter.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Desk } from './desk.mjs';
import { Gallery, launch, shows, status, until } from './kit.mjs';
import { Proxy } from './proxy.mjs';

let browser, stage, proxy;
before(async () => {
  [browser, stage] = await Promise.all([launch(), Gallery.start({ HOLM_KEY: '7d'.repeat(32) }, 'stage')]);
  proxy = await Proxy.start(stage.port);
});
after(async () => { await browser?.close(); await proxy?.stop(); await stage?.kill(); });

const LONG = 'more than two hundred and fifty-six letters, '.repeat(7);

for (const id of ['echo', 'slow', 'area', 'row-3']) {
  test(`#${id} takes more letters than a page keeps events, without a connection, and then all of them arrive`, async () => {
    await proxy.say('calm');
    const desk = await Desk.open(browser, proxy.url);
    await desk.into(id);
    await desk.type('a');
    await proxy.say('refuse on', 'cut rst');
    for (const key of LONG) {
      desk.field.press(key);
      await desk.page.keyboard.type(key);
    }
    await desk.check('without a connection');
    // Something else of the island, which comes after what was typed, in its order.
    await desk.page.evaluate(() => document.querySelector('#like').click());
    await proxy.say('refuse off');
    await desk.page.evaluate(() => dispatchEvent(new Event('online')));
    await status(desk.page, 'live');
    await shows(desk.page.locator('#likes'), '1');
    await desk.known();
    assert.deepEqual(desk.seen.console.filter((line) => line.includes('mailbox_full')), []);
    await desk.close();
  });
}

test('a part that does not come at first is asked for again, and the snapshot that needs it waits', async () => {
  await proxy.say('calm');
  const desk = await Desk.open(browser, proxy.url);
  let refused = 0;
  await desk.page.route(/holm-(morph|care)-/, (route) => (refused += 1) > 3 ? route.continue() : route.abort());
  await desk.into('plain', 'from the server ');
  for (const key of 'draft') await desk.type(key);
  await until(() => desk.page.evaluate(() => Boolean(window.resync)), 'an edit has come');
  await desk.page.evaluate(() => window.resync());
  await until(async () => (await desk.changes()).snapshots === 1, 'the snapshot comes');
  assert.ok(refused > 3);
  await desk.check('after the snapshot');
  await desk.close();
});

test('what the server says while text is composed lands when that is done, unless the field is ahead by then', async () => {
  await proxy.say('calm', 'both delay 40 40');
  const desk = await Desk.open(browser, proxy.url);
  // The field's own event is answered with capitals while the next word is being composed.
  await desk.into('loud');
  await desk.type('a');
  const capital = () => until(() => desk.page.evaluate(() => document.querySelector('#loud').defaultValue === 'A'), 'the answer comes');
  await desk.compose(['b', 'bc'], 'bc', capital);
  await until(async () => await desk.page.inputValue('#loud') === 'ABC', 'capitals');
  // Given up: nothing was composed, and what waited lands.
  await desk.into('loud', 'ABC');
  await desk.type('d');
  await desk.devtools.send('Input.imeSetComposition', { text: 'e', selectionStart: 1, selectionEnd: 1 });
  await until(() => desk.page.evaluate(() => document.querySelector('#loud').defaultValue === 'ABCD'), 'the answer comes');
  assert.equal(await desk.page.inputValue('#loud'), 'ABCde');
  await desk.devtools.send('Input.imeSetComposition', { text: '', selectionStart: 0, selectionEnd: 0 });
  await until(async () => await desk.page.inputValue('#loud') === 'ABCD', 'capitals');
  await shows(desk.page.locator('#known-loud'), 'ABCD');
  await desk.close();
});

for (const id of ['echo', 'area', 'row-3']) {
  test(`a server that goes right after its answer, whose seal is not there yet, takes nothing of #${id} back`, async () => {
    await proxy.say('calm');
    const desk = await Desk.open(browser, proxy.url);
    await desk.into(id);
    for (let round = 0; round < 3; round += 1) {
      for (const key of 'holm ') await desk.type(key);
      const { text } = desk.field;
      await until(async () => await desk.page.locator(`#known-${id}`).textContent() === text, 'the answer comes');
      await desk.page.evaluate((id) => {
        const field = document.getElementById(id);
        const { value } = field;
        window.others = [];
        window.watch = () => field.value === value || window.others.push(field.value);
        document.addEventListener('holm:patch', window.watch);
      }, id);
      await stage.kill();
      await stage.up();
      const before = await desk.patches();
      await desk.page.evaluate(() => dispatchEvent(new Event('online')));
      await until(async () => await desk.patches() > before + 3, 'the desk changes again');
      assert.deepEqual(await desk.page.evaluate(() => { document.removeEventListener('holm:patch', window.watch); return window.others; }), []);
      await desk.check('when the server is back');
    }
    await desk.known();
    await desk.close();
  });
}

test('a server that goes right after its answer takes no choice back either', async () => {
  await proxy.say('calm');
  const desk = await Desk.open(browser, proxy.url);
  const { page } = desk;
  for (let round = 0; round < 2; round += 1) {
    await page.setChecked('#tick', round === 0);
    await page.check(round ? '#blue' : '#green');
    await page.selectOption('#pick', round ? 'b' : 'c');
    await page.selectOption('#many', round ? ['x'] : ['y', 'z']);
    await shows(page.locator('#known-many'), round ? 'x' : 'y,z');
    await page.evaluate(() => {
      const now = () => [...document.querySelectorAll('#tick,[name=colour],option')].map((each) => each.selected ?? each.checked).join();
      const chosen = now();
      window.others = [];
      document.addEventListener('holm:patch', window.watch = () => now() === chosen || window.others.push(now()));
    });
    await stage.kill();
    await stage.up();
    const before = await desk.patches();
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await until(async () => await desk.patches() > before + 5, 'the desk changes again');
    assert.deepEqual(await page.evaluate(() => { document.removeEventListener('holm:patch', window.watch); return window.others; }), []);
    await shows(page.locator('#known-many'), round ? 'x' : 'y,z');
  }
  await desk.close();
});

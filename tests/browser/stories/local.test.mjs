// What a page does with no answer at all: local words, live regions and widgets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from './kit.mjs';
import { bustle, open, proxy, settled, stage, thrown } from './surface.mjs';

test('words that need no server are done at once, stay through edits, and tell who cannot see', async () => {
  const { context, page, seen } = await open();
  await proxy.say('both mute on');
  const opener = page.locator('#opener');
  const expanded = () => opener.getAttribute('aria-expanded');
  await opener.click();
  assert.equal(await page.locator('#menu').isVisible(), true);
  assert.deepEqual([await expanded(), await opener.getAttribute('aria-controls')], ['true', 'menu']);
  await until(() => page.evaluate(() => document.activeElement.id === 'menu-first'), 'the focus moves');
  await page.locator('#painter').click();
  await proxy.say('calm');
  await proxy.say('cut rst');
  await bustle(page);
  assert.equal(await page.locator('#menu').isVisible(), true);
  assert.equal(await page.locator('#top').getAttribute('class'), 'painted');
  assert.equal(await page.locator('#top').getAttribute('lang'), 'en');
  assert.equal(await expanded(), 'true');
  await page.locator('#menu-close').click();
  assert.equal(await page.locator('#menu').isVisible(), false);
  assert.equal(await expanded(), 'false', 'the button knows, whoever closes the menu');
  assert.equal(await page.locator('#menu-close').getAttribute('aria-expanded'), null);
  await until(() => page.evaluate(() => document.activeElement.id === 'opener'), 'the focus comes back');
  await page.locator('#chooser').selectOption('b');
  assert.equal(await page.locator('#menu').isVisible(), true, 'another event does as well');
  await page.locator('#chooser').click();
  assert.equal(await page.locator('#menu').isVisible(), true, 'but a click is none of its');

  // Outside of islands.
  await page.locator('#outer').click();
  await until(() => page.evaluate(() => document.querySelector('#box').matches(':modal')), 'the dialog is modal');
  await page.locator('#shut').click();
  await until(() => page.evaluate(() => !document.querySelector('#box').open), 'it is closed');
  await page.locator('#link').click();
  assert.equal(await page.locator('#far').isVisible(), true);
  assert.equal(new URL(page.url()).pathname, '/hint', 'the link goes nowhere');
  assert.deepEqual(thrown(seen), []);
  await context.close();
});

test('words open and close what the browser opens, select a text, and are done by a key where one is named', async () => {
  const { context, page, seen } = await open();
  await proxy.say('both mute on');
  const fold = () => page.evaluate(() => document.querySelector('#fold').open);
  await page.locator('#unfold').click();
  assert.equal(await fold(), true);
  await page.locator('#refold').click();
  assert.equal(await fold(), false);
  const popped = () => page.evaluate(() => [document.querySelector('#pop').matches(':popover-open'), document.querySelector('#top').classList.contains('over')]);
  await page.locator('#popper').click();
  assert.deepEqual(await popped(), [true, true]);
  await page.locator('#popper').click();
  assert.deepEqual(await popped(), [true, true], 'what is open already stays so');
  await page.locator('#unpopper').click();
  assert.deepEqual(await popped(), [false, false]);
  await page.locator('#note-text').fill('some words');
  await page.locator('#selector').click();
  await page.waitForFunction(() => { const { selectionStart, selectionEnd } = document.querySelector('#note-text'); return selectionEnd - selectionStart === 10; });
  await page.locator('#keyed').focus();
  await page.keyboard.press('Enter');
  await page.locator('#keyed').click();
  assert.equal(await page.locator('#menu').isVisible(), false, 'neither another key nor a click does it');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('#menu').isVisible(), true);
  assert.deepEqual(thrown(seen), []);
  await context.close();
});

for (const allowed of [true, false]) {
  test(`what is copied is ${allowed ? 'in the clipboard' : 'copied the old way where the clipboard is closed'}, and the page hears of it`, async () => {
    const { context, page, seen } = await open(0, allowed ? { permissions: ['clipboard-read', 'clipboard-write'] } : {});
    if (!allowed) await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
    await page.evaluate(() => {
      document.addEventListener('holm:copied', (e) => { window.copied = [e.target.id, e.detail.text]; });
      document.addEventListener('copy', (e) => setTimeout(() => { window.old = e.defaultPrevented; }));
    });
    await page.locator('#copier').click();
    await page.waitForFunction(() => window.copied);
    assert.deepEqual(await page.evaluate(() => window.copied), ['copier', 'first']);
    if (allowed) assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'first');
    else await page.waitForFunction(() => window.old);
    assert.deepEqual(thrown(seen), []);
    await context.close();
  });
}

test('wrong words are named in the console and stop nothing', async () => {
  const { context, page, seen } = await open();
  await page.locator('#wrong').click();
  const told = () => seen.console.filter((line) => line.startsWith('warning: holm:'));
  await until(() => told().length === 4, 'each is named');
  for (const part of ['fly: there is no such word', 'hide #nowhere: nothing is found', 'class [ on: ', 'attr this onclick x: no script'])
    assert.ok(told().some((line) => line.includes(part)), `${part} in ${told().join('\n')}`);
  assert.equal(await page.locator('#wrong').getAttribute('onclick'), null);
  await page.locator('#start').click();
  await until(async () => Number(await page.locator('#beats').textContent()) > 0, 'the island goes on');
  assert.deepEqual(thrown(seen), []);
  await context.close();
});

test('a live region is busy while changes follow each other, for two seconds at most, and is read out in between', async () => {
  const { context, page, seen } = await open();
  await page.clock.install();
  const busy = () => page.locator('#status').getAttribute('aria-busy');
  await page.locator('#start').click();
  await until(async () => (await busy()) === 'true', 'the first change begins a burst');
  await page.evaluate(() => {
    window.read = [];
    new MutationObserver(() => {
      const status = document.querySelector('#status');
      if (!status.hasAttribute('aria-busy')) window.read.push(status.textContent);
    }).observe(document.querySelector('#status'), { attributes: true, attributeFilter: ['aria-busy'] });
  });
  // Changes go on and on; time goes by.
  await page.clock.fastForward(2_100);
  await until(async () => (await page.evaluate(() => window.read.length)) > 0, 'an endless burst is read out');
  await until(async () => (await busy()) === 'true', 'and goes on');
  await stage.kill();
  await page.clock.fastForward(400);
  await until(async () => (await busy()) === null, 'quiet ends it');
  await stage.up();
  assert.deepEqual(thrown(seen), []);
  await context.close();
});

test('a widget is mounted once, told of what the server changes, and unmounted when it leaves', async () => {
  const { context, page, seen } = await open();
  await page.evaluate(() => {
    window.told = [];
    (window.holmWidgets ||= []).push(['chart', {
      mount(element, island) {
        element.dataset.own = '1';
        element.append('drawn');
        window.told.push(`mount ${element.id} ${island.localName}`);
      },
      update(element, data) { window.told.push(`update ${data.points}`); },
      unmount(element) { window.told.push(`unmount ${element.id} ${element.isConnected}`); },
    }]);
  });
  const told = () => page.evaluate(() => window.told);
  await until(async () => (await told()).length === 1, 'it is mounted');
  await bustle(page);
  await page.locator('#more').click();
  await until(async () => (await told()).length === 2, 'it is told');
  await page.evaluate(() => { document.querySelector('#chart').dataset.own = '2'; });
  await settled(page);
  await page.locator('#gone').click();
  await until(async () => (await told()).length === 3, 'it is unmounted');
  assert.deepEqual(await told(), ['mount chart holm-island', 'update 1', 'unmount chart false']);
  assert.deepEqual(thrown(seen), []);
  await context.close();
});

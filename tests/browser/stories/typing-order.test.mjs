// Events arrive in the order in which they happened, choices stay, and optimistic edits end in the server's state: over
// an uneven network, with all parts at work.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Desk } from './desk.mjs';
import { Gallery, launch, shows, until } from './kit.mjs';
import { Proxy, chance } from './proxy.mjs';

let browser, stage, proxy;
before(async () => {
  [browser, stage] = await Promise.all([launch(), Gallery.start({}, 'stage')]);
  proxy = await Proxy.start(stage.port);
});
after(async () => { await browser?.close(); await proxy?.stop(); await stage?.kill(); });

for (const transport of ['websocket', 'stream', 'poll']) {
  test(`over ${transport}, what waits for a pause comes before the submit that followed it`, async () => {
    await proxy.say('calm', 'both delay 20 200', 'late 30 300', 'twice 20');
    const desk = await Desk.open(browser, proxy.url, { query: `&holm-transport=${transport}` });
    const { page } = desk;
    const pick = chance(transport.length);
    await page.locator('#line').focus();
    let text = '';
    for (let round = 0; round < 20; round += 1) {
      for (let keys = pick(4) + 1; keys > 0; keys -= 1) {
        const key = 'abcdef'[pick(6)];
        text += key;
        await page.keyboard.type(key);
      }
      // Sometimes the pause is over by then, or nearly so.
      if (round % 3 === 2) await page.keyboard.press('Shift', { delay: 60 + pick(40) });
      await page.keyboard.press('Enter');
    }
    await until(async () => await page.evaluate((last) => document.querySelector('#log').lastChild?.textContent === last, `send ${text}`), 'all has come');
    const log = await page.evaluate(() => [...document.querySelectorAll('#log li')].map((line) => line.textContent));
    assert.equal(log.filter((line) => line.startsWith('send')).length, 20, 'each submit has come once');
    log.forEach((line, at) => {
      const [kind, said] = line.split(' ');
      const before = log[at - 1]?.split(' ')[1] ?? '';
      assert.ok(said.startsWith(before), `${line} after ${before}`);
      if (kind === 'send') assert.equal(log[at - 1], `line ${said}`);
      else assert.notEqual(said, before, 'once each');
    });
    await page.waitForFunction(() => !document.querySelector('.holm-busy'));
    assert.equal(await page.inputValue('#line'), text);
    await desk.close();
  });
}

/** What the choices of a desk are, as the page shows them. */
const choices = () => ({
  tick: document.querySelector('#tick').checked,
  colour: [...document.querySelectorAll('[name=colour]')].filter((each) => each.checked).map((each) => each.value).join(),
  pick: document.querySelector('#pick').value,
  many: [...document.querySelectorAll('#many option')].filter((each) => each.selected).map((each) => each.value).join(),
});

for (const roundTrip of [0, 200, 2_000]) {
  for (const snapshots of [0, 3]) {
    test(`at ${roundTrip} ms, boxes, radios and selects stay as they were chosen, ${snapshots ? 'through snapshots' : 'through edits'}`, async () => {
      await proxy.say('calm', `both delay ${roundTrip * 0.3} ${roundTrip * 0.4}`);
      const desk = await Desk.open(browser, proxy.url, { snapshots });
      const { page } = desk;
      const pick = chance(roundTrip + snapshots);
      const model = { tick: false, colour: 'red', pick: 'a', many: '' };
      const check = async (when) => assert.deepEqual(await page.evaluate(choices), model, when);
      await check('at the beginning');
      for (let step = 0; step < 30; step += 1) {
        const kind = ['tick', 'colour', 'pick', 'many'][pick(4)];
        if (kind === 'tick') await page.setChecked('#tick', model.tick = !model.tick);
        else if (kind === 'colour') await page.check(`#${model.colour = ['red', 'green', 'blue'][pick(3)]}`);
        else if (kind === 'pick') await page.selectOption('#pick', model.pick = 'abcd'[pick(4)]);
        else {
          const many = ['x', 'y', 'z'].filter(() => pick(2));
          await page.selectOption('#many', many);
          model.many = many.join();
        }
        await check(`${kind} at step ${step}`);
        if (step % 3) continue;
        const before = await desk.patches();
        await until(async () => await desk.patches() > before, 'a change comes');
        await check(`after a change, ${kind} at step ${step}`);
      }
      for (const [name, value] of Object.entries(model)) await shows(page.locator(`#known-${name}`), `${value}`);
      await check('once the server knows');
      const before = await desk.patches();
      await until(async () => await desk.patches() > before + 3, 'more changes come');
      await check('at the end');
      await desk.close();
    });
  }

  test(`at ${roundTrip} ms, fifty quick likes, some of them refused, end in the server's state`, async () => {
    await proxy.say('calm', `both delay ${roundTrip * 0.3} ${roundTrip * 0.4}`);
    const desk = await Desk.open(browser, proxy.url);
    const { page } = desk;
    const like = page.locator('#like');
    await page.waitForFunction(() => document.querySelector('script[src*="holm-hint-"]'));
    for (let press = 0; press < 50; press += 1) {
      await like.click();
      if (press === 0 && roundTrip > 200) assert.equal(await like.textContent(), '♥', 'at once');
    }
    await page.waitForFunction(() => !document.querySelector('.holm-busy'));
    const before = await desk.patches();
    await until(async () => await desk.patches() > before + 2, 'the desk goes on changing');
    const [likes, klass, text, rest] = await page.evaluate(() => {
      const button = document.querySelector('#like');
      return [+document.querySelector('#likes').textContent, button.className, button.textContent, button.getAttributeNames().sort()];
    });
    assert.ok(likes >= 42 && likes <= 43, `${likes} of fifty were taken`);
    assert.deepEqual([klass, text], likes % 2 ? ['liked', '♥'] : ['plain', '♡']);
    assert.deepEqual(rest, ['class', 'data-live', 'data-live-optimistic', 'id']);
    await desk.close();
  });
}

test('an identical snapshot changes nothing on a page of every control, with all parts there', async () => {
  await proxy.say('calm');
  const desk = await Desk.open(browser, proxy.url, { every: 0, snapshots: 1 });
  const { page } = desk;
  // What a visitor has done by then: typed, sent and unsent, chosen, opened, scrolled.
  await desk.into('echo');
  for (const key of 'typed') await desk.type(key);
  await shows(page.locator('#known-echo'), 'typed');
  await page.check('#green');
  await page.selectOption('#many', ['x', 'z']);
  await page.locator('summary').click();
  await page.locator('#plain').fill('unsent');
  await page.locator('#menu').click();
  await page.locator('#like').click();
  await page.locator('#line').focus();
  await shows(page.locator('#known-many'), 'x,z');
  await page.waitForFunction(() => !document.querySelector('.holm-busy'));
  for (const part of ['events', 'senses', 'hint', 'aid', 'morph', 'care']) {
    await page.waitForFunction((part) => document.querySelector(`script[src*="holm-${part}-"]`), part);
  }
  const { snapshots } = await desk.changes();
  assert.ok(snapshots > 3);
  await page.evaluate(() => {
    window.records = [];
    new MutationObserver((all) => {
      window.records.push(...all.map(({ type, target, attributeName }) => `${type} ${target.nodeName}#${target.id} ${attributeName}`));
    }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  for (let round = 1; round <= 3; round += 1) {
    await page.evaluate(() => window.resync());
    await until(async () => (await desk.changes()).snapshots === snapshots + round, 'a snapshot comes');
  }
  assert.deepEqual(await page.evaluate(() => window.records), []);
  await desk.close();
});

// Somebody types while the server changes the same form ten times a second, over a slow and uneven network.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Field, KEYS } from './desk.mjs';
import { Gallery, launch, live, shows, tab, until } from './kit.mjs';
import { Proxy, chance } from './proxy.mjs';

let browser, stage, proxy;
before(async () => {
  [browser, stage] = await Promise.all([launch(), Gallery.start({}, 'stage')]);
  proxy = await Proxy.start(stage.port);
});
after(async () => { await browser?.close(); await proxy?.stop(); await stage?.kill(); });

for (const roundTrip of [0, 200, 2_000]) {
  test(`at ${roundTrip} ms round trip no character is lost and the caret stays`, async () => {
    await proxy.say('calm', `both delay ${roundTrip * 0.4} ${roundTrip * 0.2}`);
    const { context, page, seen } = await tab(browser);
    await live(page, `${proxy.url}/busy`);
    await page.evaluate(() => {
      window.patches = 0;
      document.addEventListener('holm:patch', () => { window.patches += 1; });
    });
    await page.locator('#start').click();
    const patches = () => page.evaluate(() => window.patches);
    await until(async () => await patches() > 2, 'the form changes');

    const pick = chance(roundTrip + 1);
    const fields = {};
    for (const id of ['line', 'text']) {
      const field = fields[id] = new Field();
      await page.locator(`#${id}`).focus();
      const before = await patches();
      // As many keys as fit between at least ten changes, and eighty at least.
      for (let keys = 0; keys < 80 || await patches() < before + 10; keys += 1) {
        const key = KEYS[pick(KEYS.length)];
        field.press(key);
        await (key.length === 1 ? page.keyboard.type(key) : page.keyboard.press(key));
        const [text, from, to, focused] = await page.evaluate((id) => {
          const { value, selectionStart, selectionEnd } = document.getElementById(id);
          return [value, selectionStart, selectionEnd, document.activeElement.id];
        }, id);
        assert.deepEqual([text, from, to, focused], [field.text, field.caret, field.caret, id], `after key ${keys}`);
      }
    }

    // What was selected stays selected while the form goes on changing.
    await page.locator('#line').focus();
    await page.keyboard.press('Control+a');
    const before = await patches();
    await until(async () => await patches() > before + 5, 'the form goes on changing');
    assert.deepEqual(await page.evaluate(() => {
      const { selectionStart, selectionEnd } = document.querySelector('#line');
      return [selectionStart, selectionEnd, document.querySelector('#text').value];
    }), [0, fields.line.text.length, fields.text.text]);

    await page.locator('#line').press('Enter');
    await shows(page.locator('#said'), `${fields.line.text}|${fields.text.text}`);
    assert.deepEqual(seen.errors, []);
    await context.close();
  });
}

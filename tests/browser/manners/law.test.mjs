// The input law: what a visitor does in a field wins over what the server says of an earlier state of it, and nothing
// else does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../stories/kit.mjs';
import { Easel, WAYS } from './easel.mjs';

const EVENT = new Set([2, 3]);

/** A story on an easel whose network waits: `hold` keeps what the page sends, `release` lets it go on. */
function story(name, html, run) {
  test(name, async () => {
    const easel = await Easel.open(html);
    try {
      await run(easel, easel.page);
      assert.deepEqual(await easel.page.evaluate(() => window.raised), []);
    } finally {
      await easel.close();
    }
  });
}
const sent = (easel, count) => until(() => easel.up.filter((kind) => EVENT.has(kind)).length >= count, `${count} events are sent`);
const shows = (page, text) => page.waitForFunction((text) => document.querySelector('#p').textContent === text, text);

const FIELD = '<form><input id="i" name="value" value="%value%" data-live-input="%said%"></form><p id="p">%value%</p>';

story('4: an echo of what was sent does not land on what was typed since, and a real change does', FIELD, async (easel, page) => {
  await easel.ready();
  await page.focus('#i');
  easel.hold();
  await page.keyboard.type('a');
  await sent(easel, 1);
  await page.keyboard.type('b');
  await sent(easel, 2);
  easel.release(1);
  await shows(page, 'a');
  assert.equal(await page.inputValue('#i'), 'ab');
  easel.release();
  await shows(page, 'ab');
  assert.equal(await page.inputValue('#i'), 'ab');
  // Nothing is on its way: what the server changes of itself lands, in the focused field too.
  await easel.paint(FIELD.replace('value="%value%"', 'value="set"'));
  assert.equal(await page.inputValue('#i'), 'set');
});

const LOUD = FIELD.replace('value="%value%"', 'value="%loud%"');
story('4: an answer that is no echo lands once nothing newer is on its way', LOUD, async (easel, page) => {
  await easel.ready();
  await page.focus('#i');
  easel.hold();
  await page.keyboard.type('a');
  await sent(easel, 1);
  await page.keyboard.type('b');
  await sent(easel, 2);
  easel.release(1);
  await shows(page, 'a');
  assert.equal(await page.inputValue('#i'), 'ab', 'the field is ahead');
  easel.release();
  await shows(page, 'ab');
  await page.waitForFunction(() => document.querySelector('#i').value === 'AB');
});

for (const way of ['edit', 'snapshot']) {
  story(`4: while its event is on its way, what the server changes of a field waits, by ${way}`, FIELD, async (easel, page) => {
    await easel.ready();
    await page.focus('#i');
    easel.hold();
    await page.keyboard.type('mine');
    await sent(easel, 4);
    await WAYS[way](easel, FIELD.replace('value="%value%"', 'value="other"'));
    assert.deepEqual(await page.evaluate(() => [document.querySelector('#i').value, document.querySelector('#i').defaultValue]), ['mine', 'other']);
    easel.release();
    await shows(page, 'mine');
    await page.waitForFunction(() => document.querySelector('#i').value === 'other');
  });
}

const CHOICES = (r, s, t) => `<form data-live-change="%said%"><input type="radio" name="value" value="1" id="a"${r}><input type="radio" name="value" value="2" id="b"${s}>`
  + `<input type="checkbox" id="c" name="c"${t}></form><select id="s" name="value" data-live-change="%said%"><option value="x">x</option><option value="y">y</option><option value="z"${t && ' selected'}>z</option></select><p id="p">%value%</p>`;

for (const way of ['edit', 'snapshot']) {
  story(`7: radios and a select that are ahead keep their choice as a whole, by ${way}`, CHOICES(' checked', '', ''), async (easel, page) => {
    await easel.ready();
    easel.hold();
    await page.check('#b');
    await page.selectOption('#s', 'y');
    await sent(easel, 2);
    await WAYS[way](easel, CHOICES('', '', ' checked'));
    await WAYS[way](easel, CHOICES(' checked', '', ' checked'));
    assert.deepEqual(await page.evaluate(() => [document.querySelector('#b').checked, document.querySelector('#s').value, document.querySelector('#c').checked]), [true, 'y', true]);
  });
}

// The input law: what a visitor does in a field wins over what the server says of an earlier state of it, and nothing
// else does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keep, until } from '../stories/kit.mjs';
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

/** Types two letters, of which the server has answered the first: the field is ahead. */
async function ahead(easel, page, second = 'b') {
  await easel.ready();
  await page.focus('#i');
  easel.hold();
  await page.keyboard.type('a');
  await sent(easel, 1);
  await page.keyboard.type(second);
  await sent(easel, 2);
  easel.release(1);
  await shows(page, 'a');
  assert.equal(await page.inputValue('#i'), `a${second}`, 'the field is ahead');
}

const FIELD = '<form><input id="i" name="value" value="%value%" data-live-input="%said%"></form><p id="p">%value%</p>';

story('4: an echo of what was sent does not land on what was typed since, and a real change does', FIELD, async (easel, page) => {
  await ahead(easel, page);
  easel.release();
  await shows(page, 'ab');
  assert.equal(await page.inputValue('#i'), 'ab');
  // Nothing is on its way: what the server changes of itself lands, in the focused field too.
  await easel.paint(FIELD.replace('value="%value%"', 'value="set"'));
  assert.equal(await page.inputValue('#i'), 'set');
});

const LOUD = FIELD.replace('value="%value%"', 'value="%loud%"');
story('4: an answer that is no echo lands once nothing newer is on its way', LOUD, async (easel, page) => {
  await ahead(easel, page);
  easel.release();
  await shows(page, 'ab');
  await page.waitForFunction(() => document.querySelector('#i').value === 'AB');
});
story('4: a server that trims takes no space of what is typed on after a pause', LOUD, async (easel, page) => {
  await ahead(easel, page, ' ');
  // The pause: everything is answered, the last event without a change of the field.
  easel.release();
  await shows(page, 'a ');
  await page.waitForFunction(() => !document.querySelector('.holm-busy'));
  assert.equal(await page.inputValue('#i'), 'a ');
  await page.keyboard.type('b');
  // The answer to the newest event lands, with the caret where it was.
  await page.waitForFunction(() => document.querySelector('#i').value === 'A B');
  assert.deepEqual(await page.evaluate(() => [document.activeElement.id, document.activeElement.selectionStart]), ['i', 3]);
});

for (const way of ['edit', 'snapshot']) {
  story(`4: what the server changes of a field while its event is on its way never lands, and what it changes then does, by ${way}`, FIELD, async (easel, page) => {
    await easel.ready();
    await page.focus('#i');
    easel.hold();
    await page.keyboard.type('mine');
    await sent(easel, 4);
    await WAYS[way](easel, FIELD.replace('value="%value%"', 'value="other"'));
    assert.deepEqual(await page.evaluate(() => [document.querySelector('#i').value, document.querySelector('#i').defaultValue]), ['mine', 'other']);
    easel.release();
    await shows(page, 'mine');
    assert.equal(await page.inputValue('#i'), 'mine');
    await WAYS[way](easel, FIELD.replace('value="%value%"', 'value="third"'));
    assert.equal(await page.inputValue('#i'), 'third');
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

const TEXT = '<input id="i" name="value" data-live-input="%said%"><p id="p">%value%</p>';

test('12: what is composed before the page is live arrives, and the field is not ahead for ever', async () => {
  const easel = await Easel.open(TEXT, null, async (page) => {
    const go = await keep(page, /holm-events-/);
    // The page is not live until its parts are there.
    page.once('domcontentloaded', async () => {
      const devtools = await page.context().newCDPSession(page);
      await page.waitForFunction(() => window.holm);
      await page.focus('#i');
      await devtools.send('Input.imeSetComposition', { text: 'に', selectionStart: 1, selectionEnd: 1 });
      await devtools.send('Input.insertText', { text: '日' });
      go();
    });
  });
  await shows(easel.page, '日');
  await easel.paint(TEXT.replace('id="i"', 'id="i" value="set"'));
  assert.equal(await easel.page.inputValue('#i'), 'set');
  await easel.close();
});

story('12: the key right behind a composition is heard, and what a browser says twice is not', TEXT, async (easel, page) => {
  await easel.ready();
  await page.evaluate(() => {
    const field = document.querySelector('#i');
    const say = (type, text, isComposing) => {
      field.value = text;
      field.dispatchEvent(type === 'input' ? new InputEvent(type, { bubbles: true, isComposing }) : new CompositionEvent(type, { bubbles: true }));
    };
    say('compositionstart', '');
    say('input', '日', true);
    say('compositionend', '日');
    say('input', '日', false);
    say('input', '日a', false);
  });
  await shows(page, '日a');
  assert.equal(easel.up.filter((kind) => EVENT.has(kind)).length, 2);
});

story('12: a value that came while text was composed never lands in a field that is ahead once that ends', FIELD, async (easel, page) => {
  await easel.ready();
  const devtools = await page.context().newCDPSession(page);
  await page.focus('#i');
  await devtools.send('Input.imeSetComposition', { text: 'に', selectionStart: 1, selectionEnd: 1 });
  await easel.paint(FIELD.replace('value="%value%"', 'value="other"'));
  assert.deepEqual(await page.evaluate(() => [document.querySelector('#i').value, document.querySelector('#i').defaultValue]), ['に', 'other']);
  await devtools.send('Input.insertText', { text: '日' });
  await shows(page, '日');
  assert.equal(await page.inputValue('#i'), '日');
  await easel.paint(FIELD.replace('value="%value%"', 'value="third"'));
  assert.equal(await page.inputValue('#i'), 'third');
});

const NAMED = '<form id="null" data-live-change="%said%"><input id="i" name="value" data-live-input="%said%"></form><input id="o" name="value"><p id="p">%value%</p>';
story('15: a field without a form is of none, whatever the ids are', NAMED, async (easel, page) => {
  await easel.ready();
  await page.fill('#i', 'typed');
  await shows(page, 'typed');
  const before = easel.up.filter((kind) => EVENT.has(kind)).length;
  await page.locator('#i').blur();
  await sent(easel, before + 1);
  await page.fill('#o', 'outside');
  await page.locator('#o').blur();
  await page.fill('#i', 'again');
  await shows(page, 'again');
  await page.locator('#i').blur();
  await sent(easel, before + 3);
  assert.equal(easel.up.filter((kind) => EVENT.has(kind)).length, before + 3);
});

const MANY = Array.from({ length: 400 }, (_, at) => `<input type="radio" name="r" value="${at}">`).join('');
story('7: a form looks at each of its radios once when it is sent', `<form data-live-submit="%said%">${MANY}<input name="value" value="v"><button>b</button></form><p id="p">%value%</p>`, async (easel, page) => {
  await easel.ready();
  await page.evaluate(() => {
    const { get } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'checked');
    window.looks = 0;
    Object.defineProperty(HTMLInputElement.prototype, 'checked', { get() { window.looks += 1; return get.call(this); }, configurable: true });
  });
  await page.click('button');
  await shows(page, 'v');
  assert.ok(await page.evaluate(() => window.looks) <= 1_200);
});

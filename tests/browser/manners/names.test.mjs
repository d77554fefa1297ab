// A form's fields hide what the form itself can do behind their names: `form.matches` is then a field. Forms ask for how
// many children come and which station is the closest, and work like any other.
import assert from 'node:assert/strict';
import { tell } from './easel.mjs';

const NAMES = [
  'action', 'after', 'append', 'attributes', 'before', 'blur', 'checked', 'children', 'click', 'closest', 'contains',
  'content', 'data', 'dir', 'elements', 'focus', 'hidden', 'href', 'id', 'label', 'lang', 'length',
  'matches', 'method', 'name', 'part', 'prefix', 'remove', 'reset', 'role', 'select', 'slot', 'style', 'submit', 'target',
  'text', 'title', 'type', 'value',
];

/** A form with a field of each name. */
const form = (state, text) => `<form class="${state}" data-live-submit="%said%" data-live-reset data-live-disable data-live-optimistic="class+ this sent"
  data-live-do="class+ this done" data-live-do-on="submit"><b>${text}</b>${NAMES.map((name) => `<input name="${name}" aria-label="${name}">`).join('')}
  <button>Send</button></form><p id="p">%value%</p>`;

tell('15: a form is sent, disabled, emptied and changed whatever its fields are called', {
  from: form('first', 'before'),
  act: async (page, easel) => {
    for (const part of ['events', 'hint', 'aid']) await page.waitForFunction((part) => document.querySelector(`script[src*="holm-${part}-"]`), part);
    easel.address = page.url();
    // By the keyboard: what drives the browser trips over these names itself.
    for (const name of NAMES) {
      await page.evaluate((name) => document.querySelector(`[name=${name}]`).focus(), name);
      await page.keyboard.insertText(`my ${name}`);
    }
    easel.hold();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('[aria-disabled]'));
    assert.deepEqual(await page.evaluate(() => {
      const form = document.querySelector('form'), { getAttribute } = Element.prototype;
      return [getAttribute.call(form, 'class'), getAttribute.call(form, 'aria-busy'), document.querySelectorAll('[aria-disabled]').length];
    }), ['first sent done', 'true', 1]);
    easel.release();
    await page.waitForFunction(() => document.querySelector('#p').textContent === 'my value');
    await page.waitForFunction(() => document.querySelector('[name=value]').value === '');
    await page.evaluate(() => { window.patches.length = 0; });
  },
  to: form('second', 'after'),
  look: () => [
    document.querySelector('form').className, document.querySelector('form b').textContent,
    [...document.querySelectorAll('form input')].map((each) => each.value).join(''), document.querySelectorAll('[aria-disabled],[aria-busy]').length,
  ],
  sees: ['second done', 'after', '', 0],
  // The first change of a class that others changed brings a part, and a snapshot.
  comes: { edit: null, loss: null, restart: null },
  then: async (page, easel) => {
    // After a restart the event may come to the server again, behind what it paints.
    await page.waitForFunction(() => document.querySelector('#p').textContent === 'my value');
    assert.equal(page.url(), easel.address);
  },
});

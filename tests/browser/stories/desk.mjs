// A desk in a tab: somebody types, composes and chooses, and after each step everything is as they left it.
import assert from 'node:assert/strict';
import { live, tab, until } from './kit.mjs';

/** What a field should hold after some keys, and where its caret is. */
export class Field {
  constructor(text = '', loud = false) { this.text = text; this.caret = text.length; this.loud = loud; }

  press(key) {
    if (key === 'ArrowLeft') this.caret = Math.max(0, this.caret - 1);
    else if (key === 'ArrowRight') this.caret = Math.min(this.text.length, this.caret + 1);
    else if (key === 'Backspace') {
      if (this.caret > 0) this.put(this.caret - 1, '');
    } else this.put(this.caret, key);
  }

  put(from, text) {
    this.text = this.text.slice(0, from) + text + this.text.slice(this.caret);
    this.caret = from + text.length;
  }

  /** What is compared: where the server writes in capitals, either. */
  as(text) { return this.loud ? text.toUpperCase() : text; }
}

export const KEYS = [...'a holm is an island in a river; æøå', 'ArrowLeft', 'ArrowLeft', 'ArrowRight', 'Backspace'];
const LOUD = KEYS.filter((key) => key !== ' ');

/** What runs in the page before everything else: listens, and asks for a snapshot at each `each`th edit. */
function spy(each) {
  window.focuses = [];
  window.seen = { edits: 0, snapshots: 0 };
  window.raised = [];
  // What changes its size leaves what is below where the pointer is about to press.
  const still = new CSSStyleSheet();
  still.replaceSync('[class^=beat] { height: 40rem }');
  document.adoptedStyleSheets = [still];
  addEventListener('error', ({ message }) => window.raised.push(message));
  // On the document: what the client does without a word ends at the window.
  for (const type of ['focus', 'blur', 'focusin', 'focusout']) {
    document.addEventListener(type, ({ target }) => window.focuses.push(`${type} ${target.id}`), true);
  }
  document.addEventListener('holm:patch', ({ detail }) => { window.seen[detail.snapshot ? 'snapshots' : 'edits'] += 1; });
  const Plain = WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...all) {
      super(...all);
      let edits = 0;
      this.addEventListener('message', ({ data }) => {
        const frame = new Uint8Array(data);
        // An edit, with or without an answer.
        if (frame[0] !== 0x11 && frame[0] !== 0x13) return;
        window.resync = () => this.send(new Uint8Array([4, frame[1]]));
        if (each && (edits += 1) % each === 0) window.resync();
      });
    }
  };
}

export class Desk {
  static async open(browser, url, { every = 100, snapshots = 0, query = '' } = {}) {
    const told = await tab(browser);
    const desk = Object.assign(new Desk(), told);
    await desk.page.addInitScript(spy, snapshots);
    await live(desk.page, `${url}/desk?every=${every}${query}`);
    desk.devtools = await desk.context.newCDPSession(desk.page);
    return desk;
  }

  /** How many changes of each kind have come. */
  changes() { return this.page.evaluate(() => window.seen); }

  async patches() {
    const { edits, snapshots } = await this.changes();
    return edits + snapshots;
  }

  /** Puts the caret at the end of a field, which holds this. */
  async into(id, text = '') {
    this.id = id;
    this.field = new Field(text, id === 'loud');
    await this.page.locator(`#${id}`).focus();
    await this.page.keyboard.press('End');
    await this.page.evaluate(() => { window.focuses.length = 0; });
    await this.check('at the beginning');
  }

  async type(key) {
    this.field.press(key);
    await (key.length === 1 ? this.page.keyboard.type(key) : this.page.keyboard.press(key));
    await this.check(`after ${key}`);
  }

  /** So many keys by chance, and until so many changes have come. */
  async keys(pick, least, changes = 0) {
    const before = await this.patches();
    const keys = this.id === 'loud' ? LOUD : KEYS;
    for (let count = 0; count < least || await this.patches() < before + changes; count += 1) await this.type(keys[pick(keys.length)]);
  }

  /** Composes step by step, each while `during` goes on, then inserts. */
  async compose(steps, end, during) {
    const { field } = this;
    const { text, caret } = field;
    for (const step of steps) {
      await this.devtools.send('Input.imeSetComposition', { text: step, selectionStart: step.length, selectionEnd: step.length });
      Object.assign(field, { text, caret });
      field.put(caret, step);
      await this.check(`composing ${step}`);
      await during?.();
      await this.check(`still composing ${step}`);
    }
    await this.devtools.send('Input.insertText', { text: end });
    Object.assign(field, { text, caret });
    field.put(caret, end);
    await this.check(`composed ${end}`);
  }

  /** The field, its caret and the focus are as they were left, and no event has told of a focus that came or went. */
  async check(when) {
    const { id, field } = this;
    const [text, from, to, focused, focuses] = await this.page.evaluate((id) => {
      const { value, selectionStart, selectionEnd } = document.getElementById(id);
      return [value, selectionStart, selectionEnd, document.activeElement.id, window.focuses];
    }, id);
    assert.deepEqual([field.as(text), from, to, focused, focuses], [field.as(field.text), field.caret, field.caret, id, []], `#${id} ${when}`);
  }

  /** The server comes to know what stands in the field, and it stays. */
  async known() {
    const { id, field } = this;
    const want = field.as(field.text);
    const read = () => this.page.evaluate((id) => document.getElementById(`known-${id}`)?.textContent ?? '', id);
    let now;
    await until(async () => (now = await read()) === want, `the server knows ${want}`).catch(() => assert.equal(now, want, `#${id} at the server`));
    await this.check('once the server knows');
    if (field.loud) {
      // What the server made of it may have come too early to land; the answer to the newest event does.
      await this.type('z');
      await until(async () => await this.page.inputValue(`#${id}`) === field.text.toUpperCase(), 'capitals');
    }
    const before = await this.patches();
    await until(async () => await this.patches() > before + 2, 'the desk goes on changing');
    await this.check('at the end');
  }

  async close(allowed = /WebSocket|ERR_|Failed to load/) {
    assert.deepEqual(await this.page.evaluate(() => window.raised), []);
    assert.deepEqual(this.seen.errors.filter((error) => !allowed.test(error)), []);
    await this.context.close();
  }
}

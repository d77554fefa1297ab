// What a browser sends of what a visitor does, byte for byte what the table of cases says; `holm::test` is held against
// the same table (tests/stories/tests/story/cases.rs).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gallery, launch, live, tab, until } from './kit.mjs';

let browser, stage, cases;
before(async () => {
  [browser, stage] = await Promise.all([launch(), Gallery.start({}, 'stage')]);
  const { context, page } = await tab(browser);
  await page.goto(`${stage.url}/cases`);
  cases = await page.locator('li').evaluateAll((all) => all.map(({ dataset, textContent }) => ({ ...dataset, name: textContent })));
  await context.close();
});
after(async () => { await browser?.close(); await stage?.kill(); });

const MODIFIERS = { ctrl: 'Control', shift: 'Shift', alt: 'Alt', meta: 'Meta' };

/** Does what a line of the table says. */
async function act(page, line) {
  const [, verb, css, rest] = line.match(/^(\w+) ?(\S*) ?(.*)$/);
  const element = page.locator(css || 'body').first();
  const verbs = {
    click: () => element.click(),
    dblclick: () => element.dblclick(),
    type: () => element.fill(rest),
    check: () => element.check(),
    uncheck: () => element.uncheck(),
    select: () => element.selectOption(rest.split(',')),
    key: () => element.press(rest.split('+').map((part) => MODIFIERS[part] ?? part).join('+')),
    focus: () => element.focus(),
    blur: () => page.evaluate(() => document.activeElement.blur()),
    hold: () => page.evaluate(() => { window.held = []; }),
    answered: () => until(() => page.evaluate(() => window.held.length), 'the server has said something'),
    settle: () => page.evaluate(() => {
      const { held } = window;
      window.held = null;
      for (const come of held) come();
    }),
    shows: async () => {
      await until(() => page.evaluate(() => !document.querySelector('.holm-busy')), 'all is answered');
      assert.equal(await element.evaluate((field) => field.value ?? field.innerText), rest, line);
    },
  };
  assert.ok(verbs[verb], `the table has the verb ${verb}, which nobody knows`);
  await verbs[verb]();
}

/** Frames as a person reads them. */
const read = (frames) => frames.map((hex) => `${hex} ${Buffer.from(hex, 'hex').toString('utf8', 3)}`);

test('a browser sends what the table of cases says', async (t) => {
  assert.ok(cases.length > 10, 'there are cases');
  for (const { name, path, acts, frames } of cases) {
    await t.test(name, async () => {
      const { context, page, seen } = await tab(browser);
      await page.addInitScript(() => {
        window.frames_sent = [];
        const { send } = WebSocket.prototype, hex = (frame) => [...frame].map((byte) => byte.toString(16).padStart(2, '0')).join('');
        WebSocket.prototype.send = function (data) {
          const frame = new Uint8Array(data.buffer ?? data);
          if (frame[0] === 2 || frame[0] === 3) window.frames_sent.push(hex(frame));
          return send.call(this, data);
        };
        // What comes while it is held waits; this hears of it first.
        window.WebSocket = class extends WebSocket {
          constructor(...all) {
            super(...all);
            this.addEventListener('message', (event) => {
              if (!window.held) return;
              event.stopImmediatePropagation();
              window.held.push(() => this.dispatchEvent(new MessageEvent('message', { data: event.data })));
            });
          }
        };
      });
      await live(page, stage.url + path);
      // The part that hears more than clicks is there.
      await page.waitForLoadState('networkidle');
      for (const line of acts.split('\n')) await act(page, line);
      // What is sent is sent at once; nothing is waited for that could still come.
      const sent = await page.evaluate(() => window.frames_sent);
      assert.deepEqual(read(sent), read(frames.split(' ')), seen.errors.join('\n') || name);
      await context.close();
    });
  }
});

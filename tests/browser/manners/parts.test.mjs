// What a visitor does before everything is there that deals with it, and parts of the client that do not come.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keep, shows, status, until } from '../stories/kit.mjs';
import { Easel, WAYS } from './easel.mjs';

const presses = (easel) => easel.up.filter((kind) => kind === 2 || kind === 3).length;

test('a form that is sent twice before the page is live goes once, and says meanwhile that it waits', async () => {
  let busy;
  const easel = await Easel.open(`<form data-live-submit="%said%"><input name="value" value="once"><button>Send</button></form>
    <button id="add" data-live="%said%" name="value" value="one">Add</button><p id="p">%value%</p>`, null, async (page) => {
    const go = await keep(page, /holm-events-/);
    page.once('domcontentloaded', async () => {
      await page.waitForFunction(() => window.holm);
      busy = await page.evaluate(() => {
        const form = document.querySelector('form'), add = document.querySelector('#add');
        form.requestSubmit();
        form.requestSubmit();
        // Of presses each counts.
        add.click();
        add.click();
        return [form.ariaBusy, add.ariaBusy];
      });
      go();
    });
  });
  assert.deepEqual(busy, ['true', 'true']);
  await shows(easel.page.locator('#p'), 'one');
  await easel.page.waitForFunction(() => !document.querySelector('[aria-busy]'));
  assert.equal(presses(easel), 3);
  await easel.close();
});

test('a form whose button has gone before the page is live goes without it, and so does what was pressed after it', async () => {
  const easel = await Easel.open(`<form data-live-submit="%said%"><input name="value" value="first"><button name="by">Send</button></form>
    <button id="add" data-live="%said%" name="value" value="second">Add</button><p id="p">%value%</p>`, null, async (page) => {
    const go = await keep(page, /holm-events-/);
    page.once('domcontentloaded', async () => {
      await page.waitForFunction(() => window.holm);
      await page.evaluate(() => {
        const send = document.querySelector('form button');
        send.click();
        send.remove();
        document.querySelector('#add').click();
      });
      go();
    });
  });
  await shows(easel.page.locator('#p'), 'second');
  assert.equal(presses(easel), 2);
  await easel.close();
});

test('what the server says of being busy stays when a press is answered', async () => {
  const easel = await Easel.open('<button id="a" aria-busy="true" data-live="%said%" name="value" value="a">a</button>'
    + '<button id="b" data-live="%said%" name="value" value="b">b</button><p id="p">%value%</p>');
  const { page } = easel;
  for (const id of ['a', 'b']) {
    easel.hold();
    await page.click(`#${id}`);
    await until(() => presses(easel), 'the press goes up');
    assert.deepEqual(await page.evaluate(() => ['a', 'b'].map((id) => document.getElementById(id).ariaBusy)), ['true', id === 'b' ? 'true' : null]);
    easel.up.length = 0;
    easel.release();
    await shows(page.locator('#p'), id);
  }
  assert.deepEqual(await page.evaluate(() => ['a', 'b'].map((id) => document.getElementById(id).ariaBusy)), ['true', null]);
  await easel.close();
});

test('where a part does not come though the server is there, the page says that it has stopped, keeps what was typed, and goes on', async () => {
  const easel = await Easel.open('<input id="i"><p id="p">first</p>');
  const { page } = easel;
  let gone = true, loads = 0;
  page.on('load', () => { loads += 1; });
  await page.route(/holm-(morph|care)-/, (route) => gone ? route.fulfill({ status: 404 }) : route.continue());
  await page.fill('#i', 'typed');
  easel.refuse = true;
  await easel.publish('<input id="i"><p id="p">second</p>');
  await page.waitForFunction(() => document.documentElement.dataset.liveStatus === 'stopped');
  assert.deepEqual([await page.inputValue('#i'), await page.textContent('#p'), loads], ['typed', 'first', 0]);
  gone = false;
  await shows(page.locator('#p'), 'second');
  await status(page, 'live');
  assert.equal(await page.inputValue('#i'), 'typed');
  await easel.close();
});

test('a connection that ends while a part is on its way shows as lost at once, and the page goes on when both are there', async () => {
  const easel = await Easel.open('<input id="i"><p id="p">first</p>');
  const { page } = easel;
  const go = await keep(page, /holm-(morph|care)-/);
  await page.fill('#i', 'typed');
  easel.refuse = true;
  await easel.publish('<input id="i"><p id="p">second</p>');
  await page.waitForFunction(() => document.querySelector('script[src*="holm-morph-"]'));
  // The snapshot that waits for it has come when what is sent after it is answered.
  await easel.publish('<input id="i"><p id="p">third</p>');
  let open;
  easel.gate = new Promise((resolve) => { open = resolve; });
  await easel.cut();
  await status(page, 'lost');
  go();
  open();
  await status(page, 'live');
  await shows(page.locator('#p'), 'third');
  assert.equal(await page.inputValue('#i'), 'typed');
  await easel.close();
});

test('what is too large to be sent is refused in words, and what comes after it arrives', async () => {
  const easel = await Easel.open(`<form data-live-submit="%said%"><textarea name="value"></textarea><button>Send</button></form>
    <p id="error" data-live-error data-live-ignore></p><p id="p">%value%</p>`);
  const { page } = easel;
  await easel.ready();
  await page.evaluate(() => document.addEventListener('holm:error', ({ detail }) => { window.word = detail.word; }));
  await page.evaluate(() => { document.querySelector('textarea').value = 'x'.repeat(400_001); });
  await page.click('form button');
  await shows(page.locator('#error'), 'This is too large.');
  assert.equal(await page.evaluate(() => window.word), 'frame_too_large');
  assert.equal(presses(easel), 0);
  await page.fill('textarea', 'less');
  await page.click('form button');
  await shows(page.locator('#p'), 'less');
  await shows(page.locator('#error'), '');
  await easel.close();
});

test('a browser that goes offline asks the server for a sign of life at once', async () => {
  const easel = await Easel.open('<p id="p">%value%</p>');
  const HEARTBEAT = 0;
  easel.up.length = 0;
  await easel.page.evaluate(() => { dispatchEvent(new Event('offline')); });
  // By itself it would say something seconds later.
  await WAYS.edit(easel, '<p id="p">still live</p>');
  assert.deepEqual(easel.up, [HEARTBEAT]);
  await shows(easel.page.locator('#p'), 'still live');
  await easel.close();
});

test('an old connection that closes late, and a part that nobody waited for, say nothing of the connection', async () => {
  const easel = await Easel.open('<p id="p">first</p>');
  const { page } = easel;
  const wake = () => page.evaluate(() => ['freeze', 'resume'].forEach((type) => dispatchEvent(new Event(type))));
  await page.evaluate(() => {
    // Holds back the word of a connection's end.
    window.ends = [];
    window.holm.tap((wire) => new Proxy(wire, {
      get: (of, name) => typeof of[name] === 'function' ? of[name].bind(of) : of[name],
      set: (of, name, value) => {
        of[name] = name === 'onclose' ? () => window.ends.push(value) : value;
        return true;
      },
    }));
  });
  await wake();
  await WAYS.edit(easel, '<p id="p">another</p>');
  await wake();
  await page.waitForFunction(() => window.ends.length > 0);
  await WAYS.edit(easel, '<p id="p">second</p>');
  await status(page, 'live');
  await page.evaluate(() => {
    window.said = [];
    new MutationObserver(() => window.said.push(document.documentElement.dataset.liveStatus)).observe(document.documentElement, { attributeFilter: ['data-live-status'] });
  });
  let gone = true;
  await page.route(/holm-morph-/, (route) => gone ? route.fulfill({ status: 404 }) : route.continue());
  easel.refuse = true;
  await easel.publish('<p id="p">third</p>');
  await page.waitForFunction(() => document.querySelector('script[src*="holm-morph-"]'));
  await page.evaluate(() => window.ends.splice(0).forEach((end) => end()));
  await status(page, 'stopped');
  await page.evaluate(() => window.holm.load(['list']));
  await page.waitForFunction(() => document.querySelector('script[src*="holm-list-"]'));
  gone = false;
  await shows(page.locator('#p'), 'third');
  await status(page, 'live');
  assert.deepEqual(await page.evaluate(() => window.said), ['stopped', 'live']);
  await easel.close();
});

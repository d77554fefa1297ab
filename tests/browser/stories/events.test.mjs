// Every kind of event: what goes up, when, and in which order.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gallery, keep, launch, live, shows, status, tab, until } from './kit.mjs';
import { Proxy } from './proxy.mjs';

let browser, stage, proxy;
before(async () => {
  [browser, stage] = await Promise.all([launch(), Gallery.start({}, 'stage')]);
  proxy = await Proxy.start(stage.port);
});
after(async () => { await browser?.close(); await proxy?.stop(); await stage?.kill(); });

/** A tab on the page of all kinds. */
async function open(url = stage.url, prepare) {
  const all = await tab(browser);
  await prepare?.(all.page);
  await live(all.page, `${url}/events`);
  return all;
}

const log = (page) => page.locator('#log li').allTextContents();

/** Waits until the log is this. */
async function logs(page, lines, what = 'the log') {
  let last;
  try {
    await until(async () => JSON.stringify(last = await log(page)) === JSON.stringify(lines), what, 5_000);
  } catch {
    assert.deepEqual(last, lines, what);
  }
}

/** A form as it is logged, with these fields. */
const form = (fields) => {
  const all = { line: '', tick: [], choice: [], many: [], outside: '', custom: '', by: '', form_id: 3, ...fields };
  return `Form { ${Object.entries(all).map(([name, value]) => `${name}: ${JSON.stringify(value).replaceAll('","', '", "')}`).join(', ')} }`;
};

test('a field is heard at each key, with its name, and nothing but its value goes up', async () => {
  const { context, page, seen } = await tab(browser);
  const up = [];
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => up.push(payload)));
  await live(page, `${stage.url}/events`);
  await page.locator('#typed').pressSequentially('a&');
  await logs(page, ['Typed { q: "a" }', 'Typed { q: "a&" }']);
  const frames = up.filter((frame) => frame[0] === 3).map((frame) => [frame.length, frame.subarray(frame.indexOf('typed')).toString()]);
  assert.deepEqual(frames.map(([, text]) => text), ['typedq=a', 'typedq=a%26']);
  assert.equal(frames[0][0], 4 + 'typedq=a'.length, 'kind, island, number, length of the name');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('a click brings what stands on its element', async () => {
  const { context, page, seen } = await open();
  await page.locator('#plain').click();
  await page.locator('#named').click();
  await page.locator('#literal').click();
  await logs(page, ['Plain { on: "click" }', 'Plain { on: "named" }', 'More(7)']);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('choices are heard when they are made', async () => {
  const { context, page, seen } = await open();
  await page.locator('#choice').selectOption('b');
  await page.locator('#choices').selectOption(['a', 'c']);
  await page.locator('#choose').check();
  await page.locator('#choose').uncheck();
  await logs(page, [
    'Chose { row_id: 7, pick: ["b"] }', 'Chose { row_id: 0, pick: ["a", "c"] }',
    'Chose { row_id: 0, pick: ["yes"] }', 'Chose { row_id: 0, pick: [] }',
  ]);
  // Scripts may fire on what is disabled.
  await page.locator('#never').evaluate((box) => box.dispatchEvent(new Event('change', { bubbles: true })));
  await page.locator('#plain').click();
  await until(async () => (await log(page)).length === 5, 'the click is heard');
  assert.deepEqual((await log(page)).slice(4), ['Plain { on: "click" }']);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('a form sends all its fields when one changes, and when it is submitted, with its submitter', async () => {
  const { context, page, seen } = await open(stage.url, (page) => page.addInitScript(() => {
    customElements.define('holm-test-field', class extends HTMLElement {
      static formAssociated = true;
      #internals = this.attachInternals();
      get value() { return this.text ?? ''; }
      set value(text) { this.text = text; this.#internals.setFormValue(text); }
    });
  }));
  await page.locator('#tick-b').check();
  await page.locator('#radio-a').check();
  await page.locator('#many').selectOption(['x', 'z']);
  await page.locator('#outside').fill('far');
  await page.locator('#outside').blur();
  await page.locator('#custom').evaluate((field) => {
    field.value = 'own';
    field.dispatchEvent(new Event('change', { bubbles: true }));
  });
  const state = { tick: ['b'] };
  const lines = [form(state)];
  for (const more of [{ choice: ['a'] }, { many: ['x', 'z'] }, { outside: 'far' }, { custom: 'own' }])
    lines.push(form(Object.assign(state, more)));
  await logs(page, lines);
  await page.locator('#second').click();
  lines.push(form(Object.assign(state, { by: 'second' })));
  await logs(page, lines);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('keys are filtered by name and by what is held', async () => {
  const { context, page, seen } = await open();
  const field = page.locator('#keys');
  await field.pressSequentially('ab');
  await field.press('Enter');
  await field.press('Control+k');
  await field.press('k');
  await field.press('Escape');
  const down = (key, code, value, held = '') => `Key { on: "down", key: "${key}", code: "${code}", ctrl: ${held === 'ctrl'}, shift: false, value: "${value}" }`;
  await logs(page, [down('Enter', 'Enter', 'ab'), down('k', 'KeyK', 'ab', 'ctrl'), down('Escape', 'Escape', 'abk')]);
  // A composing input method takes keys for itself.
  await field.evaluate((field) => {
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true }));
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true }));
  });
  await page.locator('#plain').click();
  await until(async () => (await log(page)).length === 4, 'only the click came');
  assert.match((await log(page))[3], /click/);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('a key that is named does not do what it does by itself, but typing goes on in a field inside', async () => {
  const { context, page, seen } = await open();
  const prevented = (target, init) => page.evaluate(([target, init]) =>
    !document.querySelector(target).dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init })), [target, init]);
  assert.equal(await prevented('#keys', { key: 'ArrowDown' }), true);
  assert.equal(await prevented('#keys', { key: 'ArrowUp' }), false);
  assert.equal(await prevented('#pad', { key: 'x' }), false, 'no key is named');
  assert.equal(await prevented('body', { key: 'j' }), true);
  assert.equal(await prevented('#inner', { key: 'j' }), false);
  assert.equal(await prevented('#inner', { key: 'j', ctrlKey: true }), true);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('keys of the window are heard wherever the focus is, but not while somebody types', async () => {
  const { context, page, seen } = await open();
  const heard = async () => (await log(page)).filter((line) => line.includes('on: "window"')).length;
  await page.keyboard.press('j');
  await until(async () => await heard() === 1, 'a key on the page');
  await page.locator('#typed').press('j');
  await logs(page, [(await log(page))[0], 'Typed { q: "j" }']);
  await page.locator('#typed').press('Control+j');
  await until(async () => await heard() === 2, 'a key with ctrl in a field');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('keys go down and up on what has the focus', async () => {
  const { context, page, seen } = await open();
  await page.locator('#pad').press('A');
  const pad = 'Key { on: "pad", key: "A", code: "KeyA", ctrl: false, shift: ';
  await until(async () => (await log(page)).length >= 2, 'down and up');
  assert.deepEqual((await log(page)).filter((line) => line.includes('key: "A"')).map((line) => line.slice(0, pad.length)), [pad, pad]);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('the focus is heard when it comes into an element and when it leaves it', async () => {
  const { context, page, seen } = await open();
  await page.locator('#edge-a').focus();
  await page.locator('#edge-b').focus();
  await logs(page, ['Plain { on: "edge" }']);
  await page.locator('#typed').focus();
  await logs(page, ['Plain { on: "edge" }', 'Plain { on: "edge" }']);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('a double click, and where a pointer is', async () => {
  const { context, page, seen } = await open();
  await page.locator('#twice').dblclick();
  await logs(page, ['Plain { on: "dblclick" }']);
  const area = page.locator('#area');
  await area.evaluate((area) => { area.style.cssText = 'border: 5px solid; padding: 10px; width: 100px; height: 40px'; });
  await area.click({ position: { x: 20.5, y: 12.9 }, button: 'right' });
  await logs(page, ['Plain { on: "dblclick" }', 'Point { on: "down", x: 20, y: 12, width: 120, height: 60, button: 2, buttons: 2 }']);
  const moves = await page.locator('#moves').boundingBox();
  for (const x of [1, 2, 3]) await page.mouse.move(moves.x + x, moves.y + 1);
  await page.mouse.down();
  await page.mouse.up();
  // The first at once, the last before the next event.
  await until(async () => (await log(page)).length === 5, 'two moves and an up');
  assert.deepEqual((await log(page)).slice(2).map((line) => /x: (\d+).*buttons: (\d)/.exec(line).slice(1)), [['1', '0'], ['3', '0'], ['3', '0']]);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('what comes into view is heard once, or each time, also when it came later', async () => {
  const { context, page, seen } = await tab(browser);
  await live(page, `${stage.url}/endless`);
  await page.locator('#show').click();
  await shows(page.locator('#times'), '1');
  for (const pages of [2, 3, 4]) {
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await until(async () => await page.locator('.screen').count() === pages, `${pages} pages`);
  }
  assert.equal(await page.locator('#end').count(), 0);
  await page.evaluate(() => scrollTo(0, 0));
  await shows(page.locator('#times'), '2');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('a field waits for quiet, and its event is sent with its last value', async () => {
  const { context, page, seen } = await open();
  await page.locator('#soon').pressSequentially('quick', { delay: 1 });
  await until(async () => (await log(page)).at(-1) === 'Quiet { value: "quick" }', 'the last value');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('a field that is heard at most so often is heard at once and at last', async () => {
  const { context, page, seen } = await open();
  await page.locator('#often').pressSequentially('abcdef');
  await until(async () => (await log(page)).at(-1) === 'Often { value: "abcdef" }', 'the last value');
  const lines = await log(page);
  assert.equal(lines[0], 'Often { value: "a" }');
  assert.ok(lines.length < 6, `${lines}`);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('what waits is sent when the field is left, and before any other event of the island', async () => {
  const { context, page, seen } = await open();
  await page.locator('#quiet').pressSequentially('one');
  await page.locator('#quiet').blur();
  await logs(page, ['Quiet { value: "one" }']);
  await page.locator('#quiet').fill('two');
  // A click of a script leaves the focus where it is.
  await page.locator('#plain').evaluate((button) => button.click());
  await logs(page, ['Quiet { value: "one" }', 'Quiet { value: "two" }', 'Plain { on: "click" }']);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('a field that waits is heard before the submit that follows it, at any distance', async () => {
  await proxy.say('calm', 'both delay 150 100');
  const { context, page, seen } = await open(proxy.url);
  await page.locator('#line').pressSequentially('hello');
  await page.locator('#line').press('Enter');
  await until(async () => (await log(page)).some((line) => line.includes('by: "first"')), 'the form came');
  const lines = await log(page);
  assert.equal(lines[0], 'Typed { q: "from the form" }');
  assert.equal(lines.at(-1), form({ line: 'hello', by: 'first' }));
  await page.locator('#plain').click();
  await logs(page, [...lines, 'Plain { on: "click" }'], 'and nothing after it');
  assert.deepEqual(seen.errors, []);
  await proxy.say('calm');
  await context.close();
});

test('what was typed while there was no connection comes once, in order', async () => {
  const { context, page } = await open(proxy.url);
  await proxy.say('refuse on', 'cut rst');
  for (const key of 'abc') await page.locator('#typed').press(key);
  await page.locator('#quiet').pressSequentially('d');
  await page.locator('#plain').click();
  assert.ok(await page.locator('holm-island').first().evaluate((island) => island.classList.contains('holm-busy')));
  await proxy.say('calm');
  await logs(page, ['Typed { q: "a" }', 'Typed { q: "ab" }', 'Typed { q: "abc" }', 'Quiet { value: "d" }', 'Plain { on: "click" }']);
  await until(async () => page.evaluate(() => !document.querySelector('.holm-busy, [aria-busy]')), 'nothing waits');
  await context.close();
});

test('a key that is pressed before the part is there is not lost', async () => {
  const { context, page, seen } = await tab(browser);
  const release = await keep(page, /holm-events-/);
  await page.goto(`${stage.url}/events`, { waitUntil: 'commit' });
  await page.waitForFunction(() => window.holm);
  await page.locator('#typed').pressSequentially('ab');
  await page.locator('#quiet').pressSequentially('c');
  await page.locator('#plain').click();
  release();
  await until(async () => (await log(page)).at(-1) === 'Plain { on: "click" }', 'all came');
  const lines = await log(page);
  assert.ok(lines.includes('Typed { q: "ab" }') && lines.includes('Quiet { value: "c" }'), `${lines}`);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('a page whose part cannot be had is live, and sends no form before it is there', async () => {
  const { context, page } = await tab(browser);
  let missing = true;
  await page.route('**/holm-events-*.js', (route) => (missing ? route.fulfill({ status: 404 }) : route.continue()));
  await page.goto(`${stage.url}/events`);
  await status(page, 'live');
  await page.locator('form [name=line]').fill('typed before');
  await page.locator('form [name=line]').evaluate((field) => field.form.requestSubmit());
  assert.equal(new URL(page.url()).pathname, '/events', 'the browser did not leave the page');
  assert.deepEqual(await log(page), [], 'nothing empty is sent');
  missing = false;
  await until(async () => (await log(page)).some((line) => line.includes('typed before')), 'it came whole');
  await context.close();
});

test('a field that is taken away has its say', async () => {
  const { context, page, seen } = await open();
  await page.locator('#open').click();
  await page.locator('#late').fill('last words');
  await page.locator('#late').evaluate((field) => field.remove());
  await page.locator('#plain').click();
  await logs(page, ['Open', 'Typed { q: "last words" }', 'Plain { on: "click" }']);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('while an event waits its element is busy, and nothing stays so', async () => {
  const { context, page } = await open();
  const busy = () => page.evaluate(() => [
    document.querySelector('holm-island').classList.contains('holm-busy'),
    ...[...document.querySelectorAll('[aria-busy]')].map((element) => element.id),
  ]);
  await page.locator('#typed').evaluate((field) => {
    document.querySelector('#slow').click();
    field.value = 'x';
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
    window.then = [...document.querySelectorAll('.holm-busy, [aria-busy]')].map((element) => element.id || element.localName);
  });
  assert.deepEqual(await page.evaluate(() => window.then), ['holm-island', 'slow'], 'no field says so at each key');
  await page.locator('#plain').click();
  await logs(page, ['Slow', 'Typed { q: "x" }', 'Plain { on: "click" }']);
  await until(async () => JSON.stringify(await busy()) === '[false]', 'both are answered');
  await page.locator('#fail').click();
  await shows(page.locator('#error'), 'It would not do.');
  await until(async () => JSON.stringify(await busy()) === '[false]', 'a refusal is an answer');
  await context.close();
});

test('a page script sends events of an island', async () => {
  const { context, page, seen } = await open();
  await page.evaluate(() => {
    holm.send(document.querySelector('#typed'), 'typed', { q: 'by script' });
    holm.send(document.querySelector('holm-island'), 'slow');
  });
  await logs(page, ['Typed { q: "by script" }', 'Slow']);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('what is composed is sent when it is done', async () => {
  const { context, page, seen } = await open();
  await page.locator('#typed').focus();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Input.imeSetComposition', { text: 'か', selectionStart: 1, selectionEnd: 1 });
  await devtools.send('Input.imeSetComposition', { text: 'かn', selectionStart: 2, selectionEnd: 2 });
  await devtools.send('Input.insertText', { text: '漢' });
  await logs(page, ['Typed { q: "漢" }']);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('a stale echo never lands on what was typed since, and the last word of the server does', async () => {
  await proxy.say('calm', 'both delay 120 60');
  const { context, page, seen } = await open(proxy.url);
  for (const [id, text, end] of [['#echo', 'echo over there', 'echo over there'], ['#loud', 'loud and clear', 'LOUD AND CLEAR']]) {
    const field = page.locator(id);
    await field.focus();
    for (let at = 0; at < text.length; at += 1) {
      await page.keyboard.type(text[at]);
      assert.equal((await field.inputValue()).toLowerCase(), text.slice(0, at + 1), `after ${at + 1} keys`);
    }
    await until(async () => await field.inputValue() === end, `${id} shows ${end}`);
  }
  // What the server clears is cleared, though the field is focused.
  await page.locator('#clear').evaluate((button) => button.click());
  await until(async () => await page.locator('#loud').inputValue() === '', 'it is cleared');
  assert.equal(await page.locator('#echo').inputValue(), '');
  assert.deepEqual(seen.errors, []);
  await proxy.say('calm');
  await context.close();
});

test('ticks that are made faster than the server answers are the last that was made', async () => {
  await proxy.say('calm', 'both delay 120 60');
  const { context, page, seen } = await open(proxy.url);
  const box = page.locator('#ticked');
  for (let times = 0; times < 7; times += 1) await box.click();
  await until(async () => (await log(page)).length === 7, 'all came');
  assert.equal(await box.isChecked(), true);
  await until(async () => page.evaluate(() => !document.querySelector('.holm-busy')), 'all is answered');
  assert.equal(await box.isChecked(), true);
  await page.locator('#clear').click();
  await until(async () => !await box.isChecked(), 'the server takes it away');
  assert.deepEqual(seen.errors, []);
  await proxy.say('calm');
  await context.close();
});

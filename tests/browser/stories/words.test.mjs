// What words do on a page: what a template is filled with, which button says that it waits, what a handler and a timer
// select, a form in a dialog, and scripts that name their widgets early, late and several at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gallery, launch, live, shows, tab, until } from './kit.mjs';
import { Proxy } from './proxy.mjs';

let browser, stage, proxy;
before(async () => {
  [browser, stage] = await Promise.all([launch(), Gallery.start({ HOLM_KEY: '6d'.repeat(32) }, 'stage')]);
  proxy = await Proxy.start(stage.port);
});
after(async () => { await browser?.close(); await proxy?.stop(); await stage?.kill(); });

async function open() {
  await proxy.say('calm');
  const all = await tab(browser);
  await live(all.page, `${proxy.url}/words`);
  await until(() => all.page.evaluate(() => !!window.holm.widget), 'the parts are there');
  return all;
}
/** What is thrown; the template has a script and a style of its own, which the page's policy refuses. */
const thrown = (seen) => seen.errors.filter((error) => !/Content Security Policy/.test(error));
const said = (page) => page.locator('#said');
/** What is selected in the field, and who has the focus. */
const selected = (page) => page.evaluate(() => {
  const field = document.querySelector('#field');
  return [field.value.slice(field.selectionStart, field.selectionEnd), document.activeElement.id];
});

test('a template is filled with what was typed, but for what holds an address, style or script', async () => {
  const { context, page } = await open();
  const typed = 'javascript:alert(1)';
  await page.locator('#text').fill(typed);
  const made = await page.evaluate(() => {
    document.querySelector('#first').click();
    const row = document.querySelector('#rows li'), all = {};
    for (const each of [row, ...row.querySelectorAll('*')])
      for (const { name, value } of each.attributes) all[`${each.localName} ${name}`] = value;
    return [all, row.querySelector('a').textContent];
  });
  assert.equal(await page.locator('#rows script').count(), 0, 'what a template would run does not come');
  assert.deepEqual(made, [{
    'li title': typed,
    'li data-note': typed,
    'li aria-label': `is ${typed}`,
    'a href': '/{text}',
    'a xlink:href': '{text}',
    'form action': '{text}',
    'button formaction': '{text}',
    'button onclick': '{text}',
    'object data': '{text}',
    'video srcset': '{text}',
    'video style': '{text}',
    'video onfocus': '{text}',
  }, typed]);
  await shows(said(page), typed);
  await context.close();
});

test('the button that was pressed says that it waits, the others keep their words', async () => {
  const { context, page } = await open();
  const press = (css) => page.evaluate((css) => {
    const by = document.querySelector(css);
    by.click();
    return [...by.form.querySelectorAll('button')].map((each) => [each.textContent, each.ariaDisabled]);
  }, css);
  const after = async (count) => {
    await until(async () => (await said(page).textContent()).split('|').length === count, `${count} are answered`);
    await until(() => page.evaluate(() => !document.querySelector('[aria-disabled]')), 'nothing waits');
  };
  await page.locator('#text').fill('a');
  assert.deepEqual(await press('#second'), [['First', 'true'], ['Saving…', 'true'], ['Third', 'true']]);
  await after(1);
  await page.evaluate(() => document.querySelector('#add').reset());
  await page.locator('#text').fill('b');
  assert.deepEqual(await press('#third'), [['First', 'true'], ['Second', 'true'], ['Third…', 'true']]);
  await after(2);
  // Where only one of the buttons says so, the form waits when that one is pressed.
  assert.deepEqual(await press('#waits'), [['Plain', 'true'], ['Waiting…', 'true']]);
  await after(3);
  assert.deepEqual(await press('#plain'), [['Plain', null], ['Waits', null]]);
  await after(4);
  assert.deepEqual(await page.locator('#add button, #own button').allTextContents(), ['First', 'Second', 'Third', 'Plain', 'Waits']);
  await context.close();
});

test('Enter in a form waits with the label on its first submitter', async () => {
  const { context, page } = await open();
  await proxy.say('up mute on');
  await page.locator('#text').fill('a');
  await page.locator('#text').press('Enter');
  await shows(page.locator('#first'), 'Saving…');
  assert.deepEqual(await page.locator('#second, #third').allTextContents(), ['Second', 'Third']);
  await context.close();
});

test('a handler selects the text of a field, unless the visitor has gone on', async () => {
  const { context, page, seen } = await open();
  await page.locator('#select').click();
  await until(async () => (await selected(page))[0] === 'some text', 'it is selected');
  await page.locator('#field').evaluate((field) => field.setSelectionRange(0, 0));
  // On a slow line somebody types elsewhere meanwhile; what is asked for afterwards is answered afterwards.
  await proxy.say('both delay 300 0');
  await page.locator('#select').click();
  await page.locator('#other').click();
  await page.keyboard.type('x');
  await until(() => page.evaluate(() => !document.querySelector('.holm-busy')), 'it is answered');
  await proxy.say('calm');
  await page.keyboard.type('y');
  assert.deepEqual(await selected(page), ['', 'other']);
  assert.equal(await page.locator('#other').inputValue(), 'xy');
  assert.deepEqual(thrown(seen), []);
  await context.close();
});

test('a timer’s words are done, and leave alone who is in a text field', async () => {
  const { context, page, seen } = await open();
  const ticks = async () => Number(await page.locator('#ticks').textContent());
  await page.locator('#start').click();
  await until(async () => (await selected(page))[0] === 'some text', 'the timer selects it');
  await page.locator('#other').click();
  await page.locator('#field').evaluate((field) => field.setSelectionRange(0, 0));
  const before = await ticks();
  await page.keyboard.type('typed');
  await until(async () => await ticks() > before + 5, 'the timer goes on');
  assert.deepEqual(await selected(page), ['', 'other']);
  assert.equal(await page.locator('#other').inputValue(), 'typed');
  // Whoever leaves the field is led again.
  await page.locator('#start').focus();
  await until(async () => (await selected(page))[0] === 'some text', 'the timer selects it again');
  assert.deepEqual(thrown(seen), []);
  await context.close();
});

test('a form in a dialog sends its event, and the dialog stays open until somebody closes it', async () => {
  const { context, page, seen } = await open();
  await page.locator('#open').click();
  await until(() => page.evaluate(() => document.querySelector('#box').matches(':modal')), 'the dialog is open');
  const address = page.url();
  await page.locator('#answer').fill('one');
  await page.locator('#yes').click();
  await shows(said(page), 'one');
  await page.locator('#answer').fill('two');
  await page.locator('#answer').press('Enter');
  await shows(said(page), 'one|two');
  assert.deepEqual(await page.evaluate(() => [document.querySelector('#box').matches(':modal'), document.activeElement.id]), [true, 'answer']);
  assert.equal(page.url(), address);
  await page.keyboard.press('Escape');
  await until(() => page.evaluate(() => !document.querySelector('#box').open), 'it is closed');
  assert.deepEqual(thrown(seen), []);
  await context.close();
});

test('widgets are named several at once, before the client is there and after', async () => {
  await proxy.say('calm');
  const { context, page, seen } = await tab(browser);
  await page.route('**/widgets.js', (route) => route.fulfill({ contentType: 'text/javascript', body: '' }));
  await page.addInitScript(() => {
    window.told = [];
    window.widget = (name) => [name, { mount: (element) => window.told.push(`${name} ${element.id}`) }];
    // Editors come early, beside a widget that the page has none of.
    window.holmWidgets = [];
    window.holmWidgets.push(window.widget('nothing'), window.widget('editor'));
  });
  await live(page, `${proxy.url}/widgets`);
  await until(() => page.evaluate(() => window.told.length === 2), 'both editors are mounted');
  assert.deepEqual(await page.evaluate(() => window.told), ['editor plain', 'editor rich']);
  const late = await page.evaluate(async () => {
    window.holmWidgets.push(window.widget('nobody'), window.widget('chart'));
    // Its own turn has come by then.
    await new Promise((done) => setTimeout(done));
    return window.told.slice(2);
  });
  assert.deepEqual(late, ['chart chart']);
  assert.deepEqual(thrown(seen), []);
  await context.close();
});

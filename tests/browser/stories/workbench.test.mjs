// Every control, while the server changes things around it ten times a second: nothing that a visitor does is lost.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gallery, launch, live, shows, tab, until } from './kit.mjs';

let browser, gallery;
before(async () => { [browser, gallery] = await Promise.all([launch(), Gallery.start()]); });
after(async () => { await browser?.close(); await gallery?.kill(); });

const beats = async (page) => Number(await page.locator('.beats').textContent());
/** Waits until the server has changed the page so many times more. */
const pass = async (page, more = 5) => {
  const now = await beats(page);
  await until(async () => await beats(page) >= now + more, `${more} changes`);
};
/** A story on a page whose groups move as well. */
const story = (name, tell) => test(name, async () => {
  const { context, page, seen } = await tab(browser, { viewport: { width: 1280, height: 1600 } });
  await live(page, `${gallery.url}/workbench`);
  await page.locator('#shift').click();
  await shows(page.locator('#shift'), 'Let the groups rest');
  await pass(page, 1);
  await tell(page);
  assert.deepEqual(seen.errors, []);
  await context.close();
});
const named = (page, name) => page.locator(`#bench [name=${name}]`);

story('typing, character by character, loses none and keeps the caret', async (page) => {
  const words = 'The quick brown fox jumps over the lazy dog.';
  for (const name of ['name', 'log', 'password', 'berth']) {
    await named(page, name).click();
    await page.keyboard.type(words, { delay: 25 });
    assert.equal(await named(page, name).inputValue(), words);
    assert.equal(await named(page, name).evaluate((node) => node === document.activeElement), true);
  }
  await named(page, 'log').click();
  await named(page, 'log').evaluate((node) => node.setSelectionRange(4, 9));
  await pass(page);
  assert.deepEqual(await named(page, 'log').evaluate((node) => [node.selectionStart, node.selectionEnd]), [4, 9]);
  await page.keyboard.type('slow', { delay: 60 });
  assert.equal(await named(page, 'log').inputValue(), words.replace('quick', 'slow'));
});

story('what somebody writes in free text stays, with the caret in it', async (page) => {
  const free = page.getByRole('textbox', { name: 'Free text' });
  await free.click();
  await page.keyboard.press('End');
  await page.keyboard.type(' And so on, and so on.', { delay: 40 });
  assert.equal(await free.textContent(), 'Write here. And so on, and so on.');
  await pass(page);
  assert.equal(await page.evaluate(() => getSelection().focusOffset), 'Write here. And so on, and so on.'.length);
});

story('ticks, choices and files stay', async (page) => {
  await named(page, 'news').check();
  await page.getByRole('checkbox', { name: 'Yellow Jack' }).check();
  await page.getByRole('radio', { name: 'High tide' }).check();
  await named(page, 'wind').selectOption('gale');
  await named(page, 'ports').selectOption(['Gull Haven', 'Lark Landing']);
  await named(page, 'papers').setInputFiles({ name: 'chart.txt', mimeType: 'text/plain', buffer: Buffer.from('x') });
  await named(page, 'day').fill('2026-05-17');
  await named(page, 'time').fill('06:30');
  await named(page, 'colour').fill('#aa5500');
  await named(page, 'sails').fill('9');
  await named(page, 'metres').fill('27');
  const all = () => page.locator('#bench').evaluate((form) => [...new FormData(form)].map(([name, value]) => `${name}=${value.name ?? value}`).sort().join('&'));
  const before = await all();
  for (const part of ['news=on', 'flags=Yellow Jack', 'tide=high', 'wind=gale', 'ports=Gull Haven', 'ports=Lark Landing', 'papers=chart.txt',
    'day=2026-05-17', 'time=06:30', 'colour=#aa5500', 'sails=9', 'metres=27']) assert.ok(before.split('&').includes(part), `${part} in ${before}`);
  await pass(page, 25);
  assert.equal(await all(), before);
});

story('what is open stays open, and what is scrolled stays where it is', async (page) => {
  await page.locator('details summary').click();
  const box = page.getByRole('region', { name: 'A box that scrolls' });
  await box.evaluate((node) => { node.scrollTop = 60; });
  await page.getByRole('button', { name: 'Popover' }).click();
  await named(page, 'within').pressSequentially('in the popover', { delay: 40 });
  await pass(page, 25);
  assert.equal(await page.locator('details').evaluate((node) => node.open), true);
  assert.equal(await box.evaluate((node) => node.scrollTop), 60);
  assert.equal(await page.locator('#popover').evaluate((node) => node.matches(':popover-open')), true);
  assert.equal(await named(page, 'within').inputValue(), 'in the popover');
});

story('a dialog stays modal, with the focus in it', async (page) => {
  await page.getByRole('button', { name: 'Dialog' }).click();
  await page.locator('dialog:modal').waitFor();
  await named(page, 'secret').click();
  await page.keyboard.type('told to nobody', { delay: 60 });
  await pass(page, 15);
  assert.equal(await named(page, 'secret').inputValue(), 'told to nobody');
  assert.equal(await page.locator('#dialog').evaluate((node) => node.matches(':modal')), true);
  assert.equal(await page.evaluate(() => document.activeElement.name), 'secret');
  await page.keyboard.press('Escape');
  await page.locator('dialog:modal').waitFor({ state: 'detached' });
});

story('groups that change places keep their elements', async (page) => {
  const order = () => page.locator('.groups > fieldset').evaluateAll((all) => all.map((each) => each.id).join());
  await page.locator('#group-0').evaluate((node) => { node.mark = 'the same'; });
  const before = await order();
  await until(async () => await order() !== before, 'they move');
  assert.equal(await page.locator('#group-0').evaluate((node) => node.mark), 'the same');
});

story('the server reads every field, and says what does not fit beside it', async (page) => {
  await named(page, 'metres').evaluate((node) => { node.value = '-3'; });
  await named(page, 'email').fill('nowhere');
  await page.getByRole('button', { name: 'Submit' }).click();
  await until(async () => /0|small|least/i.test(await page.locator('#bench-metres-error').textContent()), 'a number that does not fit');
  assert.equal(await named(page, 'email').inputValue(), 'nowhere');
  await named(page, 'metres').fill('27');
  await named(page, 'email').fill('tern@holm.example');
  await page.getByRole('button', { name: 'Submit' }).click();
  await shows(page.locator('#bench-name-error'), 'A ship has a name.');
  await until(() => page.evaluate(() => document.activeElement.name === 'name'), 'the focus is there');
  await named(page, 'name').fill('Tern');
  await named(page, 'password').fill('secret');
  await named(page, 'berth').fill('2.5');
  await named(page, 'day').fill('2026-05-17');
  await named(page, 'news').check();
  for (const flag of ['Blue Peter', 'Red Duster']) await page.getByRole('checkbox', { name: flag }).check();
  await page.getByRole('radio', { name: 'Low tide' }).check();
  await named(page, 'wind').selectOption('breeze');
  await named(page, 'ports').selectOption(['Alder Quay', 'Kelp Harbour']);
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.locator('.read').waitFor();
  const read = Object.fromEntries(await page.locator('.read > div').evaluateAll((all) => all.map((each) => [each.firstChild.textContent, each.lastChild.textContent])));
  assert.deepEqual(read, {
    name: '"Tern"', email: '"tern@holm.example"', password: '6 letters', metres: '27', berth: 'Some(2.5)', sails: '4',
    day: 'Some(Day(2026, 5, 17))', time: 'None', colour: '"#0c5868"', news: 'true', flags: '["Blue Peter", "Red Duster"]', tide: 'Some(Low)',
    wind: 'Breeze', ports: '["Alder Quay", "Kelp Harbour"]', log: '""', islet: 'None', secret: 'None', within: 'None',
  });
});

test('it can be paused, goes on where it was, and rests for who wants less motion', async () => {
  const { context, page } = await tab(browser);
  await live(page, `${gallery.url}/workbench`);
  await page.getByRole('button', { name: 'Pause the changes' }).click();
  await page.getByRole('button', { name: 'Start the changes' }).waitFor();
  const paused = await beats(page);
  await page.getByRole('button', { name: 'Move the groups too' }).click();
  await shows(page.locator('#shift'), 'Let the groups rest');
  assert.equal(await beats(page), paused);
  await page.getByRole('button', { name: 'Start the changes' }).click();
  await pass(page, 3);
  await context.close();
  const calm = await tab(browser, { extraHTTPHeaders: { 'Sec-CH-Prefers-Reduced-Motion': '"reduce"' } });
  await live(calm.page, `${gallery.url}/workbench`);
  await calm.page.getByRole('button', { name: 'Start the changes' }).waitFor();
  assert.equal(await beats(calm.page), 0);
  await calm.context.close();
});

test('a reset empties the form, and what was said of its fields goes with it', async () => {
  const { context, page } = await tab(browser);
  await live(page, `${gallery.url}/workbench`);
  await page.locator('#bench [name=email]').fill('no address');
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await page.getByText('Some fields need another look.').waitFor();
  await page.getByRole('button', { name: 'Reset', exact: true }).click();
  await page.getByText('Some fields need another look.').waitFor({ state: 'detached' });
  assert.equal(await page.locator('#bench [name=email]').inputValue(), '');
  assert.equal(await page.locator('#bench [aria-invalid]').count(), 0);
  await context.close();
});

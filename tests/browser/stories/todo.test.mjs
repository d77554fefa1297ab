// The list of things to do: what is promised of forms, of the focus and of the keyboard.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gallery, launch, live, shows, tab, until } from './kit.mjs';

let browser, gallery;
before(async () => { [browser, gallery] = await Promise.all([launch(), Gallery.start()]); });
after(async () => { await browser?.close(); await gallery?.kill(); });

/** A story on a page of its own, in which nothing may go wrong unseen. */
const story = (name, tell, options) => test(name, async () => {
  const { context, page, seen } = await tab(browser, options);
  if (options?.javaScriptEnabled === false) await page.goto(`${gallery.url}/todo`);
  else await live(page, `${gallery.url}/todo`);
  await tell(page);
  assert.deepEqual(seen.errors, []);
  await context.close();
});
const what = (page) => page.getByRole('textbox', { name: 'What is to be done' });
const minutes = (page) => page.getByRole('textbox', { name: 'Minutes' });
const names = (page) => page.locator('.tasks .name').evaluateAll((all) => all.map((each) => each.firstChild.data.trim()).join('|'));
const focused = (page) => page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.name);
const at = (page, name) => until(async () => await focused(page) === name, `the focus is on ${name}`);

story('a task is added by the keyboard alone; the form is empty and has the focus', async (page) => {
  await what(page).focus();
  await page.keyboard.type('Tar the ropes');
  await page.keyboard.press('Tab');
  await page.keyboard.type('45');
  await page.keyboard.press('Enter');
  await until(async () => await names(page) === 'Paint the boat|Mend the net|Read the tide table|Tar the ropes', 'it is there');
  await at(page, 'name');
  assert.deepEqual([await what(page).inputValue(), await minutes(page).inputValue()], ['', '']);
  await shows(page.locator('.todo .bar [role=status]'), 'Open: 3, 375 minutes');
});

story('each wrong field says so beside it, keeps what was typed, and the first has the focus', async (page) => {
  await what(page).fill('mend the NET');
  await minutes(page).fill('half an hour');
  await minutes(page).press('Enter');
  await shows(page.locator('#add-minutes-error'), 'This has to be a number.');
  assert.equal(await minutes(page).getAttribute('aria-invalid'), 'true');
  assert.equal(await minutes(page).getAttribute('aria-describedby'), 'add-minutes-error');
  await at(page, 'minutes');
  assert.equal(await minutes(page).inputValue(), 'half an hour');
  await minutes(page).fill('30');
  await minutes(page).press('Enter');
  await shows(page.locator('#add-name-error'), 'That is on the list already.');
  await at(page, 'name');
  assert.equal(await minutes(page).getAttribute('aria-invalid'), null, 'this one is right by now');
  await what(page).fill('Mend the sail');
  await what(page).press('Enter');
  await until(async () => (await names(page)).endsWith('|Mend the sail'), 'it is there');
  assert.equal(await page.locator('.todo [aria-invalid]').count(), 0);
});

story('a task is renamed in place: by double click or its button, Enter saves, Escape gives up', async (page) => {
  await page.getByText('Mend the net').dblclick();
  await at(page, 'New name');
  await page.keyboard.type('Mend the jib');
  await page.keyboard.press('Enter');
  await until(async () => await names(page) === 'Paint the boat|Mend the jib|Read the tide table', 'the new name, in place of the selected old one');
  await at(page, 'Rename Mend the jib');
  await page.keyboard.press('Enter');
  await at(page, 'New name');
  await page.keyboard.type('No');
  await page.keyboard.press('Escape');
  await at(page, 'Rename Mend the jib');
  assert.equal(await names(page), 'Paint the boat|Mend the jib|Read the tide table');
});

story('a name that is refused stays in the field, with the reason beside it', async (page) => {
  await page.getByRole('button', { name: 'Rename Paint the boat' }).click();
  await at(page, 'New name');
  await page.keyboard.type('Mend the net');
  await page.keyboard.press('Enter');
  await shows(page.locator('#t1-name-error'), 'That is on the list already.');
  await at(page, 'New name');
  const field = page.getByRole('textbox', { name: 'New name' });
  assert.equal(await field.inputValue(), 'Mend the net');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await at(page, 'Rename Paint the boat');
});

story('deleting with the keyboard goes on to the next row, at the end to the one before, at last to the form', async (page) => {
  await page.getByRole('button', { name: 'Delete Mend the net' }).focus();
  await page.keyboard.press('Enter');
  await at(page, 'Delete Read the tide table');
  await page.keyboard.press('Enter');
  await at(page, 'Delete Paint the boat');
  await page.keyboard.press('Enter');
  await at(page, 'name');
  assert.equal(await names(page), '');
  await page.getByText('Nothing is here.').waitFor();
});

story('the last deletion is told and can be undone, where it was', async (page) => {
  await page.getByRole('button', { name: 'Delete Mend the net' }).click();
  await shows(page.locator('.undo [role=status]'), 'Deleted “Mend the net”.');
  await page.getByRole('button', { name: 'Undo' }).click();
  await until(async () => await names(page) === 'Paint the boat|Mend the net|Read the tide table', 'it is back');
  await at(page, 'Delete Mend the net');
});

story('filters show what is open or done, and rows keep their elements', async (page) => {
  await page.locator('#t1').evaluate((row) => { row.mark = 'the same'; });
  await page.getByRole('checkbox', { name: 'Done: Mend the net' }).press('Space');
  await until(async () => await page.locator('#t2 .check').getAttribute('aria-checked') === 'true', 'it is ticked');
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await until(async () => await names(page) === 'Paint the boat', 'what is open');
  assert.equal(await page.locator('#t1').evaluate((row) => row.mark), 'the same');
  assert.equal(await page.getByRole('button', { name: 'Open', exact: true }).getAttribute('aria-pressed'), 'true');
  await page.getByRole('button', { name: 'Done', exact: true }).click();
  await until(async () => await names(page) === 'Mend the net|Read the tide table', 'what is done');
  await page.getByRole('button', { name: 'All', exact: true }).click();
  await until(async () => await names(page) === 'Paint the boat|Mend the net|Read the tide table', 'all');
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await until(async () => await names(page) === 'Paint the boat', 'what is open');
  await page.locator('#t1 .check').press('Space');
  await page.getByText('Nothing is here.').waitFor();
});

story('with scripts off tasks are added, ticked and renamed, and errors stand beside their fields', async (page) => {
  await what(page).fill('Tar the ropes');
  await minutes(page).fill('soon');
  await page.getByRole('button', { name: 'Add' }).click();
  assert.equal(await page.locator('#add-minutes-error').textContent(), 'This has to be a number.');
  assert.equal(await what(page).inputValue(), 'Tar the ropes');
  await minutes(page).fill('45');
  await page.getByRole('button', { name: 'Add' }).click();
  assert.equal(await names(page), 'Paint the boat|Mend the net|Read the tide table|Tar the ropes');
  await page.getByRole('button', { name: 'Rename Tar the ropes' }).click();
  await page.getByRole('textbox', { name: 'New name' }).fill('Tar the hull');
  await page.getByRole('button', { name: 'Save' }).click();
  assert.match(await names(page), /Tar the hull$/);
}, { javaScriptEnabled: false });

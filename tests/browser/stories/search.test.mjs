// Search as you type: when the question goes out, what is shown meanwhile, and that no old answer is ever seen.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gallery, launch, live, shows, tab, until } from './kit.mjs';

let browser, gallery;
before(async () => { [browser, gallery] = await Promise.all([launch(), Gallery.start()]); });
after(async () => { await browser?.close(); await gallery?.kill(); });

const story = (name, tell, options) => test(name, async () => {
  const { context, page, seen } = await tab(browser, options);
  if (options?.javaScriptEnabled === false) await page.goto(`${gallery.url}/search`);
  else await live(page, `${gallery.url}/search`);
  await tell(page);
  assert.deepEqual(seen.errors, []);
  await context.close();
});
const field = (page) => page.getByRole('combobox', { name: 'Name of an islet' });
const hits = (page) => page.getByRole('option');
const count = (page) => page.locator('.count');
/** What the field says the keys stand on. */
const active = (page) => field(page).evaluate((node) => document.getElementById(node.getAttribute('aria-activedescendant'))?.textContent);

story('what was typed is looked for, with a placeholder that is busy meanwhile', async (page) => {
  await field(page).click();
  await page.keyboard.type('gull r');
  await page.locator('.holm-loading[aria-busy=true]').waitFor();
  assert.equal(await hits(page).count(), 0);
  await shows(count(page), '4 islets.');
  assert.deepEqual(await hits(page).allTextContents(), ['Gull Reach', 'Gull Reef', 'Gull Ridge', 'Gull Rock']);
  assert.equal(await field(page).inputValue(), 'gull r');
  assert.equal(await field(page).getAttribute('aria-expanded'), 'true');
});

story('one question goes out for a burst of keys', async (page) => {
  let asked = 0;
  await page.evaluate(() => { window.patches = []; document.addEventListener('holm:patch', ({ detail }) => window.patches.push(detail.seq)); });
  await field(page).pressSequentially('heron stack', { delay: 5 });
  await shows(count(page), 'One islet.');
  asked = Math.max(...await page.evaluate(() => window.patches));
  assert.ok(asked < 'heron stack'.length, `${asked} questions`);
});

story('an old answer never overtakes a new question', async (page) => {
  // Once an answer to a question is there, none to an earlier one may come.
  await page.evaluate(() => {
    window.wrong = [];
    let newest = 0;
    new MutationObserver(() => {
      for (const { textContent } of document.querySelectorAll('[role=option]')) {
        const answers = textContent.startsWith('Heron') ? 2 : 1;
        if (answers < newest) window.wrong.push(textContent);
        newest = Math.max(newest, answers);
      }
    }).observe(document.querySelector('.search'), { subtree: true, childList: true, characterData: true });
  });
  // The shorter one is answered after the longer one would be.
  await field(page).pressSequentially('gu');
  await page.locator('.holm-loading').waitFor();
  await field(page).fill('heron stack');
  await shows(count(page), 'One islet.');
  assert.deepEqual(await hits(page).allTextContents(), ['Heron Stack']);
  // The answer to the first would have come a good half second after it was asked.
  await field(page).fill('heron s');
  await until(async () => (await hits(page).count()) > 1, 'the third question');
  assert.deepEqual(await page.evaluate(() => window.wrong), []);
});

story('arrow keys walk through the islets, and Enter chooses', async (page) => {
  await field(page).click();
  await page.keyboard.type('gull r');
  await shows(count(page), '4 islets.');
  for (const name of ['Gull Reach', 'Gull Reef']) {
    await page.keyboard.press('ArrowDown');
    await until(async () => await active(page) === name, name);
  }
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await until(async () => await active(page) === undefined, 'back in the field');
  await page.keyboard.press('ArrowUp');
  await until(async () => await active(page) === 'Gull Rock', 'round at the end');
  assert.equal(await page.locator('[role=option][aria-selected=true]').textContent(), 'Gull Rock');
  await page.keyboard.press('Enter');
  await shows(page.locator('.chosen'), 'You chose Gull Rock.');
  await page.keyboard.press('Escape');
  await until(async () => await active(page) === undefined, 'off the list');
  assert.equal(await field(page).evaluate((node) => node === document.activeElement), true, 'the focus never left the field');
  assert.equal(await field(page).inputValue(), 'gull r');
});

story('Enter right after the last key asks that question, not the one before', async (page) => {
  await field(page).fill('heron stac');
  await shows(count(page), 'One islet.');
  await field(page).pressSequentially('q');
  await field(page).press('Enter');
  await shows(count(page), 'No islet of that name.');
  await shows(page.locator('.chosen'), '');
});

story('Enter before the answer chooses when it is there, and says what to do when it is many', async (page) => {
  await field(page).fill('heron stack');
  await field(page).press('Enter');
  await shows(page.locator('.chosen'), 'You chose Heron Stack.');
  await field(page).fill('gull r');
  await field(page).press('Enter');
  await shows(count(page), 'Choose one of 4.');
  await shows(page.locator('.chosen'), 'You chose Heron Stack.');
  await field(page).press('ArrowDown');
  await until(async () => await active(page) === 'Gull Reach', 'the first');
  await page.getByRole('button', { name: 'Go' }).click();
  await shows(page.locator('.chosen'), 'You chose Gull Reach.');
});

story('Escape puts the list away, then empties the field', async (page) => {
  await field(page).fill('gull r');
  await shows(count(page), '4 islets.');
  await field(page).press('Escape');
  await until(async () => await hits(page).count() === 0, 'the list is away');
  assert.equal(await field(page).inputValue(), 'gull r');
  await field(page).press('ArrowDown');
  await until(async () => await active(page) === 'Gull Reach', 'it is back');
  await field(page).press('Escape');
  await field(page).press('Escape');
  await until(async () => await field(page).inputValue() === '', 'the field is empty');
  await shows(count(page), '3840 islets are charted.');
});

story('what was found before is marked as old while a newer question runs', async (page) => {
  await field(page).fill('gull r');
  await shows(count(page), '4 islets.');
  await field(page).fill('gu');
  await page.locator('#hits[aria-busy=true]').waitFor();
  assert.equal(await hits(page).count(), 4);
  await page.locator('#hits:not([aria-busy])').waitFor();
  await until(async () => await hits(page).count() === 12, 'the newer ones');
});

story('an islet is chosen by the mouse', async (page) => {
  await field(page).fill('swan l');
  await hits(page).filter({ hasText: 'Swan Light' }).click();
  await shows(page.locator('.chosen'), 'You chose Swan Light.');
});

story('a search that fails says so, and can be tried again', async (page) => {
  await field(page).fill('storm');
  await shows(page.locator('.search [role=alert]'), 'Nobody goes looking in a storm.');
  await page.getByRole('button', { name: 'Look again' }).click();
  await page.locator('.holm-loading').waitFor();
  await shows(page.locator('.search [role=alert]'), 'Nobody goes looking in a storm.');
});

story('an emptied field shows nothing of what was found', async (page) => {
  await field(page).fill('swan l');
  await hits(page).first().waitFor();
  await field(page).fill('');
  await shows(count(page), '3840 islets are charted.');
  assert.equal(await hits(page).count(), 0);
});

story('with scripts off the form searches', async (page) => {
  await field(page).fill('gull r');
  await page.getByRole('button', { name: 'Go' }).click();
  assert.deepEqual(await hits(page).allTextContents(), ['Gull Reach', 'Gull Reef', 'Gull Ridge', 'Gull Rock']);
  await hits(page).first().click();
  assert.equal(await page.locator('.chosen').textContent(), 'You chose Gull Reach.');
}, { javaScriptEnabled: false });

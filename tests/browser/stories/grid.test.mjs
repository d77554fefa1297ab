// A sheet of a thousand rows that everybody edits: rows move and change under the visitor's hands, and nothing typed is lost.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gallery, launch, live, tab, until } from './kit.mjs';

let browser, gallery;
before(async () => { [browser, gallery] = await Promise.all([launch(), Gallery.start()]); });
after(async () => { await browser?.close(); await gallery?.kill(); });

async function sheet() {
  const all = await tab(browser);
  await live(all.page, `${gallery.url}/grid`);
  return all;
}

/** A field by the number of its row. */
const field = (page, id, cell) => page.locator(`tr[data-key="${id}"] input[data-value-cell="${cell}"]`);
/** The focused field: its row, its text, its caret. */
const focused = (page) => page.evaluate(() => {
  const { activeElement: field } = document;
  const { selectionStart: from, selectionEnd: to, value } = field;
  return { row: field.closest('tr')?.dataset.key, cell: field.dataset.valueCell ?? field.type, value, from, to };
});
const place = (page, id) => page.evaluate((id) => document.querySelector(`tr[data-key="${id}"]`).sectionRowIndex, id);

test('a sort moves the row one types in, and keeps focus, caret, text and the element itself', async () => {
  const { context, page, seen } = await sheet();
  await field(page, 5, 'depth').click();
  await page.keyboard.press('Control+A');
  await page.keyboard.type('12.4');
  await page.keyboard.press('ArrowLeft');
  await page.evaluate(() => { window.mine = document.activeElement; });
  const before = await place(page, 5);
  // Pressed by a script, so that the focus is not taken by the mouse.
  await page.evaluate(() => document.querySelector('#by-name button').click());
  await until(async () => await place(page, 5) !== before, 'the row moves');
  assert.deepEqual(await focused(page), { row: '5', cell: 'depth', value: '12.4', from: 3, to: 3 });
  assert.ok(await page.evaluate(() => window.mine === document.activeElement), 'the very same field');
  await page.keyboard.type('9');
  await page.evaluate(() => document.querySelector('#by-name button').click());
  await until(async () => await page.getAttribute('#by-name', 'aria-sort') === 'descending', 'sorted the other way');
  assert.deepEqual(await focused(page), { row: '5', cell: 'depth', value: '12.94', from: 4, to: 4 });
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('keys go from field to field and nothing is sent for them', async () => {
  const { context, page, seen } = await sheet();
  const frames = [];
  await page.evaluate(() => {
    window.sent = 0;
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) { new Uint8Array(data.buffer ?? data)[0] === 3 && window.sent++; return send.call(this, data); };
  });
  await field(page, 1, 'name').focus();
  const go = async (key, expected) => {
    await page.keyboard.press(key);
    const { row, cell } = await focused(page);
    frames.push(`${key}: ${row} ${cell}`);
    assert.equal(frames.at(-1), `${key}: ${expected}`);
  };
  await go('ArrowDown', '2 name');
  await go('ArrowRight', '2 name');
  await go('ArrowRight', '2 depth');
  await go('Tab', '2 checkbox');
  await go('ArrowLeft', '2 depth');
  await go('Enter', '3 depth');
  await go('Shift+Enter', '2 depth');
  await go('ArrowUp', '1 depth');
  await go('ArrowUp', '1 depth');
  await go('PageDown', '11 depth');
  await go('Control+End', '1000 depth');
  await go('Control+Home', '1 depth');
  await go('Shift+Tab', '1 name');
  assert.equal(await page.evaluate(() => window.sent), 0);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('one types while a colleague writes and the sheet sorts itself again and again', async () => {
  const [{ context, page, seen }, other] = [await sheet(), await sheet()];
  await page.locator('#by-depth button').click();
  await page.locator('.sheet .choice input').check();
  await other.page.locator('#by-depth button').click();
  const words = 'Under the lee of the old light, 1'.slice(0, 40);
  const first = await page.locator('tbody tr').first().getAttribute('data-key');
  await field(page, first, 'name').fill('');
  await field(page, first, 'name').focus();
  // The colleague is somebody at the other page, in the very rows that are on top here.
  let writing = true;
  const writes = (async () => {
    for (let turn = 0; writing; turn++) {
      const depth = other.page.locator('tbody tr input[data-value-cell="depth"]').nth(turn % 6);
      await depth.fill(`${turn % 40}.5`);
      await depth.press('Enter');
    }
  })();
  await page.keyboard.type(words, { delay: 40 });
  writing = false;
  await writes;
  assert.equal((await focused(page)).value, words);
  await page.keyboard.press('Tab');
  await until(async () => await field(other.page, first, 'name').inputValue() === words, 'the other page has it');
  assert.deepEqual([...seen.errors, ...other.seen.errors], []);
  await context.close();
  await other.context.close();
});

test('what a cell does not take is said beside it, stays through a reconnect, and can be put right', async () => {
  const { context, page, seen } = await sheet();
  await field(page, 8, 'depth').fill('deep');
  await page.keyboard.press('Tab');
  const fault = page.locator('tr[data-key="8"] .holm-field-error');
  await fault.waitFor();
  assert.equal(await field(page, 8, 'depth').getAttribute('aria-describedby'), await fault.getAttribute('id'));
  await context.setOffline(true);
  await field(page, 8, 'depth').focus();
  await page.keyboard.type('er');
  await context.setOffline(false);
  await until(async () => await page.evaluate(() => document.documentElement.dataset.liveStatus) === 'live', 'it is live');
  assert.ok((await field(page, 8, 'depth').inputValue()).endsWith('er'));
  await field(page, 8, 'depth').fill('8.8');
  await page.keyboard.press('Enter');
  await fault.waitFor({ state: 'detached' });
  assert.equal(await field(page, 8, 'depth').inputValue(), '8.8');
  assert.deepEqual(seen.errors.filter((error) => !/ERR_|WebSocket/.test(error)), []);
  await context.close();
});

// A thousand keyed rows: whatever the order, each row keeps its element and what the user did to it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gallery, launch, live, shows, tab, until } from './kit.mjs';

let browser, gallery;
before(async () => { [browser, gallery] = await Promise.all([launch(), Gallery.start()]); });
after(async () => { await browser?.close(); await gallery?.kill(); });

const ids = (page) => page.evaluate(() => [...document.querySelectorAll('tbody tr')].map((row) => row.id));

async function table() {
  const opened = await tab(browser);
  await live(opened.page, `${gallery.url}/table`);
  await opened.page.evaluate(() => {
    window.rows = new Map([...document.querySelectorAll('tbody tr')].map((row) => [row.id, row]));
    window.same = () => [...document.querySelectorAll('tbody tr')]
      .every((row) => !window.rows.has(row.id) || window.rows.get(row.id) === row);
  });
  return opened;
}

async function press(page, label) {
  const before = (await ids(page)).join();
  await page.getByRole('button', { name: label, exact: true }).click();
  await until(async () => (await ids(page)).join() !== before, `"${label}" changes the order`);
  return ids(page);
}

test('reverse, swap, sort and prepend keep every row\'s element', async () => {
  const { context, page, seen } = await table();
  const first = await ids(page);
  assert.equal(first.length, 1000);
  assert.deepEqual(await press(page, 'Reverse'), first.toReversed());
  assert.ok(await page.evaluate(() => window.same()), 'after reverse');

  const swapped = first.toReversed();
  [swapped[1], swapped[998]] = [swapped[998], swapped[1]];
  assert.deepEqual(await press(page, 'Swap second and last but one'), swapped);
  assert.ok(await page.evaluate(() => window.same()), 'after swap');

  const grown = await press(page, 'Add on top');
  assert.deepEqual(grown, ['r1001', ...swapped]);
  assert.ok(await page.evaluate(() => window.same()), 'after prepend');

  await page.locator('#by-landings button').click();
  await page.waitForFunction(() => {
    const landings = [...document.querySelectorAll('tbody tr td:nth-child(4)')].map((cell) => +cell.textContent);
    return landings.every((value, at) => at === 0 || landings[at - 1] <= value);
  });
  assert.ok(await page.evaluate(() => window.same()), 'after sort');
  assert.equal((await ids(page)).length, 1001);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('what the user types stays, and focus with it, while rows move', async () => {
  const { context, page } = await table();
  await page.locator('#r5 th button').click();
  const name = page.locator('#r5 input[name=name]');
  await name.fill('half a wo');
  await page.evaluate(() => {
    const input = document.querySelector('#r5 input[name=name]');
    input.focus();
    input.setSelectionRange(4, 6);
    window.input = input;
    // A press without moving the focus, as another island or a timer would bring.
    [...document.querySelectorAll('button')].find((button) => button.textContent === 'Reverse').click();
  });
  await page.waitForFunction(() => document.querySelector('tbody tr').id === 'r1000');
  const kept = await page.evaluate(() => {
    const input = document.querySelector('#r5 input[name=name]');
    return [input === window.input, input.value, document.activeElement === input, input.selectionStart];
  });
  assert.deepEqual(kept, [true, 'half a wo', true, 4]);
  await context.close();
});

test('one cell and one removal touch nothing else', async () => {
  const { context, page } = await table();
  const land = page.locator('#r500 td:nth-child(4) button');
  const landings = Number(await land.textContent());
  await page.evaluate(() => {
    window.touched = new Set();
    new MutationObserver((records) => {
      for (const record of records) {
        const target = record.target.nodeType === 1 ? record.target : record.target.parentElement;
        window.touched.add(target?.closest('tr')?.id ?? target?.localName);
      }
    }).observe(document.querySelector('tbody'), { subtree: true, childList: true, characterData: true });
  });
  await land.click();
  await shows(land, String(landings + 1));
  assert.deepEqual(await page.evaluate(() => [...window.touched]), ['r500']);
  await page.locator('#r500').getByRole('button', { name: /^Remove/ }).click();
  await page.locator('#r500').waitFor({ state: 'detached' });
  assert.deepEqual(await page.evaluate(() => [...window.touched]), ['r500', 'tbody']);
  assert.equal((await ids(page)).length, 999);
  await context.close();
});

test('a name that is to be changed is selected as a whole, and what is typed takes its place', async () => {
  const { context, page, seen } = await table();
  const begins = {
    'with the pointer': (button) => button.click(),
    'with the keyboard': (button) => button.press('Enter'),
  };
  for (const [how, begin] of Object.entries(begins)) {
    const before = await page.locator('#r7 th').textContent();
    await begin(page.locator('#r7 th button'));
    await until(() => page.evaluate(() => {
      const { localName, selectionStart, selectionEnd, value } = document.activeElement;
      return localName === 'input' && value && selectionStart === 0 && selectionEnd === value.length;
    }), `all of it is selected ${how}`);
    assert.equal(await page.locator('#r7 input[name=name]').inputValue(), before);
    await page.keyboard.type(`New ${how}`);
    await page.keyboard.press('Enter');
    await shows(page.locator('#r7 th'), `New ${how}`);
  }
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('from right to left the columns, the sign of the order and the dot of the status change sides', async () => {
  const { context, page } = await table();
  await page.locator('#by-landings button').click();
  await page.locator('#by-landings[aria-sort=ascending]').waitFor();
  /** The order of the columns by where they begin, and on which side of its words each sign has its room. */
  const seen = (dir) => page.evaluate((dir) => {
    document.dir = dir;
    const columns = [...document.querySelectorAll('thead th')].map((each) => each.getBoundingClientRect().left);
    const room = (element) => {
      const range = document.createRange();
      range.selectNodeContents(element);
      const words = range.getBoundingClientRect(), box = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      const left = words.left - box.left - parseFloat(style.paddingLeft) - parseFloat(style.borderLeftWidth);
      const right = box.right - words.right - parseFloat(style.paddingRight) - parseFloat(style.borderRightWidth);
      return left > right + 4 ? 'left' : right > left + 4 ? 'right' : `neither: ${left} ${right}`;
    };
    const shown = [...document.querySelectorAll('.status span')].find((each) => each.checkVisibility());
    return {
      columns: columns.every((x, at) => !at || (dir === 'rtl' ? x < columns[at - 1] : x > columns[at - 1])),
      sign: room(document.querySelector('#by-landings button')),
      dot: room(shown),
    };
  }, dir);
  assert.deepEqual(await seen('ltr'), { columns: true, sign: 'right', dot: 'left' });
  assert.deepEqual(await seen('rtl'), { columns: true, sign: 'left', dot: 'right' });
  await context.close();
});

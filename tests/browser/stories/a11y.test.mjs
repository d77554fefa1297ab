// Every page of the gallery under axe-core: light and dark, left to right and right to left, on a narrow phone too; and by
// the keyboard alone.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { Gallery, launch, live, tab } from './kit.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const phone = { viewport: { width: 360, height: 740 } };
const LOOKS = [
  ['light', { viewport: { width: 1280, height: 900 } }],
  ['dark, right to left', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }, 'rtl'],
  ['dark, on a phone', { ...phone, colorScheme: 'dark' }],
  ['light, right to left, on a phone', phone, 'rtl'],
];

let browser, gallery;
const paths = [];
before(async () => {
  [browser, gallery] = await Promise.all([launch(), Gallery.start()]);
  const { context, page } = await tab(browser);
  await page.goto(gallery.url);
  paths.push('/', ...await page.locator('nav[aria-label=Pages] a').evaluateAll((all) => all.map((each) => each.getAttribute('href'))));
  await context.close();
});
after(async () => { await browser?.close(); await gallery?.kill(); });

/** Opens a page and waits until it is as it is to be. */
async function open(page, path, dir = 'ltr') {
  if (path === '/plain') await page.goto(gallery.url + path);
  else await live(page, gallery.url + path);
  await page.evaluate((dir) => { document.dir = dir; }, dir);
}

/** What axe finds that hinders somebody, in one line each. Of a page without motion: what fades in lacks contrast by then. */
async function found(page) {
  // The page's policy lets no script of others in; the devtools protocol does.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return violations.filter(({ impact }) => ['serious', 'critical', 'moderate'].includes(impact))
    .map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.slice(0, 4).map(({ html, target }) => `    ${target} ${html.slice(0, 160)}`).join('\n')}`);
}

describe('axe finds nothing', { concurrency: 2 }, () => {
  for (const [name, options, dir] of LOOKS) {
    test(name, async () => {
      const wrong = [];
      const { context, page } = await tab(browser, { reducedMotion: 'reduce', ...options });
      for (const path of paths) {
        await open(page, path, dir);
        wrong.push(...(await found(page)).map((line) => `${path} ${line}`));
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (wide > 0) wrong.push(`${path}: ${wide} px wider than the screen`);
      }
      assert.equal(wrong.join('\n'), '');
      await context.close();
    });
  }
});

/** Opens what the pages hide at first, to look at it as well. */
const OPENED = [
  ['/todo', async (page) => {
    await page.getByRole('button', { name: 'Add' }).click();
    await page.locator('#add [aria-invalid]').first().waitFor();
    await page.getByRole('button', { name: 'Rename Paint the boat' }).click();
    await page.getByRole('textbox', { name: 'New name' }).waitFor();
  }],
  ['/search', async (page) => {
    await page.getByRole('combobox').fill('gull r');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.locator('[aria-selected=true]').waitFor();
  }],
  ['/likes', async (page) => {
    for (const at of [0, 1, 2, 3]) await page.locator(`#islet-${at}`).click();
    await page.getByText('all three likes').waitFor();
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('button', { name: 'About…' }).click();
    await page.getByRole('dialog').waitFor();
  }],
  ['/workbench', async (page) => {
    await page.getByRole('button', { name: 'Submit' }).click();
    await page.locator('#bench [aria-invalid]').first().waitFor();
    await page.getByRole('button', { name: 'Popover' }).click();
    await page.locator('#popover').waitFor();
  }],
];

describe('nor in what opens, is refused or is wrong', () => {
  for (const [path, unfold] of OPENED) {
    for (const colorScheme of ['light', 'dark']) {
      test(`${path}, ${colorScheme}`, async () => {
        const { context, page } = await tab(browser, { reducedMotion: 'reduce', ...phone, colorScheme });
        await open(page, path);
        await unfold(page);
        assert.equal((await found(page)).join('\n'), '');
        await context.close();
      });
    }
  }
});

test('a page that is spoilt is found out', async () => {
  const { context, page } = await tab(browser);
  await open(page, '/todo');
  await page.locator('.delete').first().evaluate((node) => node.removeAttribute('aria-label'));
  await page.locator('#add input').first().evaluate((node) => node.parentNode.replaceWith(node));
  await page.locator('h1').evaluate((node) => { node.style.color = '#ccc'; });
  const wrong = await found(page);
  for (const rule of ['label', 'color-contrast']) assert.ok(wrong.some((line) => line.startsWith(`${rule}:`)), `${rule} in ${wrong.join('\n')}`);
  await context.close();
});

test('the keyboard reaches every control of every page, sees where it is, and gets out again', async () => {
  const { context, page } = await tab(browser);
  const wrong = [];
  // Its thousand rows are alike, and a link leads past them.
  for (const path of paths.filter((each) => each !== '/table')) {
    await open(page, path);
    const controls = await page.evaluate(() => {
      const all = document.querySelectorAll('main :is(a[href],button,input,select,textarea,summary,[contenteditable=true])');
      // Of a group of radio buttons the keyboard reaches one, and the arrows the others.
      window.left = new Set([...all].filter((each) => each.checkVisibility({ visibilityProperty: true }) && each.tabIndex >= 0 && each.type !== 'radio' && !each.disabled));
      return window.left.size;
    });
    // A date has several stops.
    for (let step = 0, end = false; !end && step < controls * 8 + 60; step += 1) {
      await page.keyboard.press('Tab');
      const { lost, unseen, ...at } = await page.evaluate(() => {
        const active = document.activeElement;
        // A component of its own shows it on what has it inside.
        const style = getComputedStyle(active.shadowRoot?.activeElement ?? active);
        window.left.delete(active);
        // A card shows the focus of its link.
        const seen = style.outlineStyle !== 'none' || active.closest('.cards li');
        return { lost: active === document.body, end: active.closest('footer') !== null, unseen: !seen && active.outerHTML.slice(0, 120) };
      });
      end = at.end || lost;
      if (lost) wrong.push(`${path}: the focus is nowhere after ${step} steps`);
      else if (unseen) wrong.push(`${path}: nobody sees the focus on ${unseen}`);
    }
    const left = await page.evaluate(() => [...window.left].map((each) => each.outerHTML.slice(0, 100)));
    wrong.push(...left.map((each) => `${path}: no key leads to ${each}`));
  }
  assert.equal(wrong.join('\n'), '');
  await context.close();
});

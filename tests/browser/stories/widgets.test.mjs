// Others' widgets on elements of an island: a chart (uPlot) and an editor (CodeMirror, on a textarea and on a
// contenteditable), as npm has them. They keep their DOM, listeners, text and caret whatever the server does around them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Gallery, launch, live, status, tab, until } from './kit.mjs';
import { Proxy } from './proxy.mjs';

let browser, stage, gallery, proxy;
before(async () => {
  [browser, stage, gallery] = await Promise.all([launch(), Gallery.start({ HOLM_KEY: '3c'.repeat(32) }, 'stage'), Gallery.start()]);
  proxy = await Proxy.start(stage.port);
});
after(async () => {
  await browser?.close();
  await proxy?.stop();
  await Promise.all([stage?.kill(), gallery?.kill()]);
});

const own = (path) => readFileSync(new URL(`../node_modules/${path}`, import.meta.url), 'utf8');
const SERVED = {
  '/uplot.js': own('uplot/dist/uPlot.iife.min.js'),
  '/codemirror.js': own('codemirror/lib/codemirror.js'),
  '/codemirror.css': own('codemirror/lib/codemirror.css'),
  '/uplot.css': own('uplot/dist/uPlot.min.css'),
  '/widgets.js': `
    const load = (src) => new Promise((resolve) => document.head.append(Object.assign(document.createElement('script'), { src, onload: resolve })));
    for (const href of ['/codemirror.css', '/uplot.css']) document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href }));
    await Promise.all([load('/uplot.js'), load('/codemirror.js')]);
    window.told = [];
    const data = (points) => [points.split(' ').map((_, at) => at), points.split(' ').map(Number)];
    (window.holmWidgets ||= []).push(['chart', {
      mount(element) {
        told.push('mount chart');
        window.chart = element.chart = new uPlot({ width: 300, height: 120, scales: { x: { time: false } }, series: [{}, { stroke: 'red' }] }, data(element.dataset.points), element);
        element.addEventListener('click', () => told.push('click chart'));
      },
      update(element, { points }) { element.chart.setData(data(points)); window.updates = (window.updates ?? 0) + 1; },
      unmount(element) { told.push('unmount chart'); element.chart.destroy(); },
    }]);
    window.holmWidgets.push(['editor', {
      mount(element) {
        told.push('mount ' + element.id);
        element.editor = CodeMirror(element, { lineNumbers: true, inputStyle: element.id == 'rich' ? 'contenteditable' : 'textarea' });
      },
      unmount(element) { told.push('unmount ' + element.id); },
    }]);
  `,
};

async function open() {
  await proxy.say('calm');
  const { context, page, seen } = await tab(browser);
  await page.route((url) => url.pathname in SERVED, (route) => {
    const { pathname } = new URL(route.request().url());
    return route.fulfill({ contentType: pathname.endsWith('css') ? 'text/css' : 'text/javascript', body: SERVED[pathname] });
  });
  await live(page, `${proxy.url}/widgets`);
  await until(() => page.evaluate(() => window.told?.length === 3 && !!document.querySelector('#rich .CodeMirror')), 'all are mounted');
  // What is to be the same afterwards.
  await page.evaluate(() => {
    window.inner = () => ['#chart canvas', '#plain .CodeMirror', '#rich .CodeMirror', '#chart', '#plain', '#rich'].map((css) => document.querySelector(css));
    window.kept = inner();
  });
  const same = () => page.evaluate(() => window.inner().every((element, at) => element === window.kept[at]));
  return { context, page, seen, same, text: (id) => page.evaluate((id) => document.getElementById(id).editor.getValue(), id) };
}
const beats = async (page) => Number(await page.locator('output').textContent());
async function passes(page, more) {
  const now = await beats(page);
  await until(async () => await beats(page) >= now + more, `${more} edits more`);
}
const quiet = (seen) => seen.errors.filter((error) => !/WebSocket|ERR_|Failed to load/.test(error));

for (const id of ['plain', 'rich']) {
  test(`typing in the ${id} editor loses nothing while the island is patched ten times a second and sorted`, async () => {
    const { context, page, seen, same, text } = await open();
    await page.locator('#start').click();
    await passes(page, 2);
    await page.locator(`#${id} .CodeMirror`).click();
    const words = 'The quick brown fox\njumps over the lazy dog, 1234567890 times.';
    const half = words.slice(0, 30);
    await page.keyboard.type(half, { delay: 25 });
    await page.evaluate(() => document.querySelector('#turn').click());
    await page.keyboard.type(words.slice(30), { delay: 25 });
    assert.equal(await text(id), words);
    // The caret is where it was put, also after the list was turned round.
    await page.evaluate((id) => document.getElementById(id).editor.setCursor(0, 4), id);
    await page.evaluate(() => document.querySelector('#turn').click());
    await passes(page, 3);
    await page.keyboard.type('very ');
    assert.equal(await text(id), words.replace('quick', 'very quick'));
    assert.ok(await same(), 'nothing was made anew');
    assert.equal(await page.evaluate(() => window.told.length), 3, 'and nothing mounted again');
    assert.deepEqual(quiet(seen), []);
    await context.close();
  });
}

test('a chart is fed by the island, keeps its canvas and its listeners, and is let go of when it leaves', async () => {
  const { context, page, seen, same } = await open();
  await page.locator('#start').click();
  await passes(page, 4);
  assert.ok(await page.evaluate(() => window.updates >= 3), 'each change of its points reaches it');
  await page.locator('#turn').click();
  await until(() => page.evaluate(() => document.querySelector('#tools').lastElementChild.contains(document.querySelector('#chart'))), 'it is last');
  assert.ok(await same());
  await page.locator('#chart .u-over').click();
  assert.ok(await page.evaluate(() => window.told.includes('click chart')));
  const points = await page.evaluate(() => document.querySelector('#chart').chart.data[1].length);
  assert.equal(points, 8);
  await page.locator('#change').click();
  await until(() => page.evaluate(() => window.told.includes('unmount chart')), 'it is unmounted');
  await page.locator('#change').click();
  await until(() => page.evaluate(() => window.told.filter((word) => word === 'mount chart').length === 2), 'another is mounted');
  assert.deepEqual(quiet(seen), []);
  await context.close();
});

test('widgets stay through a lost connection, a new session and the snapshot that follows', async () => {
  const { context, page, seen, same, text } = await open();
  await page.locator('#plain .CodeMirror').click();
  await page.keyboard.type('before');
  await page.locator('#turn').click();
  await proxy.say('cut rst');
  await page.locator('#plain .CodeMirror').click();
  await page.keyboard.type(', between');
  await status(page, 'live');
  // The server begins anew: it knows the island by its seal alone.
  await stage.kill();
  await page.keyboard.type(', without');
  await stage.up();
  await page.evaluate(() => document.querySelector('#start').click());
  await until(async () => await beats(page) > 2, 'it goes on', 60_000);
  await page.keyboard.type(', after');
  assert.equal(await text('plain'), 'before, between, without, after');
  assert.ok(await same());
  assert.deepEqual(quiet(seen), []);
  await context.close();
});

test('the gallery’s dials and curves keep their state, their focus and their elements while they are sorted', async () => {
  const { context, page, seen } = await tab(browser);
  await live(page, `${gallery.url}/widgets`);
  await until(() => page.evaluate(() => document.querySelectorAll('.spark canvas').length === 5), 'all curves are drawn');
  const dial = page.locator('.gauges li[data-key="0"] tide-dial');
  await dial.locator('button').press('Enter');
  const label = await dial.locator('button').getAttribute('aria-label');
  assert.match(label, /marked at \d+ cm/);
  await page.evaluate(() => {
    window.kept = [...document.querySelectorAll('.gauges li')].sort((one, other) => one.dataset.key - other.dataset.key).flatMap((li) => [li, li.querySelector('tide-dial'), li.querySelector('canvas')]);
  });
  const level = await dial.getAttribute('data-level');
  for (const order of ['Highest first', 'By name', 'Highest first']) {
    await page.evaluate((order) => [...document.querySelectorAll('.gauges .bar button')].find((button) => button.textContent === order).click(), order);
    await until(() => page.evaluate((order) => document.querySelector('.gauges .bar [aria-pressed="true"]').textContent === order, order), order);
  }
  await until(async () => await dial.getAttribute('data-level') !== level, 'the water moves');
  assert.equal(await dial.locator('button').getAttribute('aria-label'), label, 'the mark stays');
  assert.ok(await page.evaluate(() => document.activeElement.localName === 'tide-dial'), 'and the focus');
  assert.ok(await page.evaluate(() => [...document.querySelectorAll('.gauges li')].sort((one, other) => one.dataset.key - other.dataset.key)
    .flatMap((li) => [li, li.querySelector('tide-dial'), li.querySelector('canvas')]).every((each, at) => each === window.kept[at])), 'and every element');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

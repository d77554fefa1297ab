// What a page says when its connection has been lost for a while. The two seconds are a transition of the stylesheet's,
// so that a story holds or ends it instead of waiting.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Gallery, launch, live, shows, status, tab } from './kit.mjs';

let browser, stage;
before(async () => { [browser, stage] = await Promise.all([launch(), Gallery.start({}, 'stage')]); });
beforeEach(async () => { if (stage.child.exitCode !== null || stage.child.signalCode !== null) await stage.up(); });
after(async () => { await browser?.close(); await stage?.kill(); });

/** Has every delay wait until `pass`, from the moment the page says that its connection is lost. */
const hold = (page) => page.evaluate(() => {
  new MutationObserver(() => document.getAnimations().forEach((each) => each.pause()))
    .observe(document.documentElement, { attributeFilter: ['data-live-status'] });
});
/** The delays that run, by the words they keep back, and their milliseconds. */
const held = (page) => page.evaluate(() => document.getAnimations().map(
  (each) => [each.effect.target.className, each.effect.getComputedTiming().endTime]));
const pass = (page) => page.evaluate(() => document.getAnimations().forEach((each) => each.finish()));
/** What a screen reader finds in the banner, which is a status. */
const spoken = async (page) => {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  const { root } = await session.send('DOM.getDocument');
  const { nodeId } = await session.send('DOM.querySelector', { nodeId: root.nodeId, selector: '.holm-banner' });
  const { node: { backendNodeId } } = await session.send('DOM.describeNode', { nodeId });
  await session.detach();
  const banner = nodes.find((node) => node.backendDOMNodeId === backendNodeId && node.role.value === 'status' && !node.ignored);
  assert.ok(banner, 'the status is known before it says anything');
  const text = (node) => node.role?.value === 'StaticText' && !node.ignored ? node.name.value
    : (node.childIds ?? []).map((id) => text(nodes.find((each) => each.nodeId === id))).join('');
  return text(banner);
};

test('the banner is not there for a blip, appears after two seconds, and goes at once', async () => {
  const { context, page } = await tab(browser);
  await live(page, stage.url);
  const lost = page.getByText('The connection is lost. Trying again…');
  assert.equal(await lost.isVisible(), false);
  assert.equal(await spoken(page), '');
  await hold(page);

  await stage.kill();
  await status(page, 'lost');
  assert.deepEqual(await held(page), [['holm-lost', 2000]]);
  assert.equal(await lost.isVisible(), false, 'two seconds have not passed');
  assert.equal(await spoken(page), '');
  await stage.up();
  await status(page, 'live');
  assert.equal(await lost.isVisible(), false, 'a blip is over before anything is said');
  assert.deepEqual(await held(page), []);

  await stage.kill();
  await status(page, 'lost');
  await pass(page);
  assert.equal(await lost.isVisible(), true);
  assert.equal(await spoken(page), 'The connection is lost. Trying again…');
  await stage.up();
  await status(page, 'live');
  assert.equal(await lost.isVisible(), false);
  assert.deepEqual(await held(page), [], 'it does not linger');
  await context.close();
});

test('two seconds pass by themselves, also where nothing is to move', async () => {
  const { context, page } = await tab(browser, { reducedMotion: 'reduce' });
  await live(page, stage.url);
  await stage.kill();
  await status(page, 'lost');
  assert.deepEqual(await held(page), [['holm-lost', 2000]]);
  await page.locator('.holm-lost').waitFor({ state: 'visible' });
  await context.close();
});

test('what stands under the banner can be pressed on a phone', async () => {
  const { context, page } = await tab(browser, { viewport: { width: 360, height: 640 } });
  await live(page, stage.url);
  await hold(page);
  await stage.kill();
  await status(page, 'lost');
  await pass(page);
  const box = await page.locator('.holm-lost').boundingBox();
  assert.ok(box.x >= 0 && box.x + box.width <= 360 && box.y + box.height <= 640 && box.height < 80, JSON.stringify(box));
  assert.equal(await page.evaluate(
    ({ x, y, width, height }) => document.elementFromPoint(x + width / 2, y + height / 2).closest('.holm-banner'), box), null);
  await stage.up();
  await status(page, 'live');
  await context.close();
});

test('a client that has stopped says how to go on', async () => {
  const { context, page } = await tab(browser);
  await page.route('**/*.wasm', (route) => route.abort());
  await page.goto(stage.url);
  await status(page, 'stopped');
  await pass(page);
  assert.equal(await spoken(page), 'The connection has ended. Load the page again');
  await page.unroute('**/*.wasm');
  await page.getByRole('link', { name: 'Load the page again' }).click();
  await status(page, 'live');
  await page.getByRole('button', { name: '+' }).first().click();
  await shows(page.locator('output').first(), 'live: 1');
  await context.close();
});

test('an app says it in its own words, or not at all', async () => {
  const { context, page } = await tab(browser);
  await live(page, `${stage.url}/german`);
  const quiet = await context.newPage();
  await live(quiet, `${stage.url}/silent`);
  assert.equal(await quiet.locator('.holm-banner').count(), 0);
  await hold(page);
  await stage.kill();
  await status(page, 'lost');
  await pass(page);
  assert.equal(await spoken(page), 'Die Verbindung ist unterbrochen. Neuer Versuch …');
  await context.close();
});

test('nothing of it is printed, or seen with no script', async () => {
  const { context, page } = await tab(browser);
  await live(page, stage.url);
  await hold(page);
  await stage.kill();
  await status(page, 'lost');
  await pass(page);
  assert.equal(await page.locator('.holm-lost').isVisible(), true);
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('.holm-lost').isVisible(), false);
  await context.close();

  await stage.up();
  const bare = await tab(browser, { javaScriptEnabled: false });
  await bare.page.goto(stage.url);
  assert.equal(await bare.page.locator('.holm-banner > *').count(), 2);
  for (const words of await bare.page.locator('.holm-banner > *').all()) assert.equal(await words.isVisible(), false);
  await bare.context.close();
});

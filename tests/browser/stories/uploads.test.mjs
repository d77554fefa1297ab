// Files go up beside the page: several at once, in view, cut off and gone on with, cancelled, refused in words.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Gallery, keep, launch, live, shows, status, tab, until } from './kit.mjs';
import { Proxy } from './proxy.mjs';

let browser, stage, proxy;
before(async () => {
  [browser, stage] = await Promise.all([launch(), Gallery.start({ HOLM_KEY: 'ab'.repeat(32) }, 'stage')]);
  proxy = await Proxy.start(stage.port);
});
after(async () => {
  await browser?.close();
  await proxy?.stop();
  await stage?.kill();
});

const file = (name, size) => ({ name, mimeType: 'application/octet-stream', buffer: randomBytes(size) });
const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');
const row = (page, name) => page.locator(`li[data-name="${name}"]`);
const percent = (page, name) => row(page, name).locator('progress').evaluate((bar) => bar.value);

/** Waits until a file is done, and compares what the server has with what was chosen. */
async function arrives(page, { name, buffer }) {
  await until(() => row(page, name).getAttribute('data-path'), `${name} is done`);
  assert.equal(hash(readFileSync(await row(page, name).getAttribute('data-path'))), hash(buffer), name);
  assert.equal(await percent(page, name), 100);
}

/** A tab on the stage's page, by way of the proxy, that notes each state of each file. */
async function shelf() {
  await proxy.say('calm');
  const { context, page, seen } = await tab(browser);
  await live(page, `${proxy.url}/uploads`);
  await page.evaluate(() => {
    window.told = [];
    document.addEventListener('holm:upload', ({ detail }) => window.told.push(`${detail.name} ${detail.state}`));
  });
  return { context, page, seen, told: () => page.evaluate(() => window.told) };
}

test('two files go up at once, are whole, and the input is empty afterwards', async () => {
  const { context, page, seen, told } = await shelf();
  const files = [file('one.bin', 2_500_000), file('zwei ä.bin', 1_300_000), file('empty.bin', 0)];
  await page.setInputFiles('#files', files);
  for (const each of files) await arrives(page, each);
  await until(async () => (await page.locator('#files').evaluate((input) => input.files.length)) === 0, 'the input is empty');
  const heard = await told();
  for (const { name } of files) {
    assert.ok(heard.includes(`${name} sending`) && heard.includes(`${name} done`), heard.join());
  }
  assert.deepEqual(await page.locator('li').evaluateAll((rows) => rows.map((row) => row.dataset.name)),
    files.map(({ name }) => name), 'in the order of choosing');
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('the bar moves while the line is slow, and the page is answered meanwhile', async () => {
  const { context, page } = await shelf();
  await proxy.say('up rate 400000');
  const slow = file('slow.bin', 1_500_000);
  await page.setInputFiles('#files', slow);
  const bars = new Set();
  await until(async () => {
    if (await row(page, 'slow.bin').count()) bars.add(await percent(page, 'slow.bin'));
    return bars.size > 4;
  }, 'the bar is seen in many places');
  assert.ok(await page.locator('#files').evaluate((input) => input.files.length) === 1, 'the file stays chosen');
  await page.click('#press');
  await shows(page.locator('output'), '1');
  await proxy.say('calm');
  await arrives(page, slow);
  assert.deepEqual([...bars], [...bars].sort((one, other) => one - other), 'it never goes back');
  await context.close();
});

test('a connection that is cut half-way costs nothing of the file', async () => {
  const { context, page } = await shelf();
  const asked = [];
  page.on('request', (request) => asked.push(request.method()));
  await page.evaluate(() => {
    window.bars = [];
    new MutationObserver((all) => all.forEach(({ target }) => target.localName === 'progress' && window.bars.push(target.value)))
      .observe(document.body, { subtree: true, attributes: true });
  });
  await proxy.say('up rate 600000');
  const broken = file('broken.bin', 3_000_000);
  await page.setInputFiles('#files', broken);
  await until(async () => await row(page, 'broken.bin').count() && await percent(page, 'broken.bin') > 10, 'it is under way');
  const before = await percent(page, 'broken.bin');
  await proxy.say('cut rst');
  await status(page, 'live');
  await until(async () => await percent(page, 'broken.bin') > before, 'it goes on');
  await proxy.say('cut rst', 'calm');
  await status(page, 'live');
  await arrives(page, broken);
  assert.equal(await page.locator('li').count(), 1, 'it is one upload all the while');
  assert.ok(asked.includes('HEAD'), 'it asks what has arrived');
  assert.equal(asked.filter((method) => method === 'POST').length, 1, 'and begins nothing again');
  const bars = await page.evaluate(() => window.bars);
  assert.deepEqual(bars, [...bars].sort((one, other) => one - other), 'it never goes back');
  await context.close();
});

test('a file is cancelled in its island, and the next goes up', async () => {
  const { context, page, told } = await shelf();
  await proxy.say('up rate 300000');
  await page.setInputFiles('#files', file('unwanted.bin', 3_000_000));
  await until(async () => await row(page, 'unwanted.bin').count() && await percent(page, 'unwanted.bin') > 3, 'it is under way');
  await row(page, 'unwanted.bin').locator('.cancel').click();
  await shows(row(page, 'unwanted.bin').locator('em'), 'Cancelled');
  await until(async () => (await told()).includes('unwanted.bin cancelled'), 'the page has stopped');
  await proxy.say('calm');
  const next = file('next.bin', 1000);
  await page.setInputFiles('#files', next);
  await arrives(page, next);
  await context.close();
});

test('a file that is too large is refused in words, and the one beside it is not', async () => {
  const { context, page, told } = await shelf();
  const fits = file('fits.bin', 4 << 20);
  await page.setInputFiles('#files', [file('large.bin', (4 << 20) + 1), fits]);
  await shows(row(page, 'large.bin').getByRole('alert'), 'This file is larger than 4 MB.');
  await arrives(page, fits);
  assert.ok((await told()).includes('large.bin failed'));
  await context.close();
});

test('a file can be dropped and pasted', async () => {
  const { context, page } = await shelf();
  for (const [type, field] of [['drop', 'dataTransfer'], ['paste', 'clipboardData']]) {
    const prevented = await page.evaluate(([type, field]) => {
      const data = new DataTransfer();
      data.items.add(new File([`by ${type}`], `${type}.txt`, { type: 'text/plain' }));
      const made = type === 'drop' ? DragEvent : ClipboardEvent;
      return !document.querySelector('#shelf').dispatchEvent(new made(type, { [field]: data, bubbles: true, cancelable: true }));
    }, [type, field]);
    assert.ok(prevented, 'the browser does not open it');
    await arrives(page, { name: `${type}.txt`, buffer: `by ${type}` });
  }
  await context.close();
});

test('text that is pasted into a field stays text, though a picture of it lies beside it', async () => {
  const { context, page, told } = await shelf();
  const prevented = await page.evaluate(() => {
    const data = new DataTransfer(), field = document.createElement('textarea');
    data.setData('text/plain', 'cells');
    data.items.add(new File(['a picture'], 'image.png', { type: 'image/png' }));
    document.querySelector('#shelf').append(field);
    return !field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  });
  assert.equal(prevented, false);
  const next = file('next.bin', 1000);
  await page.setInputFiles('#files', next);
  await arrives(page, next);
  assert.deepEqual((await told()).filter((word) => word.startsWith('image')), []);
  await context.close();
});

test('a file goes on when its input makes room for another', async () => {
  const { context, page } = await shelf();
  await proxy.say('up rate 600000');
  const kept = file('kept.bin', 1_500_000);
  await page.setInputFiles('#files', kept);
  await until(async () => await row(page, 'kept.bin').count() && await percent(page, 'kept.bin') > 3, 'it is under way');
  await page.evaluate(() => {
    const input = document.querySelector('#files');
    input.replaceWith(input.cloneNode());
  });
  await proxy.say('calm');
  await arrives(page, kept);
  await context.close();
});

test('a file that was chosen before the part for uploads was there goes up as well', async () => {
  await proxy.say('calm');
  const { context, page } = await tab(browser);
  const release = await keep(page, /holm-upload-/);
  await page.goto(`${proxy.url}/uploads`, { waitUntil: 'domcontentloaded' });
  const early = file('early.bin', 1000);
  await page.setInputFiles('#files', early);
  release();
  await arrives(page, early);
  await context.close();
});

test('a server that restarts gets the file again, in the same place of the list', async () => {
  const { context, page } = await shelf();
  await proxy.say('up rate 400000');
  const again = file('again.bin', 2_000_000);
  const small = file('small.bin', 10);
  await page.setInputFiles('#files', [again, small]);
  await arrives(page, small);
  await until(async () => await percent(page, 'again.bin') > 20, 'it is under way');
  await stage.stop();
  await proxy.say('calm');
  await stage.up();
  await status(page, 'live');
  await arrives(page, again);
  assert.deepEqual(await page.locator('li').evaluateAll((rows) => rows.map((row) => row.dataset.name)),
    ['again.bin', 'small.bin']);
  await context.close();
});

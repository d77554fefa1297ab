// How long a page waits before it sends again, how often it begins again, and what is seen when it gives up.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Gallery, launch, live, shows, tab, until } from './kit.mjs';

/** What the server waits for a file of which nothing comes. */
const IDLE = 8_000;
let browser, stage;
before(async () => {
  [browser, stage] = await Promise.all([launch(), Gallery.start({ HOLM_UPLOAD_IDLE_MS: `${IDLE}` }, 'stage')]);
});
after(async () => {
  await browser?.close();
  await stage?.kill();
});

const ADDRESS = /\/__live\/upload(\/|$)/;
const file = (name, size = 10) => ({ name, mimeType: 'application/octet-stream', buffer: randomBytes(size) });
const row = (page, name) => page.locator(`li[data-name="${name}"]`);
const done = (page, name) => until(() => row(page, name).getAttribute('data-path'), `${name} is done`);

/** The stage's page, where the waits of uploads are written down and pass at once. */
async function hurried() {
  const { context, page, seen } = await tab(browser);
  await page.addInitScript(() => {
    window.waits = [];
    window.told = [];
    const { setTimeout } = window;
    window.setTimeout = (job, time, ...all) => {
      if (!/holm-upload-/.test(new Error().stack)) return setTimeout(job, time, ...all);
      window.waits.push(time);
      return setTimeout(job);
    };
    document.addEventListener('holm:upload', ({ detail }) => window.told.push(`${detail.name} ${detail.state}`));
  });
  await live(page, `${stage.url}/uploads`);
  /** Answers requests of this method so, as often as there are answers; then the server does. */
  const asked = [];
  const answer = (method, answers) => page.route((url) => ADDRESS.test(url.pathname), async (route) => {
    if (route.request().method() !== method) return route.fallback();
    asked.push(method);
    const next = typeof answers === 'function' ? answers() : answers.shift();
    return next ? route.fulfill(next) : route.fallback();
  });
  return { context, page, seen, asked, answer, waits: () => page.evaluate(() => window.waits), told: () => page.evaluate(() => window.told) };
}

for (const method of ['POST', 'PATCH']) {
  for (const status of [429, 503]) {
    test(`a ${status} to a ${method} is waited for as long as the server says, in seconds`, async () => {
      const { context, page, answer, waits } = await hurried();
      await answer(method, [{ status, headers: { 'retry-after': '37' } }, { status, headers: { 'retry-after': '600' } }]);
      await page.setInputFiles('#files', file('seconds.bin'));
      await done(page, 'seconds.bin');
      assert.deepEqual((await waits()).filter((time) => time > 30_000), [37_000, 60_000], 'a minute at most');
      await context.close();
    });
  }

  test(`a ${method} that is to come again after a date waits until then`, async () => {
    const { context, page, answer, waits } = await hurried();
    // A date has no parts of a second, and time passes until it is read: so one past the most there is, and one that is over.
    const at = (from) => ({ status: 429, headers: { 'retry-after': new Date(Date.now() + from).toUTCString() } });
    await answer(method, [at(3_600_000), at(-3_600_000)]);
    await page.setInputFiles('#files', file('date.bin'));
    await done(page, 'date.bin');
    const all = await waits(), first = all.indexOf(60_000);
    assert.ok(first >= 0, `it waits a minute: ${all}`);
    assert.ok(all[first + 1] > 0 && all[first + 1] <= 1_000, `and for a date that is over as for none: ${all}`);
    await context.close();
  });
}

test('a file that the server forgets each time is begun again so often, then the page gives up, and so does the server', async () => {
  const { context, page, asked, answer, told } = await hurried();
  const begun = [];
  page.on('request', (request) => request.method() === 'POST' && ADDRESS.test(new URL(request.url()).pathname) && begun.push(request));
  await answer('PATCH', () => ({ status: 404 }));
  await page.setInputFiles('#files', file('forgotten.bin'));
  await until(async () => (await told()).includes('forgotten.bin failed'), 'the page gives up');
  assert.deepEqual([begun.length, asked.length], [7, 7], 'six times after the first');
  assert.equal(await row(page, 'forgotten.bin').count(), 1, 'it is one entry all the while');
  assert.equal(await page.locator('#files').evaluate((input) => input.files.length), 0, 'the input is free');
  await shows(row(page, 'forgotten.bin').getByRole('alert'), 'It stopped arriving.');
  await context.close();
});

test('a file that nothing takes is not asked for without end', async () => {
  const { context, page, asked, answer, told } = await hurried();
  await answer('POST', () => ({ status: 404 }));
  await page.setInputFiles('#files', file('nowhere.bin'));
  await until(async () => (await told()).includes('nowhere.bin failed'), 'the page gives up');
  assert.equal(asked.length, 5);
  // The next file has its turn.
  await page.unrouteAll();
  await page.setInputFiles('#files', file('next.bin'));
  await done(page, 'next.bin');
  await context.close();
});

test('a file that is changed on the disk while it is sent has failed at once, and the next one goes', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'holm-upload-')), path = join(dir, 'changed.bin');
  try {
    await writeFile(path, randomBytes(3_000_000));
    const { context, page, told, waits } = await hurried();
    let go;
    const gate = new Promise((resolve) => { go = resolve; });
    // Between its announcement and its first piece.
    await page.route((url) => ADDRESS.test(url.pathname), async (route) => {
      const { status, headers } = await route.fetch().then((answer) => ({ status: answer.status(), headers: answer.headers() }));
      await gate;
      await route.fulfill({ status, headers });
    }, { times: 1 });
    await page.setInputFiles('#files', path);
    await row(page, 'changed.bin').waitFor();
    await writeFile(path, randomBytes(2_000_000));
    go();
    await until(async () => (await told()).includes('changed.bin failed'), 'the page says so');
    assert.ok((await waits()).every((time) => time < 2_000), `without trying for long: ${await waits()}`);
    await page.setInputFiles('#files', file('unchanged.bin'));
    await done(page, 'unchanged.bin');
    await context.close();
  } finally {
    await rm(dir, { recursive: true });
  }
});

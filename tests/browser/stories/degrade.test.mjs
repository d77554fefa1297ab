// Without scripts, without a socket, without a server: the page reads the same and nothing spins.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, test } from 'node:test';
import { Gallery, button, exportTo, launch, live, output, shows, status, tab } from './kit.mjs';

const PATHS = ['/', '/counters', '/table', '/presence', '/build-log', '/assistant', '/nested', '/errors', '/no-script', '/plain'];
/** Pages that are never twice the same. */
const MOVING = ['/chat', '/who', '/dashboard', '/notifications'];
let browser, gallery;
before(async () => { [browser, gallery] = await Promise.all([launch(), Gallery.start()]); });
after(async () => { await browser?.close(); await gallery?.kill(); });

/** What a reader reads, without the words about the socket. */
const text = (page) => page.evaluate(() => {
  document.querySelectorAll('.status, [data-live-presence]').forEach((node) => node.remove());
  return document.body.innerText.replace(/\s+/g, ' ').trim();
});

test('with scripts off every page reads the same', async () => {
  const [on, off] = [await tab(browser), await tab(browser, { javaScriptEnabled: false })];
  for (const path of PATHS) {
    await on.page.goto(gallery.url + path);
    if (path !== '/plain') await status(on.page, 'live');
    await off.page.goto(gallery.url + path);
    // Where a control needs a script, the page says so, to those who have none, and asks only others to press it.
    const unscripted = (await off.page.locator('main .unscripted').allInnerTexts()).join(' ');
    const whole = (await off.page.locator('main').innerText()).replace(/\s+/g, ' ');
    const read = unscripted ? whole.replace(`${unscripted} `, '') : whole;
    const [scripted, shown] = await Promise.all([on.page.locator('main .scripted').allInnerTexts(), on.page.locator('main').innerText()]);
    const same = scripted.reduce((rest, words) => rest.replace(`${words} `, ''), shown.replace(/\s+/g, ' '));
    if (path === '/presence') continue;
    assert.equal(read, same, path);
  }
  await on.context.close();
  await off.context.close();
});

test('a page without an island loads no script and opens no socket', async () => {
  const { context, page, seen } = await tab(browser);
  const loaded = [];
  page.on('request', (request) => loaded.push(request.url()));
  await page.goto(`${gallery.url}/plain`, { waitUntil: 'load' });
  assert.ok(loaded.length > 0);
  assert.deepEqual(loaded.filter((url) => /\.(js|wasm)|__live/.test(url)), []);
  assert.equal(await page.locator('script').count(), 0);
  assert.deepEqual(seen.sockets, []);
  await context.close();
});

test('the policy is strict and nothing breaks it', async () => {
  const { context, page, seen } = await tab(browser);
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective));
  });
  for (const path of [...PATHS, ...MOVING]) {
    const answer = await page.goto(gallery.url + path);
    const policy = answer.headers()['content-security-policy'];
    assert.match(policy, /script-src 'self' 'wasm-unsafe-eval';/, path);
    assert.doesNotMatch(policy, /'unsafe-inline'|'unsafe-eval'/, path);
    if (path !== '/plain') await status(page, 'live');
    assert.deepEqual(await page.evaluate(() => window.violations), [], path);
  }
  assert.deepEqual(seen.errors, []);
  await context.close();
});

test('past the cap the page stays as rendered, says so, and is live when a place is free', async () => {
  const small = await Gallery.start({ HOLM_LIVE_MAX: '1' });
  try {
    const [first, second] = [await tab(browser), await tab(browser)];
    await live(first.page, `${small.url}/counters`);
    await second.page.goto(`${small.url}/counters`);
    await status(second.page, 'lost');
    await shows(output(second.page, 'Counter:2'), '42');
    assert.deepEqual(await small.status().then(({ code, limit }) => [code, limit]), [304, 1]);
    const page = await fetch(`${small.url}/counters`);
    assert.equal(page.status, 200);
    await first.context.close();
    await status(second.page, 'live');
    await button(second.page, 'Counter:2', 'One more').click();
    await shows(output(second.page, 'Counter:2'), '43');
    const thrown = second.seen.errors.filter((error) => !/WebSocket|503/.test(error));
    assert.deepEqual(thrown, []);
    await second.context.close();
  } finally {
    await small.kill();
  }
});

test('a foreign origin gets 403', async () => {
  const headers = (Origin) => ({
    Origin, Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol': 'holm.1',
  });
  const { request } = await import('node:http');
  const open = (origin) => new Promise((resolve, reject) => {
    const asked = request(`${gallery.url}/__live`, { headers: headers(origin) });
    asked.on('response', (answer) => { answer.resume(); resolve(answer.statusCode); });
    asked.on('upgrade', (answer, socket) => { socket.destroy(); resolve(answer.statusCode); });
    asked.on('error', reject);
    asked.end();
  });
  assert.equal(await open('https://evil.example'), 403);
  assert.equal(await open('null'), 403);
  assert.equal(await open(gallery.url), 101);
});

test('exported, the pages read the same from a disk', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'holm-export-'));
  try {
    exportTo(dir);
    const { context, page, seen } = await tab(browser);
    for (const path of PATHS.filter((path) => path !== '/presence')) {
      await page.goto(gallery.url + path);
      if (path !== '/plain') await status(page, 'live');
      const served = await text(page);
      await page.goto(pathToFileURL(join(dir, path, 'index.html')).href);
      assert.equal(await text(page), served, path);
    }
    assert.deepEqual(seen.errors, []);
    await context.close();
  } finally {
    await rm(dir, { recursive: true });
  }
});

test('exported with its script and no server behind the socket, a page stays as rendered', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'holm-export-'));
  const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.svg': 'image/svg+xml' };
  const files = createServer(async (asked, answer) => {
    const path = join(dir, asked.url.endsWith('/') ? `${asked.url}index.html` : asked.url);
    try {
      const body = await readFile(path);
      answer.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' }).end(body);
    } catch {
      answer.writeHead(404).end();
    }
  }).listen(0, '127.0.0.1');
  await once(files, 'listening');
  try {
    exportTo(dir, '--live');
    const { context, page, seen } = await tab(browser);
    const thrown = [];
    page.on('pageerror', (error) => thrown.push(`${error}`));
    await page.goto(`http://127.0.0.1:${files.address().port}/counters/`);
    await page.waitForFunction(() => ['lost', 'stopped'].includes(document.documentElement.dataset.liveStatus));
    await shows(output(page, 'Counter:2'), '42');
    assert.deepEqual(thrown, []);
    // Chromium reports the refused handshake and the absent file itself; scripts cannot prevent that.
    assert.deepEqual(seen.errors.filter((error) => !/WebSocket|Failed to load resource/.test(error)), []);
    await context.close();
  } finally {
    files.close();
    await rm(dir, { recursive: true });
  }
});

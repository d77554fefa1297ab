// What every story needs: a real gallery on a free port, a real Chromium, and ways to wait for what should be true.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const top = fileURLToPath(new URL('../../../', import.meta.url));
/** Where the programs are. */
export const bin = process.env.HOLM_BIN ?? `${top}target/debug`;

/** How long a story waits before it fails. Nothing waits this long to pass. */
export const PATIENCE = 30_000;

/** The flags under which Chromium asks nothing of the outside. */
export const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

/** The browser; `CHROMIUM` names its program. */
export function launch(options = {}) {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const executablePath = process.env.CHROMIUM
    ?? names.map((name) => `/usr/bin/${name}`).find((path) => existsSync(path));
  return chromium.launch({ executablePath, args: FLAGS, ...options });
}

/** A port that nothing listens on. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until `check` gives something true. */
export async function until(check, what, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${patience} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

/** The gallery's program, served; or another one. */
export class Gallery {
  constructor(port, env, program) {
    this.port = port;
    this.env = env;
    this.program = program;
    this.url = `http://127.0.0.1:${port}`;
    this.log = '';
  }

  static async start(env = {}, program = 'gallery') {
    const gallery = new Gallery(await freePort(), env, program);
    await gallery.up();
    return gallery;
  }

  /** Starts it, again after `stop` or `kill`, at the same address. */
  async up() {
    const env = { ...process.env, HOLM_ADDR: `127.0.0.1:${this.port}`, ...this.env };
    this.child = spawn(`${bin}/${this.program}`, [], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = once(this.child, 'exit');
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (data) => { this.log += data; });
    }
    let gone = null;
    this.ended.then(([code, signal]) => { gone = `${code ?? signal}`; }, (error) => { gone = `${error}`; });
    await until(async () => {
      if (gone !== null) throw new Error(`the ${this.program} ended with ${gone}:\n${this.log}`);
      return fetch(this.url).then((answer) => answer.ok, () => false);
    }, `the ${this.program} answers at ${this.url}`);
  }

  /** Asks it to go, as an operator does, and waits until it has. */
  async stop() { await this.end('SIGTERM'); }

  /** Takes it away. */
  async kill() { await this.end('SIGKILL'); }

  async end(signal) {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill(signal);
      await this.ended;
    }
  }

  /** What the server says of its connections. */
  async status() { return (await fetch(`${this.url}/__live/status`)).json(); }
}

/** Writes the gallery as files. */
export function exportTo(dir, ...flags) {
  execFileSync(`${bin}/gallery`, ['export', dir, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A tab that remembers what went wrong in it. */
export async function tab(browser, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const seen = { errors: [], console: [], sockets: [] };
  page.on('pageerror', (error) => seen.errors.push(`${error}`));
  page.on('console', (message) => {
    seen.console.push(`${message.type()}: ${message.text()}`);
    if (message.type() === 'error') seen.errors.push(message.text());
  });
  page.on('websocket', (socket) => seen.sockets.push(socket.url()));
  return { context, page, seen };
}

/** Waits until the page's socket has this status. */
export function status(page, word) {
  return page.waitForFunction((word) => document.documentElement.dataset.liveStatus === word, word);
}

/** Keeps a part of the client back; answers what lets it go. */
export async function keep(page, part) {
  let go;
  const gate = new Promise((resolve) => { go = resolve; });
  await page.route(part, async (route) => { await gate; await route.continue(); });
  return go;
}

/** Opens a page and waits until it is live; with `domcontentloaded` where a part that is kept back would keep its load back. */
export async function live(page, url, waitUntil = 'load') {
  await page.goto(url, { waitUntil });
  await status(page, 'live');
}

/** The number an island shows. */
export const output = (page, island) => page.locator(`[data-instance="${island}"] output`);

/** Waits until a locator's text is this. */
export async function shows(locator, text) {
  await until(async () => (await locator.textContent()) === text, `${locator} shows ${text}`);
}

/** The button of an island whose label is this. */
export const button = (page, island, label) =>
  page.locator(`[data-instance="${island}"]`).getByRole('button', { name: label, exact: true });

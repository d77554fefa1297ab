// An island whose HTML the test paints, and the ways a painting comes to a page: as an edit, as a snapshot, after a
// loss of the connection, after a restart of the server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { Gallery, PATIENCE, launch, status, until } from '../stories/kit.mjs';

const EDIT = 0x11, SNAPSHOT = 0x14, RESYNC = 4;
/** Enough beside what changes that an edit is worth it. */
const REST = `<p>${'What stands here never changes. '.repeat(24)}</p>`;

let browser, stage, context, painted = 0;
before(async () => {
  [browser, stage] = await Promise.all([launch(), Gallery.start({ HOLM_KEY: '3e'.repeat(32) }, 'stage')]);
  context = await browser.newContext();
});
after(async () => { await browser?.close(); await stage?.kill(); });

/** A varint at this place, and where it ends. */
function varint(frame, at) {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = frame[at];
    at += 1;
    value += (byte & 127) * scale;
    if (byte < 128) return [value, at];
  }
}

/** A page with an easel. */
export class Easel {
  static async open(html, init, before) {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const easel = Object.assign(new Easel(), { page, name: `easel-${painted += 1}`, gate: null, refuse: false, up: [] });
    await page.routeWebSocket(/__live$/, async (ws) => {
      await easel.gate;
      const server = ws.connectToServer();
      ws.onMessage((frame) => {
        easel.up.push(frame[0]);
        if (easel.held && (frame[0] === 2 || frame[0] === 3)) easel.held.push(() => server.send(frame));
        else server.send(frame);
      });
      server.onMessage((frame) => {
        if (easel.refuse && frame[0] === EDIT) {
          // As if the page had been led astray: the edit is lost, and a snapshot is asked for.
          easel.refuse = false;
          easel.island = frame.subarray(1, varint(frame, 1)[1]);
          easel.resync();
        } else ws.send(frame);
      });
      easel.resync = () => server.send(Buffer.from([RESYNC, ...easel.island]));
      easel.cut = async () => { await server.close({ code: 3000 }); await ws.close({ code: 3000 }); };
    });
    await page.addInitScript(() => {
      window.patches = [];
      window.raised = [];
      addEventListener('error', ({ message }) => window.raised.push(message));
      document.addEventListener('holm:patch', ({ detail }) => window.patches.push(detail.snapshot ? 'snapshot' : 'edit'));
    });
    if (init) await page.addInitScript(init);
    await before?.(page);
    // What keeps a part back keeps the page's load back as well.
    const waitUntil = before ? 'domcontentloaded' : 'load';
    await page.goto(`${stage.url}/easel?${new URLSearchParams({ name: easel.name, html: html + REST })}`, { waitUntil });
    await status(page, 'live');
    return easel;
  }

  /** Paints; waits until the page shows it. */
  async paint(html) {
    const before = await this.page.evaluate(() => window.patches.length);
    await this.publish(html);
    await this.page.waitForFunction((before) => window.patches.length > before, before);
  }

  async publish(html) {
    const url = `${stage.url}/easel?${new URLSearchParams({ name: this.name })}`;
    // After a restart the island listens again once the page has joined.
    await until(async () => (await fetch(url, { method: 'POST', body: html + REST })).text().then((count) => count === '1'), 'the easel hears');
  }

  /** How the page's changes have come. */
  patches() { return this.page.evaluate(() => window.patches); }

  /** Waits until the page hears of every kind of event. */
  ready() { return this.page.waitForFunction(() => document.querySelector('script[src*="holm-events-"]') && window.holm); }

  /** Keeps the events that the page sends from now on. */
  hold() { this.held = []; }

  /** Sends so many of them, or all and those that come. */
  release(count) {
    for (const send of this.held.splice(0, count ?? this.held.length)) send();
    if (count === undefined) this.held = null;
  }

  close() { return this.page.close(); }
}

/** How a painting comes. */
export const WAYS = {
  edit: (easel, html) => easel.paint(html),

  snapshot: async (easel, html) => {
    easel.refuse = true;
    await easel.paint(html);
  },

  /** The connection is lost; the painting changes meanwhile. */
  loss: async (easel, html) => {
    let open;
    easel.gate = new Promise((resolve) => { open = resolve; });
    await easel.cut();
    await easel.publish(html);
    const before = await easel.patches();
    open();
    await easel.page.waitForFunction((before) => window.patches.length > before, before.length);
  },

  /** The server goes and comes back, and the page joins again with what it has. */
  restart: async (easel, html) => {
    let open;
    easel.gate = new Promise((resolve) => { open = resolve; });
    await easel.cut();
    await stage.kill();
    await stage.up();
    open();
    await status(easel.page, 'live');
    await easel.paint(html);
  },
};

/** What each way is when nothing forbids it. */
const COMES = { edit: 'edit', snapshot: 'snapshot', loss: 'edit', restart: 'edit' };

/**
 * A case, told in every way: `from` is painted, `act` does what a visitor or a script does, `to` is painted, and `look`,
 * a function of the page's, answers what `sees` says; `then` goes on from there. `ways` leaves some out; `comes` says which come otherwise (`null`: either).
 */
export function tell(name, { init, from, act, to, look, sees, then, ways = Object.keys(WAYS), comes = {} }) {
  for (const way of ways) {
    test(`${name}, by ${way}`, async () => {
      const easel = await Easel.open(from, init);
      try {
        await act?.(easel.page, easel);
        await WAYS[way](easel, to);
        const come = comes[way] === null ? null : [comes[way] ?? COMES[way]].flat();
        // After a restart a snapshot may come first, of what was painted before.
        await easel.page.waitForFunction((count) => window.patches.length >= count, come?.length ?? 1);
        const patches = await easel.patches();
        if (!come) await until(async () => isDeepStrictEqual(await easel.page.evaluate(look), sees), name).catch(() => {});
        assert.deepEqual(await easel.page.evaluate(look), sees);
        if (come) assert.deepEqual(patches, come, 'how it came');
        await then?.(easel.page, easel);
        assert.deepEqual(await easel.page.evaluate(() => window.raised), []);
      } finally {
        await easel.close();
      }
    });
  }
}

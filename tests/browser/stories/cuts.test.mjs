// Connections end, stall and come back by chance while somebody clicks: each click counts once, over every transport.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Gallery, button, launch, live, output, tab, until } from './kit.mjs';
import { Proxy, chance } from './proxy.mjs';

const ROUNDS = 30;

/** What may happen in a round. Whatever is still wrong at its end heals there. */
const FAULTS = [
  () => ['cut rst'],
  () => ['cut fin'],
  (pick) => [`up cut ${pick(120)} ${pick(2) ? 'rst' : 'fin'}`],
  (pick) => [`down cut ${pick(200)} ${pick(2) ? 'rst' : 'fin'}`],
  (pick) => [`both delay ${pick(60)} ${pick(80)}`],
  (pick) => [`both delay ${pick(60)} ${pick(80)}`, `down cut ${pick(400)} rst`],
  (pick) => [`${['up', 'down', 'both'][pick(3)]} mute on`],
  () => ['refuse on', 'cut rst'],
  () => ['both rate 3000'],
  (pick) => [`twice ${pick(100)}`, `late ${pick(100)} 120`],
];

let browser, gallery;
before(async () => { [browser, gallery] = await Promise.all([launch(), Gallery.start({ HOLM_KEY: '6b'.repeat(32) })]); });
after(async () => { await browser?.close(); await gallery?.kill(); });

describe('cuts by chance', { concurrency: 3 }, () => {
  for (const [number, transport] of ['websocket', 'stream', 'poll'].entries()) {
    test(`over ${transport}, each click counts once`, async () => {
      const seed = Number(process.env.HOLM_CUTS_SEED ?? 1) + number;
      const pick = chance(seed);
      const proxy = await Proxy.start(gallery.port, seed);
      const { context, page, seen } = await tab(browser);
      // The page's waits are skipped, so that rounds need not last as long as they do.
      await page.clock.install();
      await live(page, `${proxy.url}/counters?holm-transport=${transport}`);
      const counters = ['Counter:0', 'Counter:2'].map((island) => ({
        shown: output(page, island), more: button(page, island, 'One more'), less: button(page, island, 'One less'),
      }));
      for (const counter of counters) counter.count = Number(await counter.shown.textContent());

      const settled = async () => {
        let skipped = Date.now();
        await until(async () => {
          const shown = await Promise.all(counters.map(({ shown }) => shown.textContent()));
          if (counters.every(({ count }, index) => shown[index] === `${count}`)) return true;
          if (Date.now() > skipped + 700) {
            await page.clock.fastForward(4_000);
            skipped = Date.now();
          }
          return false;
        }, `${counters.map(({ count }) => count)} over ${transport} from seed ${seed}`);
      };

      for (let round = 0; round < ROUNDS; round += 1) {
        const lines = FAULTS[pick(FAULTS.length)](pick);
        const clicks = Array.from({ length: 1 + pick(5) }, () => [counters[pick(2)], pick(3) > 0 ? 'more' : 'less']);
        const when = pick(clicks.length);
        for (const [index, [counter, which]] of clicks.entries()) {
          if (index === when) await proxy.say(...lines);
          await counter[which].click();
          counter.count += which === 'more' ? 1 : -1;
        }
        // Some rounds end in the middle of their fault: what is silent then is cut, as it would be sooner or later.
        await proxy.say('calm');
        if (lines.some((line) => line.includes('mute'))) await proxy.say('cut rst');
        if (pick(3) > 0) await settled();
      }
      await settled();
      if (transport !== 'websocket') assert.deepEqual(seen.sockets, []);
      const thrown = seen.errors.filter((error) => !/WebSocket|Failed to load resource|ERR_/.test(error));
      assert.deepEqual(thrown, []);
      await context.close();
      await proxy.stop();
    });
  }
});

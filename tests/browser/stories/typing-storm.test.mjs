// Somebody composes with an input method, loses the connection or the server in the middle of a word.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Desk } from './desk.mjs';
import { Gallery, launch, status, until } from './kit.mjs';
import { Proxy, chance } from './proxy.mjs';

let browser, stage, proxy;
before(async () => {
  [browser, stage] = await Promise.all([launch(), Gallery.start({ HOLM_KEY: '7c'.repeat(32) }, 'stage')]);
  proxy = await Proxy.start(stage.port);
});
after(async () => { await browser?.close(); await proxy?.stop(); await stage?.kill(); });

const FIELDS = ['echo', 'slow', 'area', 'loud', 'row-3'];

for (const roundTrip of [0, 200, 2_000]) {
  for (const snapshots of [0, 3]) {
    test(`at ${roundTrip} ms, with ${snapshots ? 'snapshots' : 'edits'} in between, what is composed is whole`, async () => {
      await proxy.say('calm', `both delay ${roundTrip * 0.3} ${roundTrip * 0.4}`);
      const desk = await Desk.open(browser, proxy.url, { snapshots });
      const pick = chance(roundTrip + snapshots + 7);
      for (const id of FIELDS) {
        await desk.into(id);
        const more = async () => {
          const before = await desk.patches();
          await until(async () => await desk.patches() > before + 1, 'the desk changes');
        };
        await desk.keys(pick, 6);
        await desk.compose(['n', 'に', 'にほ', 'にほん'], '日本', more);
        await desk.keys(pick, 3);
        await desk.compose(['k', 'か', 'かん'], '漢', more);
        // What begins while the last one is on its way.
        await desk.compose(['j', 'じ'], '字', more);
        await desk.keys(pick, 6);
        await desk.known();
      }
      await desk.close();
    });
  }
}

for (const snapshots of [0, 2]) {
  for (const id of ['plain', ...FIELDS]) {
    test(`a cut in the middle of a word loses nothing of #${id}${snapshots ? ', with snapshots' : ''}`, async () => {
      await proxy.say('calm', 'both delay 60 80');
      const desk = await Desk.open(browser, proxy.url, { snapshots });
      const pick = chance(id.length);
      await desk.into(id, id === 'plain' ? 'from the server ' : '');
      for (const how of ['rst', 'fin', 'rst']) {
        await desk.keys(pick, 6);
        await proxy.say(`cut ${how}`);
        await desk.keys(pick, 10);
        await status(desk.page, 'live');
        await desk.keys(pick, 4, 3);
      }
      if (id !== 'plain') await desk.known();
      await desk.close();
    });
  }
}

for (const end of ['kill', 'stop']) {
  for (const id of ['plain', ...FIELDS]) {
    test(`a server that is ${end === 'kill' ? 'killed' : 'stopped'} and started again loses nothing of #${id}`, async () => {
      await proxy.say('calm', 'both delay 60 80');
      const desk = await Desk.open(browser, proxy.url);
      const pick = chance(id.length);
      await desk.into(id, id === 'plain' ? 'from the server ' : '');
      for (let round = 0; round < 2; round += 1) {
        await desk.keys(pick, 8);
        await stage[end]();
        await desk.keys(pick, 8);
        await stage.up();
        await desk.page.evaluate(() => dispatchEvent(new Event('online')));
        // All the time until everything has been answered again.
        await desk.keys(pick, 20, 6);
      }
      if (id !== 'plain') await desk.known();
      assert.ok((await desk.patches()) > 0);
      await desk.close(/WebSocket|ERR_|Failed to load/);
    });
  }
}

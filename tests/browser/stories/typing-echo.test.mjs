// Fields that the server writes back, over a slow and uneven network, while everything around them changes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Desk } from './desk.mjs';
import { Gallery, launch, until } from './kit.mjs';
import { Proxy, chance } from './proxy.mjs';

let browser, stage, proxy;
before(async () => {
  [browser, stage] = await Promise.all([launch(), Gallery.start({}, 'stage')]);
  proxy = await Proxy.start(stage.port);
});
after(async () => { await browser?.close(); await proxy?.stop(); await stage?.kill(); });

const FIELDS = ['plain', 'echo', 'slow', 'area', 'loud', 'row-3'];

for (const roundTrip of [0, 200, 2_000]) {
  for (const snapshots of [0, 3]) {
    test(`at ${roundTrip} ms and ten changes a second, ${snapshots ? 'each third a snapshot' : 'all of them edits'}, each field keeps what is typed`, async () => {
      await proxy.say('calm', `both delay ${roundTrip * 0.3} ${roundTrip * 0.4}`);
      const desk = await Desk.open(browser, proxy.url, { snapshots });
      await until(async () => await desk.patches() > 2, 'the desk changes');
      const pick = chance(roundTrip + snapshots + 1);
      for (const id of FIELDS) {
        await desk.into(id, id === 'plain' ? 'from the server ' : '');
        await desk.keys(pick, 40, 6);
        // The field is to be known in the end, not only by what was composed or typed last.
        if (id === 'plain') {
          const { text } = desk.field;
          await desk.page.keyboard.press('Enter');
          await until(async () => await desk.page.locator('#known-plain').textContent() === text, 'the form has come');
          await desk.check('after the form was sent');
        } else await desk.known();
      }
      const { edits, snapshots: whole } = await desk.changes();
      assert.ok(snapshots ? whole > 3 : edits > 3, `${edits} edits, ${whole} snapshots`);
      await desk.close();
    });
  }
}

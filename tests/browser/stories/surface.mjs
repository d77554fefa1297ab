// The stage's page of hints in a tab, over a network that can be slow, mute or cut: what the stories of it share.
import { after, before } from 'node:test';
import { Gallery, launch, live, tab, until } from './kit.mjs';
import { Proxy } from './proxy.mjs';

let browser;
/** The server, and the way to it. */
export let stage, proxy;
before(async () => {
  [browser, stage] = await Promise.all([launch(), Gallery.start({ HOLM_KEY: '6d'.repeat(32) }, 'stage')]);
  proxy = await Proxy.start(stage.port);
});
after(async () => { await browser?.close(); await proxy?.stop(); await stage?.kill(); });

/** What is thrown, but for connections that end. */
export const thrown = (seen) => seen.errors.filter((error) => !/WebSocket|Failed to load resource|ERR_/.test(error));

/** Opens the page over this round trip. */
export async function open(roundTrip = 0, options = {}) {
  await proxy.say('calm');
  const all = await tab(browser, options);
  await live(all.page, `${proxy.url}/hint`);
  await until(() => all.page.evaluate(() => !!window.holm.widget), 'the parts are there');
  await all.page.evaluate(() => {
    window.snapshots = 0;
    document.addEventListener('holm:patch', ({ detail }) => { window.snapshots += detail.snapshot ? 1 : 0; });
  });
  if (roundTrip) await proxy.say(`both delay ${roundTrip * 0.4} ${roundTrip * 0.2}`);
  return all;
}

/** Lets the surface change every 20 ms, and waits until it does. */
export async function bustle(page) {
  await page.locator('#start').click();
  await until(async () => Number(await page.locator('#beats').textContent()) > 3, 'the surface changes');
}

/** Waits until nothing is on its way any more: an event that is sent last is answered last. */
export async function settled(page) {
  await page.evaluate(() => new Promise((resolve) => {
    const island = document.querySelector('holm-island');
    const look = () => island.classList.contains('holm-busy') ? setTimeout(look, 5) : resolve();
    look();
  }));
}

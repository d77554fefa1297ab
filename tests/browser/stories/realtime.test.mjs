// Channels and clients that are not Holm's: Chromium's own EventSource and WebSocket, two packages, curl, plain requests.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { EventSource } from 'eventsource';
import WebSocket from 'ws';
import { Gallery, launch, tab, until } from './kit.mjs';
import { Proxy, chance } from './proxy.mjs';
import { make } from './realtime-clients.mjs';

let browser, server;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });
beforeEach(async () => { server = await Gallery.start({}, 'channels'); });
afterEach(async () => { await server?.kill(); });

/** What the server counts. */
const counts = async () => (await fetch(`${server.url}/count`)).json();

/** Has the server say the numbers from `from` up to `to` in a channel; gives how many connections took them. */
async function say(channel, name, from, to = from + 1) {
  const query = new URLSearchParams({ channel, name, from, to });
  const answer = await fetch(`${server.url}/say?${query}`, { method: 'POST' });
  return (await answer.json()).took;
}

const numbers = (from, to) => Array.from({ length: to - from }, (_, index) => from + index);
const connections = (count) =>
  until(async () => (await counts()).connections === count, `there are ${count} connections`);

/** A page of the server's with nothing of Holm's on it, with the clients of realtime-clients.mjs. */
async function page(url = server.url, prepare = async () => {}) {
  const told = await tab(browser);
  await prepare(told.page);
  await told.page.goto(url);
  await told.page.evaluate(`window.clients = (${make})(window)`);
  return told;
}

/** One of the page's clients, as the stories see each client: what it got, and its end. */
async function inPage(kind, url, channels) {
  const { page: shown, context } = await page(url);
  await shown.evaluate(([kind, channels]) => { window.client = window.clients[kind]('', channels); }, [kind, channels]);
  return {
    got: () => shown.evaluate(() => window.client.got),
    notes: () => shown.evaluate(() => window.client.notes),
    open: () => shown.evaluate(() => window.client.open),
    close: async () => { await context.close(); },
  };
}

/** Clients in this process: one that a failed story leaves open would keep the process from ending. */
const open = new Set();
afterEach(() => {
  for (const client of open) client.close();
  open.clear();
});

/** The same with a package, in this process. */
async function here(kind, url, channels) {
  const client = make({ EventSource, WebSocket })[kind](url, channels);
  open.add(client);
  return {
    got: async () => client.got,
    notes: async () => client.notes,
    open: async () => client.open,
    close: async () => { client.close(); },
  };
}

const CLIENTS = {
  'Chromium\'s EventSource': (url, channels) => inPage('stream', url, channels),
  'Chromium\'s WebSocket': (url, channels) => inPage('socket', url, channels),
  'the package eventsource': (url, channels) => here('stream', url, channels),
  'the package ws': (url, channels) => here('socket', url, channels),
  'plain requests': (url, channels) => here('poll', url, channels),
};

for (const [name, start] of Object.entries(CLIENTS)) {
  describe(name, () => {
    test('gets what is said in its channels, under its names, in order', async () => {
      const client = await start(server.url, ['room/1', 'room/2']);
      await until(client.open, 'it is subscribed');
      for (const number of numbers(0, 20)) {
        await say(number % 2 ? 'room/1' : 'room/2', number % 3 ? 'note' : 'chat', number);
      }
      await say('room/3', 'note', 99);
      await say('room/1', 'end', 20);
      await until(async () => (await client.got()).length >= 21, 'all of it came');
      const got = await client.got();
      // Each channel has an order; between two there is none while nobody is connected.
      for (const rest of [0, 1]) {
        const expected = numbers(0, 20).filter((number) => number % 2 === rest);
        const there = got.filter(({ name, data }) => name !== 'end' && data % 2 === rest);
        assert.deepEqual(there, expected.map((data) => ({ name: data % 3 ? 'note' : 'chat', data })));
      }
      assert.deepEqual(got.filter(({ name }) => name === 'end'), [{ name: 'end', data: 20 }]);
      await client.close();
      await connections(0);
    });

    test('misses nothing and gets nothing twice under quick events with cuts by chance', async () => {
      const pick = chance(Number(process.env.HOLM_CUTS_SEED ?? 1));
      const proxy = await Proxy.start(server.port, 1);
      try {
        const client = await start(proxy.url, ['room/1', 'room/2']);
        await until(client.open, 'it is subscribed');
        for (let number = 0; number < 200;) {
          const more = Math.min(200, number + 1 + pick(6));
          const channel = `${1 + pick(2)}`;
          await say(`room/${channel}`, channel, number, more);
          number = more;
          if (pick(4) > 0) continue;
          await proxy.say(pick(2) ? 'cut rst' : 'cut fin');
          // Half of the time it has come back before more is said.
          if (pick(2)) await until(async () => (await counts()).connections === 1, 'it is back');
        }
        await until(async () => (await client.got()).some(({ data }) => data === 199), 'the last one came');
        const got = await client.got();
        assert.deepEqual(got.map(({ data }) => data).toSorted((one, other) => one - other), numbers(0, 200));
        for (const channel of ['1', '2']) {
          const there = got.filter(({ name }) => name === channel).map(({ data }) => data);
          assert.deepEqual(there, there.toSorted((one, other) => one - other), `room/${channel} is in order`);
        }
        assert.ok((await client.notes()).every(({ code }) => code === undefined), 'nothing was said to be lost');
        await client.close();
        await connections(0);
      } finally {
        await proxy.stop();
      }
    });

    test('hears after a restart that what it missed is gone, and goes on', async () => {
      const client = await start(server.url, ['room/1']);
      await until(client.open, 'it is subscribed');
      await say('room/1', 'note', 0, 3);
      await until(async () => (await client.got()).length === 3, 'three came');
      await server.stop();
      await server.up();
      await until(async () => (await client.notes()).some(({ code }) => code === 'history_gone'), 'it is told so');
      await until(async () => (await say('room/1', 'note', 7)) > 0 || name === 'plain requests', 'it is there again');
      await until(async () => (await client.got()).some(({ data }) => data === 7), 'it goes on');
      assert.deepEqual((await client.got()).map(({ data }) => data).slice(0, 3), [0, 1, 2]);
      await client.close();
    });

    test('hears that it missed more than the channel keeps, and gets what is kept', async () => {
      const proxy = await Proxy.start(server.port, 1);
      try {
        const client = await start(proxy.url, ['short']);
        await until(client.open, 'it is subscribed');
        await say('short', 'note', 0);
        await until(async () => (await client.got()).length === 1, 'the first one came');
        await proxy.say('refuse on', 'cut rst');
        await connections(0);
        await say('short', 'note', 1, 6);
        await proxy.say('refuse off');
        await until(async () => (await client.notes()).some(({ code }) => code === 'history_gone'), 'it is told so');
        await say('short', 'note', 6);
        await until(async () => (await client.got()).some(({ data }) => data === 6), 'it goes on');
        assert.deepEqual((await client.got()).map(({ data }) => data), [0, 4, 5, 6], 'what is kept, and what is new');
        await client.close();
      } finally {
        await proxy.stop();
      }
    });
  });
}

describe('a browser', () => {
  test('has separate listeners hear separate names', async () => {
    const { page: shown, context } = await page();
    await shown.evaluate(() => {
      window.heard = [];
      const source = new EventSource('/realtime?channel=room/1');
      for (const name of ['chat', 'notification', 'message']) {
        source.addEventListener(name, ({ type, data }) => window.heard.push(`${name} heard ${type} ${data}`));
      }
      return new Promise((open) => { source.onopen = open; });
    });
    await connections(1);
    for (const [number, name] of ['chat', 'notification', 'other', 'message'].entries()) await say('room/1', name, number);
    await shown.waitForFunction(() => window.heard.length >= 3);
    assert.deepEqual(await shown.evaluate(() => window.heard), [
      'chat heard chat 0', 'notification heard notification 1', 'message heard message 3',
    ]);
    await context.close();
    await connections(0);
  });

  test('whose sockets and streams are blocked polls, and gets the same', async () => {
    const { page: shown, context } = await page(server.url, async (fresh) => {
      await fresh.routeWebSocket('**/realtime', (socket) => socket.close({ code: 1001 }));
      await fresh.route('**/realtime?*', (route) =>
        route.request().headers().accept?.includes('text/event-stream') ? route.abort() : route.continue());
    });
    await shown.evaluate(() => { window.client = window.clients.any('', ['room/1', 'room/2']); });
    await shown.waitForFunction(() => window.client.open);
    assert.deepEqual(await shown.evaluate(() => window.client.tried), ['socket', 'stream', 'poll']);
    await say('room/1', 'note', 0, 50);
    await say('room/2', 'note', 50, 60);
    await shown.waitForFunction(() => window.client.got.length >= 60);
    const got = await shown.evaluate(() => window.client.got.map(({ data }) => data));
    assert.deepEqual(got.toSorted((one, other) => one - other), numbers(0, 60));
    await context.close();
    await connections(0);
  });

  test('that may not subscribe is told so, and does not ask for ever', async () => {
    const { page: shown, context } = await page();
    const ended = await shown.evaluate(() => new Promise((done) => {
      const source = new EventSource('/realtime?channel=room/attic');
      source.onerror = () => done(source.readyState);
    }));
    assert.equal(ended, 2, 'closed, not connecting');
    const answer = await fetch(`${server.url}/realtime?channel=room/attic`);
    assert.equal(answer.status, 403);
    const { word, code, sentence } = await answer.json();
    assert.deepEqual([word ?? code, sentence], ['forbidden', 'Nobody goes there.']);
    await context.close();
  });

  test('with one channel that is refused has the others', async () => {
    const { page: shown, context } = await page();
    await shown.evaluate(() => { window.client = window.clients.stream('', ['room/attic', 'room/1']); });
    await shown.waitForFunction(() => window.client.open && window.client.notes.some(({ code }) => code === 'forbidden'));
    await say('room/1', 'note', 5);
    await shown.waitForFunction(() => window.client.got.length === 1);
    await context.close();
  });
});

/** `curl -N`, as a process whose output is read as it comes. */
function curl(...args) {
  const child = spawn('curl', ['-sN', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const told = { child, text: '', ended: once(child, 'close') };
  child.stdout.setEncoding('utf8').on('data', (text) => { told.text += text; });
  return told;
}

describe('curl -N', () => {
  test('reads the stream of a channel as it is said, and frees it by going', async () => {
    const told = curl('-i', '-H', 'Accept: text/event-stream', `${server.url}/realtime?channel=room/1`);
    await until(() => told.text.includes('event: holm:subscribed'), 'it is greeted and subscribed at once');
    const [head, greeting] = told.text.split('\r\n\r\n');
    for (const line of [
      'HTTP/1.1 200 OK', 'content-type: text/event-stream', 'cache-control: no-cache, no-transform', 'x-accel-buffering: no',
    ]) assert.ok(head.includes(line), `${line} in ${head}`);
    assert.match(greeting, /^retry: \d{4}\n:\n\n/);
    await say('room/1', 'note', 1);
    await until(() => /id: [0-9a-f]{12}-1\nretry: 30\nevent: note\ndata: 1\n\n$/.test(told.text), 'the event, whole');
    assert.equal((await counts()).connections, 1);
    told.child.kill();
    await told.ended;
    await connections(0);
  });

  test('reads a stream that the app feeds, whose producer ends with its reader', async () => {
    const told = curl(`${server.url}/feed`);
    await until(() => told.text.includes('id: 2\nevent: tick\ndata: tick 2\ndata: of many\n\n'), 'three ticks');
    assert.equal((await counts()).feeds, 1);
    told.child.kill();
    await told.ended;
    await until(async () => (await counts()).feeds === 0, 'the producer has ended');
    await connections(0);
  });

  test('goes on after the id it was told', async () => {
    const url = `${server.url}/realtime?channel=room/1`;
    const first = curl('-H', 'Accept: text/event-stream', url);
    await until(() => first.text.includes('holm:subscribed'), 'it is subscribed');
    await say('room/1', 'note', 0, 5);
    await until(() => first.text.includes('data: 4\n'), 'all five');
    first.child.kill();
    await first.ended;
    const ids = [...first.text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id);
    const again = curl('-H', 'Accept: text/event-stream', '-H', `Last-Event-ID: ${ids.at(-3)}`, url);
    await until(() => again.text.includes('data: 4\n'), 'the last two');
    assert.deepEqual([...again.text.matchAll(/^data: (\d)$/gm)].map(([, data]) => data), ['3', '4']);
    again.child.kill();
    await again.ended;
  });
});

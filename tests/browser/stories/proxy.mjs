// A network with faults between the browser and a server: tests/stories/src/proxy.rs as a program.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { bin } from './kit.mjs';

/** Those that run. One that a failed test left behind would keep its file from ending. */
const running = new Set;
after(() => running.forEach((child) => child.kill()));

export class Proxy {
  /** Starts one in front of a server on this machine's port; the same seed brings the same chances. */
  static async start(port, seed = 1) {
    const proxy = new Proxy();
    proxy.child = spawn(`${bin}/fault-proxy`, [`127.0.0.1:${port}`, `${seed}`], { stdio: ['pipe', 'pipe', 'inherit'] });
    running.add(proxy.child);
    proxy.ended = once(proxy.child, 'exit').finally(() => running.delete(proxy.child));
    proxy.lines = createInterface(proxy.child.stdout)[Symbol.asyncIterator]();
    proxy.url = (await proxy.lines.next()).value;
    return proxy;
  }

  /** Gives orders, one after the other; `Proxy::order` lists the words. */
  async say(...lines) {
    for (const line of lines) {
      this.child.stdin.write(`${line}\n`);
      const { value } = await this.lines.next();
      if (value !== 'ok') throw new Error(value);
    }
  }

  async stop() {
    this.child.stdin.end();
    await this.ended;
  }
}

/** Numbers by chance that repeat with their seed: each call gives one from 0 up to `end`, without it. */
export function chance(seed) {
  let state = seed >>> 0;
  return (end) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  };
}

// Realtime clients as an app would write them, small and plain: they come back after a loss, with where they were.

/**
 * The clients, made of these constructors. It travels into pages as text, so it names nothing from outside itself;
 * a client is made of a server's address, empty for the page's own, and channels.
 */
export function make({ EventSource, WebSocket }) {
  const query = (channels) => channels.map((channel) => `channel=${encodeURIComponent(channel)}`).join('&');
  const soon = (again) => setTimeout(again, 20);

  /** An EventSource, which comes back by itself. */
  function stream(url, channels) {
    const client = { got: [], notes: [], open: false, failed: null };
    const source = new EventSource(`${url}/realtime?${query(channels)}`);
    for (const name of ['note', 'chat', 'end', 'message', '1', '2']) {
      source.addEventListener(name, ({ data }) => client.got.push({ name, data: JSON.parse(data) }));
    }
    for (const name of ['holm:subscribed', 'holm:error']) {
      source.addEventListener(name, ({ data }) => {
        client.notes.push(JSON.parse(data));
        client.open = client.notes.length >= channels.length;
      });
    }
    // What is blocked before it ever stood is left to another way, where there is one.
    source.onerror = () => { if (source.readyState === 2 || !client.open) client.failed?.(); };
    client.close = () => source.close();
    return client;
  }

  /** A WebSocket that subscribes again after a loss, each channel after the last event it has of it. */
  function socket(url, channels) {
    const client = { got: [], notes: [], open: false, failed: null };
    const at = {};
    let closed = false, current;
    const connect = () => {
      const base = url || location.origin;
      const ws = new WebSocket(`${base.replace('http', 'ws')}/realtime`);
      current = ws;
      const here = new Set();
      ws.onopen = () => {
        for (const channel of channels) {
          ws.send(JSON.stringify({ type: 'subscribe', channel, ...(at[channel] && { after: at[channel] }) }));
        }
      };
      ws.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        if (message.type === 'event') {
          client.got.push({ name: message.name, data: message.data });
          at[message.channel] = message.id;
        } else if (message.type === 'subscribed') {
          client.notes.push(message);
          at[message.channel] = message.cursor;
          here.add(message.channel);
          client.open = client.open || here.size === channels.length;
        } else if (message.type === 'error') {
          client.notes.push(message);
        }
      };
      ws.onerror = () => {};
      ws.onclose = () => {
        if (closed) return;
        if (!client.open && client.failed) client.failed(); else soon(connect);
      };
    };
    connect();
    client.close = () => { closed = true; current.close(); };
    return client;
  }

  /** Plain requests, one after the other, each after what the last one brought. */
  function poll(url, channels) {
    const client = { got: [], notes: [], open: false };
    const stop = new AbortController();
    const ask = async (after) => {
      const where = after === undefined ? '' : `&after=${encodeURIComponent(after)}`;
      try {
        const answer = await fetch(`${url}/realtime?${query(channels)}${where}`, { signal: stop.signal });
        if (!answer.ok) throw new Error(`${answer.status}`);
        const said = await answer.json();
        for (const message of said.messages) {
          if (message.type === 'event') client.got.push({ name: message.name, data: message.data });
          else client.notes.push(message);
        }
        client.open = true;
        return said.after;
      } catch {
        await new Promise(soon);
        return after;
      }
    };
    (async () => {
      for (let after; !stop.signal.aborted;) after = await ask(after);
    })();
    client.close = () => stop.abort();
    return client;
  }

  /** Whichever of them gets through. */
  function any(url, channels) {
    const client = { got: [], notes: [], open: false, tried: [] };
    const ways = { socket, stream, poll };
    const attempt = ([name, ...others]) => {
      client.tried.push(name);
      const inner = ways[name](url, channels);
      inner.failed = () => { inner.close(); attempt(others); };
      const { got, notes } = inner;
      client.close = inner.close;
      Object.defineProperties(client, {
        got: { get: () => got, configurable: true },
        notes: { get: () => notes, configurable: true },
        open: { get: () => inner.open, configurable: true },
      });
    };
    attempt(Object.keys(ways));
    return client;
  }

  return { stream, socket, poll, any };
}

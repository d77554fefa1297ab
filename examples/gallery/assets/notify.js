// Listens to the page's channel and adds a row for each event: first what is kept, of which the page has most
// rows already, then what comes. The browser comes back by itself after a lost connection, with the id of the
// last event; so does the page, when it is looked at again.
const list = document.querySelector('[data-listen]');
const log = list.parentElement;
const form = document.querySelector('.notify form');
const refused = document.querySelector('.notify .refused');
const kinds = [...form.elements.kind.options];
/** Where the page is in the channel: the id of the newest event. */
let cursor = 'oldest';
let source = null;

const part = (name, className, text) => Object.assign(document.createElement(name), { className, textContent: text });
const left = () => log.scrollHeight - log.clientHeight - log.scrollTop;
const toEnd = () => { log.scrollTop = log.scrollHeight; };
toEnd();

function add(row) {
  // Who reads further up is left there.
  const follows = left() < 2;
  list.append(row);
  while (list.children.length > 20) list.firstElementChild.remove();
  if (follows) toEnd();
}

function notice(kind, label, data) {
  const { key, at, text } = JSON.parse(data);
  if (list.querySelector(`[data-key="${Number(key)}"]`)) return;
  const row = part('li', kind, '');
  row.dataset.key = key;
  row.append(part('b', 'kind', label), part('p', '', text), part('time', '', at));
  add(row);
}

// The words in the page's header.
const say = (status) => { document.documentElement.dataset.liveStatus = status; };

function listen() {
  const address = new URL(list.dataset.listen, location);
  address.searchParams.set('after', cursor);
  say('connecting');
  source = new EventSource(address);
  source.onopen = () => say('live');
  source.onerror = ({ target }) => say(target.readyState === EventSource.CLOSED ? 'stopped' : 'lost');
  for (const { value: kind, text: label } of kinds) {
    source.addEventListener(kind, ({ data, lastEventId }) => {
      cursor = lastEventId;
      notice(kind, label, data);
    });
  }
  source.addEventListener('holm:subscribed', ({ data }) => {
    // The server has restarted, or more came than it keeps. What is kept follows.
    if (JSON.parse(data).recovered !== false || list.lastElementChild?.matches('.gap')) return;
    add(part('li', 'gap', 'Some may be missing here: they are no longer kept.'));
  });
}

function close() {
  source?.close();
  source = null;
}

// Where HTTP/1.1 is spoken, a browser has six connections to a server for all of its tabs: only those that are
// looked at hold one.
const look = () => {
  if (document.hidden) close();
  else if (!source || source.readyState === EventSource.CLOSED) listen();
};
document.addEventListener('visibilitychange', look);
look();

// Sent from here, the page need not load again.
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.action, { method: 'POST', body, redirect: 'manual' }).catch(() => null);
  const sent = answer?.type === 'opaqueredirect';
  if (sent) form.elements.text.value = '';
  refused.textContent = sent ? '' : (await answer?.text()) ?? 'This was not sent: the server is out of reach.';
});

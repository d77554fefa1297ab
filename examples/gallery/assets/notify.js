// Listens to the page's channel and adds a row for each event: first what is kept, of which the page has most
// rows already, then what comes. The browser comes back by itself after a lost
// connection, with the id of the last event.
const feed = document.querySelector('[data-listen]');
const form = document.querySelector('.notify form');
const source = new EventSource(feed.dataset.listen);
const names = new Map([...form.elements.kind.options].map((option) => [option.value, option.text]));

const part = (name, className, text) => Object.assign(document.createElement(name), { className, textContent: text });

for (const [kind, label] of names) {
  source.addEventListener(kind, ({ data }) => {
    const { key, at, text } = JSON.parse(data);
    if (feed.querySelector(`[data-key="${Number(key)}"]`)) return;
    const row = part('li', kind, '');
    row.dataset.key = key;
    row.append(part('b', 'kind', label), part('p', '', text), part('time', '', at));
    feed.append(row);
    while (feed.children.length > 20) feed.firstElementChild.remove();
  });
}

// The words in the page's header.
const say = (status) => { document.documentElement.dataset.liveStatus = status; };
say('connecting');
source.onopen = () => say('live');
source.onerror = () => say(source.readyState === EventSource.CLOSED ? 'stopped' : 'lost');

// Sent from here, the page need not load again.
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.action, { method: 'POST', body, redirect: 'manual' }).catch(() => null);
  if (answer) form.elements.text.value = '';
});

// Listens to the page's channel and adds a row for each event: first what is kept, of which the page has most
// rows already, then what comes. The browser comes back by itself after a lost connection, with the id of the
// last event.
const list = document.querySelector('[data-listen]');
const log = list.parentElement;
const form = document.querySelector('.notify form');
const refused = document.querySelector('.notify .refused');
const source = new EventSource(list.dataset.listen);

const part = (name, className, text) => Object.assign(document.createElement(name), { className, textContent: text });
const left = () => log.scrollHeight - log.clientHeight - log.scrollTop;
const toEnd = () => { log.scrollTop = log.scrollHeight; };
toEnd();

for (const { value: kind, text: label } of form.elements.kind.options) {
  source.addEventListener(kind, ({ data }) => {
    const { key, at, text } = JSON.parse(data);
    if (list.querySelector(`[data-key="${Number(key)}"]`)) return;
    const row = part('li', kind, '');
    row.dataset.key = key;
    row.append(part('b', 'kind', label), part('p', '', text), part('time', '', at));
    // Who reads further up is left there.
    const follows = left() < 2;
    list.append(row);
    while (list.children.length > 20) list.firstElementChild.remove();
    if (follows) toEnd();
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
  const sent = answer?.type === 'opaqueredirect';
  if (sent) form.elements.text.value = '';
  refused.textContent = sent ? '' : (await answer?.text()) ?? 'This was not sent: the server is out of reach.';
});

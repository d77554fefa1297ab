const list = document.querySelector('ol');
const form = document.querySelector('form');

// Comes back by itself after a lost connection, with the id of the last event.
new EventSource('/realtime?channel=room/7').addEventListener('said', ({ data }) => {
  const { name, text } = JSON.parse(data);
  list.append(Object.assign(document.createElement('li'), { textContent: `${name}: ${text}` }));
});

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) });
  form.elements.text.value = '';
});

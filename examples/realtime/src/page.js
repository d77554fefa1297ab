const [list, form, time, alert] = ['ol', 'form', 'time', '[role=alert]'].map((css) => document.querySelector(css));
let socket, after = 'oldest';

const events = {
  said({ name, text }) {
    list.append(Object.assign(document.createElement('li'), { textContent: `${name}: ${text}` }));
  },
  tick(second) { time.textContent = second; },
};

function connect() {
  socket = new WebSocket(`ws${location.protocol.slice(4)}//${location.host}/realtime`);
  const send = (message) => socket.send(JSON.stringify(message));
  socket.onopen = () => {
    // With the cursor of the last event, what came while the connection was lost comes now.
    send({ type: 'subscribe', channel: 'room/7', after });
    send({ type: 'subscribe', channel: 'clock' });
  };
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === 'event') {
      if (message.channel === 'room/7') after = message.id;
      events[message.name]?.(message.data);
    }
    if (message.type === 'error') alert.textContent = message.sentence;
  };
  socket.onclose = () => setTimeout(connect, 1000);
}
connect();

form.addEventListener('submit', (event) => {
  event.preventDefault();
  alert.textContent = '';
  const data = Object.fromEntries(new FormData(form));
  socket.send(JSON.stringify({ type: 'send', channel: 'room/7', data }));
  form.elements.text.value = '';
});

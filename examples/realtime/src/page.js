const [list, form, time, alert] = ['ol', 'form', 'time', '[role=alert]'].map((css) => document.querySelector(css));
const WAITS = 'The server is out of reach. What you write stays here, to be sent when it is back.';
const field = form.elements.text;
const waiting = new Map();
/** Close codes after which a client stays away. */
const OVER = [1000, 4302, 4308];
let socket, after = 'oldest', delay = 1, number = 0;

const say = (text) => { if (alert.textContent !== text) alert.textContent = text; };
const send = (message) => socket.send(JSON.stringify(message));

const add = (textContent, className = '') => {
  list.append(Object.assign(document.createElement('li'), { textContent, className }));
};

const events = {
  said({ name, text }) { add(`${name}: ${text}`); },
  tick(second) { time.textContent = second; },
};

const on = {
  subscribed({ channel, recovered }) {
    if (channel !== 'room/7') return;
    delay = 1;
    if (alert.textContent === WAITS) say('');
    // The server has restarted, or more was said than it keeps. What it keeps follows.
    if (recovered === false) add('Some lines may be missing here.', 'gap');
  },
  event({ channel, name, data, id }) {
    if (channel === 'room/7') after = id;
    events[name]?.(data);
  },
  ack({ id }) { waiting.delete(id); },
  error({ id, sentence }) {
    say(sentence);
    giveBack(id);
  },
};

/** A line that is not said goes back to where it was written, if nothing new is there. */
function giveBack(id) {
  const text = waiting.get(id);
  waiting.delete(id);
  if (text && !field.value) field.value = text;
}

function connect() {
  socket = new WebSocket(`ws${location.protocol.slice(4)}//${location.host}/realtime`);
  socket.onopen = () => {
    // With the cursor of the last event, what came while the connection was lost comes now.
    send({ type: 'subscribe', channel: 'room/7', after });
    send({ type: 'subscribe', channel: 'clock' });
  };
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    on[message.type]?.(message);
  };
  socket.onclose = ({ code }) => {
    // Whether the last of them was said, nobody knows: whoever wrote it sees, and decides.
    for (const id of [...waiting.keys()]) giveBack(id);
    if (OVER.includes(code)) return say('The connection is over. Load the page again to go on.');
    say(WAITS);
    // One second, two, four … and not all clients at once.
    setTimeout(connect, delay * 1000 * (0.75 + Math.random() / 2));
    delay = Math.min(delay * 2, 30);
  };
}
connect();

form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (socket.readyState !== WebSocket.OPEN) {
    say(WAITS);
    return;
  }
  say('');
  const data = Object.fromEntries(new FormData(form));
  number += 1;
  waiting.set(number, data.text);
  send({ type: 'send', channel: 'room/7', data, id: number });
  field.value = '';
});

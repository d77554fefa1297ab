// What the chat's form does at once, before the server answers: it empties when a line is sent, so that the next one
// can be begun, and the log goes to its end, where it will stand; a line that is refused comes back; and of keys the
// server is told, at most every two seconds.
let sent = '';
let told = 0;

// At the window, where it is known who takes the form: where nothing is live, the browser does.
window.addEventListener('submit', (event) => {
  const field = event.target.closest('.say')?.elements.text;
  if (!field || !event.defaultPrevented) return;
  [sent, field.value, told] = [field.value, '', 0];
  // The log is written from its end up: its end is 0.
  document.querySelector('.lines').scrollTo({ top: 0, behavior: 'instant' });
});

document.addEventListener('holm:error', () => {
  const field = document.querySelector('.say')?.elements.text;
  if (field && !field.value) [field.value, sent] = [sent, ''];
});

document.addEventListener('input', ({ target }) => {
  const typist = target.closest('.say')?.querySelector('.typist');
  if (!typist || Date.now() - told < 2000) return;
  told = Date.now();
  typist.click();
});

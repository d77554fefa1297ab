// What an island says of an error, in words and with a class, until it is over. Loaded with the first one.

window.holm.part((parts, TAG, is, around, foreign, mixed, astray, changed, owned, parse, put, drop, retext, write, live, isTouched, refocus, begin, end) => {

/** Island → the number of the event that failed, 0 for what is no event's fault. */
const failed = new Map;

/** Shows an error, or none; nobody is to take it for a change of others. */
const tell = (element, sentence) => {
  begin(element);
  element.classList.toggle("holm-error", failed.has(element));
  for (const each of element.querySelectorAll("[data-live-error]")) if (each.closest(TAG) == element) each.textContent = sentence;
  end();
};
const over = element => failed.delete(element) && tell(element, "");

// What no event caused may be over when the island has joined again.
document.addEventListener("holm:mount", ({ target }) => failed.get(target) || over(target));

return {
  error: (element, seq, sentence) => {
    failed.set(element, seq);
    tell(element, sentence);
  },
  // A later event has been dealt with; who answers up to no end has given up.
  answered: (element, seq, refused) => refused || seq > 2e9 || seq > failed.get(element) && over(element),
};

});

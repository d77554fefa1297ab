// What the client itself writes on a page: an island's error until it is over, and how many people are there. Loaded with
// the first element for either, or with the first error or count.

window.holm.part((parts, TAG, is, around, foreign, mixed, astray, changed, owned, parse, put, drop, retext, write, live, isTouched, refocus, begin, end, observe, call, load, queue, fire) => {

/** Island → the newest event by then, or 0 for what is no event's fault: what was pressed before anybody read it says nothing. */
const failed = new Map, newest = new WeakMap;

/** Writes as a job does: nobody is to take it for a change of others. */
const job = (island, write) => {
  begin(island);
  write();
  end();
};
const tell = (element, sentence) => job(element, () => {
  element.classList.toggle("holm-error", failed.has(element));
  for (const each of element.querySelectorAll("[data-live-error]")) if (each.closest(TAG) == element) each.textContent = sentence;
});
const over = element => failed.delete(element) && tell(element, "");

// What no event caused may be over when the island has joined again.
document.addEventListener("holm:mount", ({ target }) => failed.get(target) || over(target));

return {
  kept: (target, name, seq, island) => newest.set(island, seq),
  error: (element, seq, sentence) => {
    failed.set(element, seq && Math.max(seq, newest.get(element) || 0));
    tell(element, sentence);
  },
  count: (elements, total, count) => {
    for (const each of elements) job(each, () => each.textContent = count);
    fire(window, "holm:presence", { type: "presence", count, total: !!total });
  },
  // A later event has been dealt with; who answers up to no end has given up.
  answered: (element, seq, refused) => refused || seq > 2e9 || seq > failed.get(element) && over(element),
};

});

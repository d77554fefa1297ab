// What helps people and the page's own scripts along: words that happen once (focus, copy, open, reset), forms that are
// emptied, live regions that speak once per burst, and widgets. Loaded where a page's HTML has a form of an island's, a
// live region or a widget, or with the first such word.

window.holm.part((parts, TAG, is, around, foreign, mixed, astray, changed, owned, parse, put, drop, retext, write, live, isTouched, refocus, begin, end, observe, call, load, queue, fire) => {

const root = document;

// Words that cannot be taken back: of an element, what was pressed, the number of the event that is answered

const turn = on => element => {
  if (element.popover) element.togglePopover(on);
  else if (!element.showModal) element.open = on;
  else if (on) element.open || element.showModal();
  else element.close();
};
/** How often the visitor has moved the focus, pressed or typed something; the last events, which know how often until then. */
let moves = 0, moments = [], own;
/** That of an event. */
const moment = (by, seq) => moments.find(([island, event]) => island == by && event.seq == seq)?.[1].moves;
/** Whether what has waited for this part is done now: who pressed something may have gone on since. */
let young = 1;
setTimeout(() => young = 0);
for (const type of ["focusin", "pointerdown", "keydown", "input"]) addEventListener(type, e => own || e.repeat || moves++, true);
/** Whether the visitor has gone on since the event that a server's act answers; without one, whether they may be typing. */
const isLate = (by, seq) => {
  const then = moment(by, seq), server = by.localName == TAG, active = root.activeElement;
  return then != null ? then != moves : server && seq && moves
    || (server || young) && active?.matches("input,textarea,select,[contenteditable]") || young && !active?.contains(by) && !by.contains(active);
};
/** The focus goes where nobody but this page has sent it. */
const focus = element => {
  own = 1;
  element.focus();
  if (root.activeElement != element) {
    // A heading, or whatever else takes no focus by itself.
    element.tabIndex = -1;
    element.focus();
  }
  own = 0;
};
const ONCE = {
  focus: (element, by, seq) => isLate(by, seq) || focus(element),
  select: (element, by, seq) => isLate(by, seq) || element.select(),
  copy: async (element, by) => {
    const text = element.matches("input,textarea,select") ? element.value : element.innerText;
    try { await navigator.clipboard.writeText(text) } catch {
      // Without the right to, or where the page came over HTTP.
      addEventListener("copy", e => {
        e.clipboardData.setData("text/plain", text);
        e.preventDefault();
      }, { once: true });
      if (!root.execCommand("copy")) return console.warn("holm: nothing was copied");
    }
    fire(by, "holm:copied", { text });
  },
  open: (element, by, seq) => {
    const late = isLate(by, seq);
    own = 1;
    try { turn(true)(element) } finally { own = 0 }
    // A modal dialog has to take the focus: then itself, so that no key that was meant for something else presses a button.
    late && element.showModal && focus(element);
  },
  close: turn(false),
  // A server's act without a number answers the newest answer; where there was none, what stands there is older.
  reset: (element, by, seq) => reset(element, (seq ||= answers.get(by)) ? moment(by, +seq) : 1 / 0),
};

// Forms

const ticks = field => /^(checkbox|radio)$/.test(field.type);
/** What a field holds, what it held at first, and how to put that there. */
const held = field => field.options ? [...field.options].map(each => each.selected)
  : ticks(field) ? field.checked : field.files ? [...field.files] : field.value;
const first = field => field.options ? [...field.options].map(each => each.defaultSelected)
  : ticks(field) ? field.defaultChecked : field.files ? [] : field.defaultValue;
const hold = (field, value) => {
  if (field.options) value.forEach((on, at) => field.options[at].selected = on);
  else if (ticks(field)) field.checked = value;
  else if (field.files) {
    const all = new DataTransfer;
    value.forEach(file => all.items.add(file));
    field.files = all.files;
  } else if (field.value != value) field.value = value;
};
/** Of each field, how often the visitor had moved when they changed it; of each island, the newest answer. */
const stamps = new WeakMap, answers = new WeakMap;
/** Forms to be emptied with the answer of an event, `[island, event, form, what was in them]`. */
let emptied = [];
let composing;
// All kinds of fields say so; a `change` may come long after it.
addEventListener("input", ({ target }) => {
  // A choice of the visitor's is one of the whole group.
  for (const each of [target, ...target.type == "radio" ? root.getElementsByName(target.name) : []])
    each.form == target.form && stamps.set(each, moves);
}, true);
addEventListener("compositionstart", e => composing = e.target, true);
addEventListener("compositionend", () => composing = 0, true);

/**
 * Empties a form, but for what the visitor has changed since they had moved so often; answers what was there. Without a
 * number it is that of an event from before this part came.
 */
const reset = (form, then = 0) => {
  const back = [];
  // Without `events` nothing outside of a form is anybody's business.
  for (const field of parts.elements?.(form) || [form, ...form.querySelectorAll("*")]) {
    const one = () => {
      // What was changed before this part came, `events` knows.
      if (!is(field, "input,textarea,select") || (stamps.has(field) ? stamps.get(field) > then : then < 1 / 0 && parts.typed?.(field))) return;
      back.push([field, held(field)]);
      hold(field, first(field));
    };
    field == composing ? field.addEventListener("compositionend", () => setTimeout(one), { once: true }) : one();
  }
  form.localName == "form" && form.dispatchEvent(new Event("reset", { bubbles: true }));
  return back;
};
// Of several events that are answered at once, the word of an error comes last: then what was emptied is put back.
root.addEventListener("holm:error", ({ target, detail: { seq } }) => {
  for (const [island, event, , back] of emptied)
    if (island == target && event.seq == seq) for (const [field, value] of back || []) "" + held(field) == "" + first(field) && hold(field, value);
});

// Live regions

const LIVE = "[aria-live]:not([aria-live=off]),[role=status],[role=alert],[role=log]", BUSY = "aria-busy";
/** A region is busy from its first change until none has come for 300 ms, or for 2 s: then it is read out once. */
const bursts = new Map;
/** Writes where the observer does not look: a job takes it off before and puts it on again after, so that it is nobody's. */
const quietly = (island, job) => {
  begin(island);
  job();
  end();
};
const ear = new MutationObserver(records => {
  for (const region of new Set(records.map(({ target }) => around(target.nodeType == 1 ? target : target.parentNode || root, LIVE)))) {
    const island = region?.closest(TAG);
    let burst = bursts.get(region);
    if (!island || !burst && region.hasAttribute(BUSY)) continue;
    burst || quietly(island, () => bursts.set(region, burst = { until: Date.now() + 2e3 }));
    clearTimeout(burst.timer);
    burst.timer = setTimeout(() => quietly(island, () => bursts.delete(region)), Math.min(300, burst.until - Date.now()));
  }
});
const listen = where => where.querySelectorAll(LIVE).forEach(each => ear.observe(each, { subtree: true, childList: true, characterData: true }));
root.querySelectorAll(TAG).forEach(listen);
/** Whether there may be a new one. */
let more;

// Widgets

/** Name → what the page's script does; element → `{name, does, was, stale}`. */
const known = new Map, mounted = new Map, WIDGET = "data-live-widget";
const told = (widget, what, element, ...more) => {
  try { widget.does[what]?.(element, ...more) } catch (error) { console.error(error) }
};
let planned;
/** After the job, as it is the page's own code. */
const widgets = () => {
  if (planned || !known.size) return;
  planned = 1;
  queueMicrotask(() => {
    planned = 0;
    for (const [element, widget] of mounted)
      if (!element.isConnected || element.getAttribute(WIDGET) != widget.name) {
        mounted.delete(element);
        told(widget, "unmount", element);
      } else if (widget.stale) {
        widget.stale = 0;
        told(widget, "update", element, element.dataset);
      }
    for (const element of root.querySelectorAll(`[${WIDGET}]`)) {
      const name = element.getAttribute(WIDGET), widget = { name, does: known.get(name) };
      if (widget.does && !mounted.has(element)) {
        mounted.set(element, widget);
        told(widget, "mount", element, element.closest(TAG));
      }
    }
  });
};
const push = (...all) => {
  for (const [name, does] of all) known.set(name, does);
  widgets();
};
const waited = window.holmWidgets || [];
window.holmWidgets = { push };
push(...waited);
window.holm.widget = (...both) => push(both);
/** What the server says to a widget, by which its changes are known from the widget's own. */
const said = element => JSON.stringify(element.dataset);

const rest = () => own = 0;
/** What of these an island holds: of the others nothing is read or written. */
const inside = (island, all) => [...all].filter(([element]) => island.contains(element));

return {
  need: html => more ||= / aria-live| role=/.test(html),
  once: (verb, element, by, seq) => {
    try { ONCE[verb](element, by, seq) } catch (error) {
      console.warn(`holm: ${verb}: ${ONCE[verb] ? error.message : "there is no such word"}`);
    }
  },
  // By the time it is kept, the visitor may have gone on.
  flush: (island, target, event) => event && (event.moves = moves),
  kept: (target, name, seq, island, event) => {
    moments = [...moments.slice(-255), [island, event]];
    emptied = emptied.filter(each => !each[3]);
    is(target, "form[data-live-reset]") && emptied.push([island, event, target]);
  },
  answered: (island, seq, refused) => {
    refused || !seq || seq > 2e9 || answers.set(island, seq);
    emptied = emptied.filter(each => {
      if (each[0] != island || each[3] || (refused ? each[1].seq != seq : each[1].seq > seq)) return 1;
      // After the edit of that frame; but who answers up to no end has given up.
      return !refused && seq < 2e9 && queue.push(() => each[3] = reset(each[2], each[1].moves));
    });
  },
  before: island => {
    // Where the focus goes in a job is nobody's doing.
    own || queueMicrotask(rest);
    own = 1;
    for (const [region] of inside(island, bursts)) region.removeAttribute(BUSY);
    for (const [element, widget] of inside(island, mounted)) widget.was = said(element);
  },
  after: island => {
    for (const [region] of inside(island, bursts)) region.setAttribute(BUSY, true);
    for (const [element, widget] of inside(island, mounted)) widget.stale ||= said(element) != widget.was;
    more && listen(island);
    more = 0;
    widgets();
  },
};

});

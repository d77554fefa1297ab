// What a page does before or without an answer: optimistic edits that are rolled back, controls that wait, what needs
// no server at all, and what a server has the page do. Loaded where a page's HTML has one of their attributes, or with
// the first act of a server.

window.holm.part((parts, TAG, is, around, foreign, mixed, astray, changed, owned, parse, put, drop, retext, write, live, isTouched, refocus, begin, end, observe, call, load, queue, fire, emit, part) => {

/** What takes back what is being done, the newest first; nothing while it is done for good. */
let undo, stack = [];
/** What holds until an event is answered: `[island, event, job]`, in order. */
let pending = [];
/** Takes back all that is pending and does again what still is, where the observer does not see it. */
const again = island => {
  begin(island);
  end();
};

const set = (element, name, value, back) => {
  const old = element.getAttribute(name), was = () => changed.get(element), noted = was()?.has(name);
  const to = value => value == null ? element.removeAttribute(name) : element.setAttribute(name, value);
  if (old == value) return;
  to(value);
  undo?.unshift(() => {
    // What others have changed meanwhile is theirs; then the observer took ours for the server's.
    element.getAttribute(name) == value ? to(old) : back?.();
    !noted && was()?.has(name) && was().set(name, old);
  });
};
const mark = (element, word, on) => {
  const list = element.classList, model = document.createElement("p"), is = list.contains(word);
  if (on == is) return;
  model.className = element.getAttribute("class") || "";
  model.classList.toggle(word);
  set(element, "class", model.className, () => list.toggle(word, is));
};
const say = (element, text) => {
  const all = [...element.childNodes], [first] = all, data = first?.data;
  if (element.localName == "input") set(element, "value", text);
  else if (data != null && !all[1]) {
    first.data = text;
    undo?.unshift(() => { if (first.data == text) first.data = data });
  } else {
    element.textContent = text;
    const made = element.firstChild;
    undo?.unshift(() => {
      made?.remove();
      element.prepend(...all);
    });
  }
};
/** Where the focus is in what goes, it goes on. */
const leave = element => {
  const active = document.activeElement;
  element.contains(active) && part("care").then(() => parts.leave?.(element, active));
};
/** Buttons say whether what they control is shown: the pressed one, and all with `aria-controls`. */
const show = (element, by, on) => {
  const { id } = element, controls = by.getAttribute("aria-controls");
  set(element, "hidden", on ? null : "");
  const tell = each => set(each, "aria-expanded", "" + on);
  if (is(by, "button,a,[role]") && !element.contains(by) && (!controls || controls == id)) {
    id && set(by, "aria-controls", id);
    tell(by);
  }
  id && document.querySelectorAll(`[aria-expanded][aria-controls~="${CSS.escape(id)}"]`).forEach(tell);
  on || leave(element);
};
const fill = (text, data) => text.replace(/{([\w-]+)}/g, (all, name) => data?.get(name) ?? all);

/** Words that can be taken back, of an element, what was pressed, what follows, the form's fields and the word. */
const WORDS = {
  toggle: (element, by) => show(element, by, element.hasAttribute("hidden")),
  show: (element, by) => show(element, by, true),
  hide: (element, by) => show(element, by, false),
  class: (element, _, name) => mark(element, name),
  "class+": (element, _, name) => mark(element, name, true),
  "class-": (element, _, name) => mark(element, name, false),
  attr: (element, _, rest) => {
    const [, name, value] = rest.match(/(\S*)\s*([^]*)/);
    if (/^on/i.test(name)) throw "no script";
    set(element, name, value || (element.hasAttribute(name) ? null : ""));
  },
  text: (element, _, rest, data) => say(element, fill(rest, data)),
  // It stays in its place and keeps its state, and is neither seen, read out nor reached.
  remove: element => {
    set(element, "data-live-gone", "");
    leave(element);
  },
  // A template's content, with the form's fields in it as text.
  append: (element, by, template, data, word) => {
    if (!word.nodes) {
      const made = document.importNode(find(by, template)[0].content, true);
      for (const each of made.querySelectorAll("script")) each.remove();
      const walk = document.createTreeWalker(made);
      for (let node; node = walk.nextNode();)
        for (const each of node.attributes || [node]) {
          // What a visitor types is no address and no script.
          if (!/^(on|style|src|data$|ping|values$|to$|from$|by$)|href|action/i.test(each.name)) each.nodeValue = fill(each.nodeValue, data);
        }
      word.nodes = [...made.childNodes];
    }
    element.append(...word.nodes);
    undo?.unshift(() => word.nodes.map(node => node.remove()));
  },
};
/** In the island first, then in the document. */
const find = (by, selector) => {
  if (/^(this)?$/.test(selector)) return [by];
  if (/^closest:/.test(selector)) return [around(by, selector.slice(8))].filter(each => each);
  const inside = (around(by, TAG) || document).querySelectorAll(selector);
  return inside[0] ? inside : document.querySelectorAll(selector);
};
const words = text => (text || "").split(";").map(each => ({ text: each.trim() })).filter(each => each.text);
/** Does words; `seq` is the event's number that a server's act answers. */
const run = (all, by, data, seq) => {
  for (const word of all) try {
    let [, verb, selector, rest] = word.text.match(/(\S+)\s*(\S*)\s*([^]*)/);
    const plain = text => text.replace(/%(20|25|3B)/g, unescape), job = WORDS[verb];
    // Most words end with the selector, which then may have spaces.
    if (!/^(class.?|attr|text|append)$/.test(verb)) selector += " " + rest;
    else if (!rest && verb != "text") [selector, rest] = ["", selector];
    const found = find(by, plain(selector).trim());
    // What an optimistic edit is about may have gone meanwhile.
    if (!found[0] && !undo) throw "nothing is found";
    if (job) for (const element of found) job(element, by, plain(rest), data, word);
    else if (undo) throw "no undo";
    else part("aid").then(() => parts.once?.(verb, found[0], by, seq));
  } catch (error) {
    word.bad ||= !console.warn(`holm: ${word.text}: ${error.message || error}`);
  }
};
/** Fields of a form may have the names of these. */
const read = Element.prototype.getAttribute;
const fields = from => {
  const form = around(from, "form");
  return form && new FormData(form);
};

const NAMES = { focusin: "focus", focusout: "blur" }, DO = "[data-live-do]";
for (const type of "click input change dblclick submit focusin focusout keydown keyup".split(" "))
  document.addEventListener(type, e => {
    for (let by = around(e.target, DO); by; by = around(by.parentNode, DO)) {
      const has = (name, all, what) => (by.getAttribute(name) || all).split(" ").includes(what);
      if (!has("data-live-do-on", "click", NAMES[type] || type) || e.key && !has("data-live-keys", e.key, e.key)) continue;
      if (is(by, ":disabled,[aria-disabled]")) return;
      if (is(by, "[href]")) {
        if (e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
        e.preventDefault();
      }
      return run(words(by.getAttribute("data-live-do")), by, fields(by));
    }
  });

/** What is disabled keeps the focus, so that nobody who uses the keyboard loses their place; presses of it are swallowed. */
const waiting = new Set;
for (const type of ["submit", "click"])
  addEventListener(type, e => {
    if (waiting.has(around(e.target, type == "click" ? "[aria-disabled]" : "form"))) {
      e.preventDefault();
      e.stopImmediatePropagation();
    }
  }, true);
const wait = (element, label) => {
  waiting.add(element);
  undo.unshift(() => waiting.delete(element));
  element.localName == "form" || set(element, "aria-disabled", "true");
  label && say(element, label);
};

const sheet = new CSSStyleSheet;
sheet.replaceSync("[data-live-gone]{display:none!important}");
document.adoptedStyleSheets.push(sheet);

return {
  // By the time it is kept, something else may stand in the fields.
  flush: (_, target, event) => event && (event.data = fields(target)),
  kept: (target, name, seq, island, event) => {
    const all = words(read.call(target, "data-live-optimistic")), data = event.data || fields(target);
    const { submitter } = event, form = target.localName == "form" && parts.elements(target);
    // An empty one says only that there is to be a wait.
    const said = by => by && read.call(by, "data-live-disable"), label = said(submitter) || (said(target) ?? said(submitter));
    if (!all[0] && label == null) return;
    pending.push([island, event, () => {
      if (!target.isConnected) return;
      run(all, target, data);
      if (label == null) return;
      wait(target, !form && label);
      const by = submitter || target.querySelector("button:not([type]),[type=submit]");
      for (const each of form || []) if (/^(su|bu|im|res)/.test(each.type)) wait(each, each == by && label);
    }]);
    again(island);
  },
  answered: (island, seq, refused) => {
    const left = pending.filter(([of, event]) => of != island || (refused ? event.seq != seq : event.seq > seq));
    if (left.length == pending.length) return;
    pending = left;
    again(island);
  },
  before: () => {
    stack.map(back => back());
    stack = [];
  },
  after: () => {
    undo = stack;
    pending.map(each => each[2]());
    // Nothing, in fewer bytes than any word for it.
    undo = [][0];
  },
  // Before the selector may stand the number of the event that is answered.
  act: (island, word, rest) => {
    const [, seq, selector] = rest.match(/^(?:(\d+) )?([^]*)/);
    run([{ text: word + " " + selector }], island, 0, seq);
  },
};

});

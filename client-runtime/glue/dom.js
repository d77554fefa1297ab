// DOM jobs of an edit program. `root` is the island of the job, `at` the place of the walk.

let root, at, answers, keys = new WeakMap;
/** The new order that is being named, from first to last: whether a run stays, and its nodes. */
let pieces = [];
/** The focused element and its selection before the job; what `parts.lead` looks for another by when it is gone. */
let focused, caret, among, quiet;
/** The field that text is being composed in, and the fields whose new value has yet to land. */
let composing;
const late = new Set;
/** Whether the job does more than write texts, so that elements may act on it. Until then nobody has to watch. */
let risky;
const risk = () => risky || (risky = 1, watch());

for (const type of ["focus", "blur", "focusin", "focusout"])
  addEventListener(type, e => quiet && e.stopImmediatePropagation(), true);
// What a visitor selects or writes outside of fields is minded there; what the server had put there is known before.
addEventListener("selectionchange", () => getSelection().isCollapsed || part("care"), true);
addEventListener("beforeinput", ({ target }) => target.type || target.isContentEditable && part("care", target.holm ??= target.innerHTML, lost(target)), true);
addEventListener("compositionstart", e => composing = e.target, true);
addEventListener("compositionend", () => {
  composing = 0;
  // By then what the composed text has to say is on its way, and its field ahead.
  setTimeout(land);
}, true);

/** `seq`: the event that the job answers, 0 or nothing for none. */
const begin = (island, seq) => {
  note(observer.takeRecords());
  observer.disconnect();
  root = at = island;
  answers = seq;
  focused = document.activeElement;
  if (focused == document.body || !root.contains(focused)) focused = 0;
  caret = focused && selection(focused);
  among = 0;
  parts.before?.(root);
};

/** Moves the focus without a word of it; answers whether it went there. */
const refocus = element => {
  quiet = 1;
  element.focus({ preventScroll: true });
  quiet = 0;
  return element == document.activeElement;
};

/** `own`: the job came of something the user did, who may be led to what is new. */
const end = own => {
  note(observer.takeRecords());
  observer.disconnect();
  land();
  parts.after?.(root, answers);
  watch();
  if (focused && focused != document.activeElement && root.contains(focused)) {
    refocus(focused);
    select(focused, caret);
  } else if (document.activeElement == document.body) {
    own && [...root.querySelectorAll("[autofocus]")].find(each => [...mine].some(node => contains.call(node, each)))?.focus();
    const lead = among;
    lead && part("care").then(() => document.activeElement == document.body && parts.lead(...lead));
  }
  risky = 0;
  if (mine.size) mine = new Set;
  if (wrote.size) wrote = new Map;
  pieces = [];
};

const selection = field => {
  // Some kinds of input throw here, others answer null.
  try { return [field.selectionStart, field.selectionEnd, field.selectionDirection] } catch {}
};
const select = (field, caret) => {
  try { caret[0] != null && field.setSelectionRange(...caret) } catch {}
};

/** Parses HTML as the inside of an element of this kind, into a fragment. */
const parse = (doc, parent, html) => {
  need(html);
  const context = doc.createElementNS(parent.namespaceURI, parent.localName), range = doc.createRange();
  // Makes shadow roots of the templates that declare them, where the browser can.
  if (context.setHTMLUnsafe) context.setHTMLUnsafe(html);
  else context.innerHTML = html;
  // One of the context itself was there when the page was opened.
  context.querySelector(":scope>[shadowrootmode]")?.remove();
  range.selectNodeContents(context.content || context);
  return range.extractContents();
};

/** Puts a node or fragment before another, moving without a restart where the browser can. */
const put = (parent, node, before) => {
  risk();
  for (const each of node.nodeType == 11 ? node.childNodes : [node]) {
    mine.add(each);
    // The parser's own select has picked its first option; the page's keeps what it shows.
    if (each.localName == "option" && !each.isConnected) {
      node == each && node.remove();
      each.selected = each.defaultSelected;
    }
  }
  foreign.delete(node);
  if (node.isConnected && parent.moveBefore) try { return parent.moveBefore(node, before) } catch {}
  parent.insertBefore(node, before);
};

const retext = (node, data) => {
  risky && mine.add(node);
  node.data = data;
};

const drop = node => {
  risk();
  if (focused && contains.call(node, focused)) among ||= [root, focused, node.parentNode, [...root.querySelectorAll("*")]];
  mine.add(node);
  node.parentNode.removeChild(node);
};

/** Writes an attribute (`null` removes it) and the live property it stands for. Answers whether it could. */
const write = (element, name, value, model) => {
  const names = wrote.get(element), theirs = changed.get(element);
  // Without the part that knows what others changed, what is the page's own, and odd names, a snapshot mends it.
  if (name == "class" && theirs?.has(name) || /[^\w-]/.test(name) || is(element, "[data-live-keep],[data-live-ignore=all]")) {
    value = parts.care?.(element, name, value, theirs);
    if (value === undefined) return parts.care;
  } else theirs?.delete(name);
  risk();
  names ? names.add(name) : wrote.set(element, new Set([name]));
  const tag = element.localName, there = element.getAttributeNode(name), shown = /^(checked|selected|muted)$/.test(name);
  const ahead = shown && element[name] != (value != null) && parts.ahead?.(element, value != null);
  const was = element[name], chosen = ahead ? root.querySelectorAll(tag + ":checked") : [];
  if (value == null) {
    // Only close() takes a modal dialog out of the top layer.
    if (tag == "dialog" && name == "open") element.close();
    element.removeAttribute(name);
  } else if (there) there.value = value;
  else if (model) element.setAttributeNode(model.cloneNode());
  else element.setAttribute(name, value);
  there || need(` ${name}=${value}`);
  if (shown) {
    element[name] = ahead ? was : value != null;
    // The attribute alone may have chosen another.
    for (const each of chosen) each[name] = true;
  }
  else if (name == "value" && tag == "input") late.add(element);
  return 1;
};

/**
 * Writes the value of a field, unless the visitor is ahead of the server there; what is being composed ends first.
 * Answers whether it does, also for what is editable otherwise, with no value.
 */
const live = (field, value) => {
  if (parts.ahead?.(field, value)) return;
  if (field == composing) return late.add(field);
  if (field.value != value && field.type != "file") {
    const caret = field == document.activeElement && selection(field);
    field.value = value;
    caret && select(field, caret);
  }
};
/** Values land when everything else of the job is written: a range has its bounds by then. */
const land = () => {
  const fields = [...late];
  late.clear();
  for (const field of fields) live(field, field.defaultValue);
};

/** The text of a textarea is its default value; the live value follows a change of it. */
const settled = element => (element.localName == "textarea" && late.add(element), 1);

/** Whether an element is the server's and of this island: in no deeper one, no list, and no node of others. */
const within = element => {
  while (element && !foreign.has(element)) {
    element = element.parentNode;
    if (element && sealed(element)) return element == root;
  }
};

/** `len` nodes of the server's from this index on, or nothing when there are fewer. */
const stretch = (start, len) => {
  const nodes = [];
  for (let node = own(at, start); len; node = node.nextSibling) {
    if (!node) return;
    foreign.has(node) || (nodes.push(node), len--);
  }
  return nodes;
};

/** The steps of a walk, in the order of `browser.rs`. Each answers whether it found what it was written for. */
const STEPS = [
  // Up so many levels, then down two children, or one when the second is negative, or none.
  (levels, index, next) => {
    for (; levels--; at = at.parentNode) if (at == root) return;
    for (const down of [index, next]) {
      if (down < 0) return 1;
      at = own(at, down);
      if (at?.nodeType != 1) return;
    }
    return 1;
  },
  (key, _, id) => {
    let name = id ? "id" : "data-key", map = keys.get(root), element = id ? document.getElementById(key) : map?.get(key);
    if (!within(element) || element.getAttribute(name) != key) {
      keys.set(root, map = new Map);
      for (const each of root.querySelectorAll(`[${name}]`)) if (within(each)) {
        const found = each.getAttribute(name);
        // What two elements answer to names neither.
        map.set(found, map.has(found) ? 0 : each);
      }
      element = map.get(key);
    }
    return element && (at = element, 1);
  },
  (data, _, index, keep, count) => {
    const node = own(at, index);
    if (!node?.replaceData || touched && astray.has(node) || count >= 0 && keep + count > node.length) return;
    if (count < 0) retext(node, data);
    else {
      risky && mine.add(node);
      node.replaceData(keep, count, data);
    }
    return settled(at);
  },
  (name, value, gone) => write(at, name, gone ? null : value),
  (html, _, index) => {
    const before = own(at, index);
    if (!before && (astray.has(at) || index != owned(at).length)) return;
    put(at, parse(document, at, html), before || null);
    return settled(at);
  },
  (index, count) => {
    const nodes = stretch(index, count);
    return nodes && (nodes.forEach(drop), settled(at));
  },
  (from, to, count) => {
    const nodes = stretch(from, count), before = own(at, to > from ? to + count : to) || null;
    return nodes && (nodes.forEach(node => put(at, node, before)), 1);
  },
  () => mixed.has(at) ? owned(at).length : at.childNodes.length,
  (start, len, bits) => {
    // A run that stays is known by its first node, unless what is in no run has to be found.
    const stay = bits & 2, nodes = stretch(start, stay && bits < 4 ? 1 : len);
    return nodes && pieces.push([stay, bits & 1 ? nodes.reverse() : nodes]);
  },
  html => pieces.push([0, [...parse(document, at, html).childNodes]]),
  whole => {
    if (whole) {
      const kept = new Set(pieces.flatMap(piece => piece[1]));
      for (const node of owned(at)) kept.has(node) || drop(node);
    }
    let before = null;
    for (const [stay, nodes] of pieces.reverse())
      for (const node of nodes.reverse()) {
        stay || put(at, node, before);
        before = node;
      }
    pieces = [];
    return settled(at);
  },
  html => {
    // Without the part that morphs, what is there makes room.
    if (parts.morph) parts.morph(root, at, html);
    else {
      owned(at).forEach(drop);
      put(at, parse(document, at, html), null);
    }
    return settled(at);
  },
];

/** What the parts gave, once they are loaded. */
const parts = {};

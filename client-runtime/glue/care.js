// Attributes that need care, where the focus goes when what had it is gone, mounts of nested islands, what is selected, and
// what visitors write in something editable. Loaded with the part that morphs, with the first mount, with the first
// focus that is lost, or when a visitor selects something.

window.holm.part((parts, TAG, is, around, foreign, mixed, astray, changed, owned, parse, put, drop, retext, write, live, isTouched, refocus, begin, end, observe, call, load, queue, fire, emit, part, need, token, go) => {

const words = text => (text || "").split(/\s+/).filter(Boolean);

/** Whether an attribute belongs to the page once its element is there. */
const kept = (element, name) => !/^data-live-(keep|ignore)$/.test(name) && (element.getAttribute("data-live-ignore") == "all"
  || words(element.getAttribute("data-live-keep")).some(word => word == name || word.endsWith("*") && name.startsWith(word.slice(0, -1))));

/** What is to be written instead of `value`; nothing where the attribute is the page's. */
const care = (element, name, value, was) => {
  if (kept(element, name)) return;
  if (was?.has(name)) {
    const old = was.get(name);
    was.delete(name);
    if (name == "class" && value != null) {
      // Classes that others added or took away stay so.
      const server = words(value), before = words(old), now = words(element.getAttribute(name));
      const merged = server.filter(word => now.includes(word) || !before.includes(word))
        .concat(now.filter(word => !before.includes(word) && !server.includes(word))).join(" ");
      if (merged != server.join(" ")) {
        was.set(name, value);
        value = merged;
      }
    }
  }
  if (value != null && /[^\w-]/.test(name) && !element.getAttributeNode(name)) {
    // The parser takes names that setAttribute refuses, and knows the namespace of xlink:href.
    const [made] = parse(document, element, (element.namespaceURI.endsWith("xhtml") ? "<p " : "<svg ") + name + "=''>").firstChild.attributes;
    element.setAttributeNode(made.ownerElement.removeAttributeNode(made));
  }
  return value;
};

const STOPS = "a[href],button,input,select,textarea,summary,[tabindex],[contenteditable]";
const calling = stop => [stop.localName, stop.type, stop.name, (stop.getAttribute("data-live") || "").split(" ")[0]] + "";

/**
 * Leads on from what had the focus in `parent` to what is nearest: the same control of the next row or the one before,
 * whatever else is beside it, what is around it, a heading made for this, or what comes next in the island.
 */
const lead = (root, old, parent, before) => {
  const all = [...root.querySelectorAll(STOPS)];
  const at = all.indexOf(before.slice(0, before.indexOf(old)).findLast(each => all.includes(each))) + 1;
  const near = [...all.slice(at), ...all.slice(0, at).reverse()], beside = near.filter(each => parent.contains(each) && each != parent);
  const around = parent.closest("[tabindex]");
  [
    // What went by itself was no row.
    ...old.parentNode ? beside.filter(each => calling(each) == calling(old)) : [], ...beside,
    ...root.contains(around) ? [around] : [], ...root.querySelectorAll("[tabindex='-1']"), ...near,
  ].some(go);
};

/** The focus goes from what is no longer shown to what follows, else to what comes before. */
const leave = (element, active) => {
  const all = [...document.querySelectorAll(STOPS)], at = all.indexOf(active);
  for (const each of [...all.slice(at), ...all.slice(0, at).reverse()])
    if ([active, document.body].includes(document.activeElement) && !element.contains(each) && each.tabIndex >= 0) go(each);
};

/** Fills the placeholder of a nested island; answers it and its place in the list. */
const mount = (islands, parent, key, html) => {
  const above = islands[parent];
  for (const element of above.querySelectorAll(TAG))
    if (element.getAttribute("data-key") == key && element.parentNode.closest(TAG) == above) {
      begin(element);
      [...element.childNodes].forEach(drop);
      put(element, parse(document, element, html), null);
      write(element, "data-instance", above.getAttribute("data-instance") + "/" + key);
      end(1);
      // An island of the same key that is over makes room, on the page and in the list.
      const at = islands.findIndex(each => each == element || !each.isConnected);
      return [element, at < 0 ? islands.length : at];
    }
};

/** Editable element → what the server says of it since an event of its is on its way, or text is composed there. */
const waits = new Map;
/** Whether what a visitor writes in it is not to be touched. */
const busy = old => old.isContentEditable && (parts.ahead?.(old) || live(old));
/** Every node of an element, and itself. */
const every = (element, job) => {
  for (let walk = document.createTreeWalker(element), node = element; node; node = walk.nextNode()) job(node);
};
/**
 * Notes what the server says of something that a visitor has written in, which lands as a whole: all that stands there
 * makes room as if it were the server's. Where exactly that stands there by then, it is as of nobody.
 */
const say = (old, html) => {
  old.holm = html;
  every(old, node => [foreign, mixed, astray].map(all => all.delete(node)));
  queueMicrotask(() => old.innerHTML == html && delete old.holm);
};
/** What is compared where others have changed attributes: when a visitor began, theirs stood there with the server's. */
const bare = html => html.replace(/<([^\s>]+)[^>]*/g, "<$1");
const says = (old, html) => old.holm == html || [...old.querySelectorAll("*")].some(each => changed.has(each)) && bare(old.holm) == bare(html);
/** Whether what a visitor has written in something editable stays: while it is busy, or the server says what it said before. */
const written = (root, old, now) => {
  const html = now.innerHTML;
  if (!("holm" in old)) {
    // What a toolbar did there was never announced.
    if (!old.isContentEditable || old.contentEditable == "inherit" || !isTouched() || ![old, ...old.querySelectorAll("*")].some(each => mixed.has(each) || astray.has(each) || [...each.childNodes].some(node => astray.has(node)))) return;
    old.holm = html;
  }
  waits.delete(old);
  if (old.isContentEditable && says(old, html)) return 1;
  if (!busy(old)) return say(old, html);
  waits.set(old, html);
  // No edit finds its way into what is not as the server says.
  every(old, node => astray.add(node));
  return 1;
};
/** Islands whose last edit did not fit: the whole is on its way, and newer than what waits. */
const unsure = new WeakSet;
/** Lands what had to wait, unless that is what was written but for spaces at its end: on a slow line they would go under the visitor's hands. */
const due = () => {
  for (const [old, html] of waits) {
    const root = around(old, TAG);
    if (busy(old) || unsure.has(root)) continue;
    waits.delete(old);
    if (!root || !old.isConnected) continue;
    if (old.isContentEditable && old.innerHTML.replace(/(\s|&nbsp;|<br>)+$/, "") == html.trimEnd()) old.holm = html;
    else {
      begin(root);
      say(old, html);
      parts.morph(root, old, html);
      end();
    }
  }
};
addEventListener("compositionend", () => setTimeout(due), true);
document.addEventListener("holm:patch", ({ target }) => {
  unsure.delete(target);
  due();
});
const answered = () => waits.size && queue.push(due);
/** What visitors write in. Where the server takes that back, what it says of it lands, changed or not. */
const hosts = new Set([...document.querySelectorAll("[contenteditable]")].filter(each => "holm" in each));
addEventListener("beforeinput", ({ target }) => "holm" in target && hosts.add(target), true);
const settle = () => {
  for (const host of hosts) if (!host.isContentEditable) {
    hosts.delete(host);
    if (!("holm" in host && host.isConnected) || changed.get(host)?.has("contenteditable")) continue;
    waits.set(host, host.holm);
    queue.push(due);
    load(["morph"]);
  }
};
/** At the end of a job, before it is said that it fitted. */
const rescue = root => unsure.add(root);

/**
 * What is selected, or where a visitor writes, outside of fields, which have a selection of their own: a move collapses it.
 * To look for it costs a layout, so nobody does while there is none.
 */
let there, marked;
/** How much text of an element stands before a place in it; and that place again. */
const depth = (host, node, at) => {
  const range = document.createRange();
  range.setStart(host, 0);
  range.setEnd(node, at);
  return ("" + range).length;
};
const place = (host, depth) => {
  for (let walk = document.createTreeWalker(host, 4), node; node = walk.nextNode(); depth -= node.length) if (depth <= node.length) return [node, depth];
  return [host, host.childNodes.length];
};
const look = deep => {
  const { anchorNode, anchorOffset, focusNode, focusOffset, isCollapsed } = getSelection(), host = document.activeElement;
  const editable = anchorNode?.isContentEditable ?? anchorNode?.parentNode?.isContentEditable;
  there = !isCollapsed || editable;
  marked = 0;
  // Where the focus has left something editable, its selection would take it back.
  if (!there || editable && !(host.isContentEditable && host.contains(anchorNode))) return;
  const from = [anchorNode, anchorOffset], to = [focusNode, focusOffset];
  marked = [editable && host, from, to, ...editable && deep ? [from, to].map(all => depth(host, ...all)) : []];
};
addEventListener("selectionchange", () => look(), true);
look();
const before = () => there && look(1);
const after = () => {
  settle();
  if (!marked) return;
  let [host, from, to, ...depths] = marked, { anchorNode, anchorOffset, focusOffset } = getSelection();
  const stays = from[0] == anchorNode, gone = !from[0].isConnected || !to[0].isConnected;
  // The browser follows what stays, unless its whole text was written anew.
  if (host) {
    if (!host.isContentEditable || stays && (anchorOffset || focusOffset || !from[1] && !to[1])) return;
    // Without a word; a selection in it would take the focus aloud.
    go(host);
    if (stays || gone) [from, to] = depths.map(depth => place(host, depth));
  } else if (stays || gone) return;
  try { getSelection().setBaseAndExtent(...from, ...to) } catch {}
};

return { care, lead, leave, mount, written, answered, rescue, before, after };

});

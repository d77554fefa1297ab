// Whose is it? A node or attribute is the server's unless a record of the observer says that
// somebody else put it there. Our own changes are taken out of the records: a job notes what it
// did in `mine` and `wrote`.

const TAG = "holm-island";
/** Fields of a form may have the names of what an element can do. */
const { matches, closest, contains, getAttribute } = Element.prototype;
const is = (element, selector) => matches.call(element, selector);
const around = (node, selector) => node.nodeType == 1 ? closest.call(node, selector) : null;
/** Nodes that others put in, and the parents they stand in. */
const foreign = new WeakSet(), mixed = new WeakSet();
/** Parents that lost a child of the server's to others, and texts that others changed. */
const astray = new WeakSet();
/** Element → attribute name → what the server last set, where others have changed it since. */
const changed = new WeakMap();
/** Whether others have changed anything at all: until then nothing has to be looked up. */
let touched = 0;
/** What the current job put in, took out or wrote: nodes, and element → attribute names. */
let mine = new Set(), wrote = new Map();

const lost = node => {
  astray.add(node);
  touched = 1;
};

const note = records => {
  for (const record of records) {
    const { type, target } = record;
    if (type == "characterData") mine.has(target) || lost(target);
    else if (type == "attributes") {
      const name = record.attributeName;
      if (!record.attributeNamespace && !(wrote.get(target) || mine).has(name)) {
        let was = changed.get(target);
        was || changed.set(target, was = new Map);
        was.has(name) || was.set(name, record.oldValue);
        touched = 1;
      }
    } else {
      for (const node of record.removedNodes) mine.has(node) || foreign.has(node) || lost(target);
      for (const node of record.addedNodes) mine.has(node) || (foreign.add(node), mixed.add(target), touched = 1);
    }
  }
};

const observer = new MutationObserver(note);
/** The islands that are watched; those nested in one are watched with it. */
const watched = new Set;
const watch = () => {
  for (const island of watched)
    if (island.isConnected) observer.observe(island, {
      subtree: true, childList: true, characterData: true, attributes: true, attributeOldValue: true,
    });
    else watched.delete(island);
};
const observe = island => {
  island.parentNode?.closest(TAG) || watched.add(island);
  watch();
};

/** The child of the server's at this index, or nothing. */
const own = (parent, index) => {
  if (touched && astray.has(parent)) return;
  if (!touched || !mixed.has(parent)) return parent.childNodes[index];
  for (let node = parent.firstChild; node; node = node.nextSibling)
    if (!foreign.has(node) && !index--) return node;
};

/** The children of the server's. */
const owned = parent => {
  const all = [...parent.childNodes];
  return mixed.has(parent) ? all.filter(node => !foreign.has(node)) : all;
};

/** The check of holm-wire over what is the server's. */
const check = island => {
  let hash = 0x811c9dc5;
  const unit = code => hash = Math.imul(hash ^ code, 0x1000193);
  const units = (mark, text) => {
    unit(mark);
    for (let at = 0; at < text.length; at++) unit(text.charCodeAt(at));
  };
  const inside = parent => {
    for (let node = parent.firstChild; node; node = node.nextSibling) {
      const kind = node.nodeType;
      if (foreign.has(node)) continue;
      if (kind == 1) {
        units(1, node.localName);
        sealed(node) || inside(node);
        unit(2);
      } else if (kind == 3 || kind == 8) units(kind == 3 ? 3 : 4, node.data);
    }
  };
  inside(island);
  hash >>>= 0;
  return hash < 3 ? hash + 3 : hash;
};

/** Whether the children of an element are none of a diff's business: others', or those of a list. */
const sealed = element =>
  element.nodeType == 1 && is(element, TAG + ",template,noscript,iframe,[data-live-ignore],[data-live-list]");

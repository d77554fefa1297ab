// Morphs new HTML into an element. Loaded when the first snapshot comes, which most pages never see.
// Three ways: what the server last set is what stands in the DOM
// less what the observer saw others do, so an attribute is written only where the server's new
// value differs from its last; nodes of others stay where they are.

window.holm.part((parts, TAG, is, around, foreign, mixed, astray, changed, owned, parse, put, drop, retext, write, live, isTouched, refocus, begin, end, observe, call) => {

const inert = document.implementation.createHTMLDocument("");
/** New element → the old element it continues, by `id`, wherever in the island that stands; fields also by name. */
let pairs;

const FIELDS = "input,textarea,select";
const isButton = field => /^(submit|button|image|reset|hidden)$/.test(field.type);
/** What the server set, and what stands there now: an input's text or tick, a textarea's text, a select's options. */
const was = field => field.localName == "select" ? picked(field, "defaultSelected")
  : /^(checkbox|radio)$/.test(field.type) ? field.defaultChecked : field.defaultValue;
const holds = field => field.localName == "select" ? picked(field, "selected")
  : /^(checkbox|radio)$/.test(field.type) ? field.checked : field.value;
const picked = (select, property) => JSON.stringify([...select.options].filter(option => option[property]).map(option => option.value));
/** Names a field by its form, or by what has a name around it, and its own name. */
const calling = field => {
  const name = field.getAttribute("name"), form = field.closest("form");
  const at = around(form || field.parentNode, "[id],[data-key]");
  return name && [
    name, /^(checkbox|radio)$/.test(field.type) && field.getAttribute("value"),
    at?.localName != TAG && at?.getAttribute("id"), at?.localName != TAG && at?.getAttribute("data-key"),
    form?.getAttribute("data-live-submit"), form?.getAttribute("name"),
  ].join("\n");
};
/** Fields by what they are called; what several answer to names none. */
const byName = fields => {
  const map = new Map;
  for (const field of fields) {
    const name = calling(field);
    name && map.set(name, map.has(name) ? 0 : field);
  }
  return map;
};

const byId = (parent, root) => {
  const map = new Map;
  for (const element of parent.querySelectorAll("[id]")) {
    const id = element.getAttribute("id");
    if (id && !(root && element.parentNode.closest(TAG) != root)) map.set(id, map.has(id) ? 0 : element);
  }
  return map;
};

const alike = (a, b) => a.nodeType == b.nodeType && a.localName == b.localName && a.namespaceURI == b.namespaceURI
  && a.getAttribute?.("is") == b.getAttribute?.("is")
  // One that is filled, or whose type changes, would run.
  && (a.localName != "script" || a.isEqualNode(b));

/** Marks the members of a longest increasing run of `order`, as holm-wire's `order::stays` does for the server. */
const stays = order => {
  const ends = [], before = [], marks = [];
  order.forEach((value, at) => {
    let low = 0, high = ends.length;
    while (low < high) {
      const middle = low + high >> 1;
      order[ends[middle]] < value ? low = middle + 1 : high = middle;
    }
    before[at] = ends[low - 1];
    ends[low] = at;
  });
  for (let at = ends.at(-1); at >= 0; at = before[at]) marks[at] = 1;
  return marks;
};

const morph = (root, element, html) => {
  const fresh = parse(inert, element, html), olds = byId(element, root), trash = [];
  // isEqualNode does not look into templates.
  const deep = isTouched() || fresh.querySelector("template");
  const claimed = new Set, used = new Set;
  pairs = new Map;
  for (const [id, now] of byId(fresh)) {
    const old = now && olds.get(id);
    if (old && alike(old, now)) {
      pairs.set(now, old);
      claimed.add(old);
    }
  }

  // What the user is at work on goes on in the field of the same name, wherever that stands now.
  const ours = field => {
    for (; field != element; field = field.parentNode) if (foreign.has(field) || field.localName == TAG) return;
    return 1;
  };
  const fields = [...element.querySelectorAll(FIELDS)].filter(ours), names = byName(fields);
  let drafts = fields
    .filter(field => !isButton(field) && (field == document.activeElement || field.files?.length || was(field) != holds(field)))
    .map(field => [field, names.get(calling(field)) == field && calling(field), was(field)]);
  const models = drafts.length && byName(fresh.querySelectorAll(FIELDS));
  for (const [old, name] of drafts) {
    const now = name && !claimed.has(old) && models.get(name);
    if (now && !pairs.has(now) && alike(old, now)) {
      pairs.set(now, old);
      claimed.add(old);
    }
  }

  const same = (a, b) => !deep && a.isEqualNode(b);

  const attributes = (old, now) => {
    const was = changed.get(old);
    // A form's own `attributes` and `content` may be fields of these names.
    for (const name of now.getAttributeNames()) {
      const value = now.getAttribute(name);
      if (value != (was?.has(name) ? was.get(name) : old.getAttribute(name))) write(old, name, value, now.getAttributeNode(name));
    }
    for (const name of old.getAttributeNames())
      if (!now.hasAttribute(name) && was?.get(name) !== null) write(old, name, null);
  };

  const one = (old, now) => {
    if (old.nodeType != 1) {
      // What it was split into goes.
      if (astray.delete(old)) while (old.nextSibling?.data && foreign.has(old.nextSibling)) drop(old.nextSibling);
      old.data == now.data || retext(old, now.data);
      return;
    }
    if (old.localName == TAG || same(old, now)) return;
    attributes(old, now);
    if (is(old, "noscript,iframe,[data-live-ignore],[data-live-list]") || parts.written?.(root, old, now)) return;
    const text = old.defaultValue;
    const inside = node => node.localName == "template" ? node.content : node;
    all(inside(old), inside(now));
    if (old.localName == "textarea" && text != old.defaultValue) live(old, old.defaultValue);
  };

  /** Makes the children of `parent` those of `model`. */
  const all = (parent, model) => {
    const news = [...model.childNodes].filter(node => !(node.localName == "template" && node.hasAttribute("shadowrootmode")));
    if (astray.has(parent)) {
      // A child of the server's is gone: whatever stands here is made to fit or goes.
      astray.delete(parent);
      mixed.delete(parent);
      parent.childNodes.forEach(node => foreign.delete(node));
    }
    const olds = owned(parent), places = new Map(olds.map((node, place) => [node, place]));
    const match = [], stay = [], keyed = new Map;
    const take = (place, old) => {
      match[place] = old;
      used.add(old);
    };
    const key = node => {
      if (node.nodeType != 1) return;
      const key = node.getAttribute("data-key") ?? node.getAttribute("data-live-list") ?? (node.localName == "option" ? node.value : null);
      return key == null ? key : node.localName + " " + key;
    };
    for (const old of olds) {
      const name = key(old);
      if (name != null && !claimed.has(old) && !keyed.has(name)) keyed.set(name, old);
    }
    // An element without a key continues the one that holds the first of its elements with an id.
    const inner = now => {
      for (const child of now.querySelectorAll("[id],[name]")) {
        let old = pairs.get(child);
        while (old && old.parentNode != parent) old = old.parentNode;
        if (old && !claimed.has(old) && key(old) == null && places.has(old)) return old;
      }
    };
    news.forEach((now, place) => {
      const name = key(now);
      const old = pairs.get(now) || (name != null ? keyed.get(name) : now.nodeType == 1 && inner(now));
      if (old && !used.has(old) && alike(old, now)) take(place, old);
    });
    // The most of what is matched stays where it is; the rest is matched in the gaps between, in order.
    const kept = [], order = [];
    match.forEach((old, place) => {
      if (places.has(old)) {
        kept.push(place);
        order.push(places.get(old));
      }
    });
    const marks = stays(order);
    kept.forEach((place, at) => stay[place] = marks[at]);
    const named = node => node.nodeType == 1 && (claimed.has(node) || pairs.has(node) || node.getAttribute("id") || key(node) != null);
    const fill = (reach, test) => {
      const until = [];
      let end = olds.length, from = 0;
      for (let place = news.length; place--; until[place] = end) if (stay[place]) end = places.get(match[place]);
      news.forEach((now, place) => {
        if (match[place]) {
          if (stay[place]) from = places.get(match[place]) + 1;
          return;
        }
        if (named(now)) return;
        for (let at = from; at < until[place] && at - from < reach; at++) {
          const old = olds[at];
          if (!used.has(old) && !named(old) && alike(old, now) && test(old, now)) {
            take(place, old);
            stay[place] = 1;
            from = at + 1;
            break;
          }
        }
      });
    };
    if (kept.length < news.length) {
      fill(24, (old, now) => old.nodeType == 1 && old.isEqualNode(now));
      fill(1 / 0, (old, now) => old.nodeType == 1 && ["type", "name", "contenteditable"].every(name => old.getAttribute(name) == now.getAttribute(name)));
      fill(1 / 0, old => old.nodeType != 1);
    }
    for (const old of olds) used.has(old) || trash.push(old);
    const later = [];
    let before = null;
    for (let place = news.length; place--;) {
      const now = news[place];
      let node = match[place];
      if (node) {
        stay[place] || put(parent, node, before);
        later.push([node, now]);
      } else if (now.nodeType == 1 && [...now.querySelectorAll("[id],[name]")].some(child => pairs.has(child))) {
        node = document.importNode(now);
        put(parent, node, before);
        later.push([node, now]);
      } else put(parent, node = now, before);
      before = node;
    }
    for (const [old, now] of later.reverse()) one(old, now);
  };

  all(element, fresh);
  // Last, since what is kept may have had to leave them first, or may still have come to be used.
  for (const old of trash) used.has(old) || drop(old);
  // A field that had to be made anew takes over what the user did.
  drafts = drafts.filter(draft => !element.contains(draft[0]) && !adopt(element, draft, fields));
  drafts.length && lost.set(root, drafts);
};

/** Gives a draft to the field of its id or name, unless the server has set something else there. */
const adopt = (root, [old, name, set], fields) => {
  const id = old.getAttribute("id"), all = [...root.querySelectorAll(FIELDS)].filter(field => !fields.includes(field));
  const now = id && all.find(field => field.getAttribute("id") == id) || name && byName(all).get(name);
  if (!now || was(now) != set) return now;
  if (old.localName == "select") for (const option of now.options || []) option.selected = holds(old).includes(JSON.stringify(option.value));
  else if (old.type == "file") now.files = old.files;
  else if (typeof set == "boolean") now.checked = old.checked;
  else now.value = old.value;
  refocus(old, now);
  return 1;
};

/**
 * Drafts of an island whose fields are gone with a snapshot. While it is of an earlier state than the page
 * has seen (`behind`), the events that the server is taking again may bring those fields back.
 */
const lost = new WeakMap;
const rescue = (root, behind) => {
  const left = lost.get(root)?.filter(draft => !adopt(root, draft, []));
  behind && left ? lost.set(root, left) : lost.delete(root);
};

// For tests: a morph, and an edit program (job 7 in `browser.rs`), each as its own job.
window.holm.morph = (island, html) => (observe(island), begin(island), morph(island, island, html), end());
window.holm.apply = (island, program) => (observe(island), begin(island), program = call(7, 0, 0, program), end(), !!program);

return { morph, rescue };

});

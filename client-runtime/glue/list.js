// Lists: rows that only the page remembers. Loaded with the first change of one.
// What stands in an element with `data-live-list` is left alone by edits, morphs and the check, and
// changes here only: by key, one frame at a time.

window.holm.part((parts, TAG, is, around, foreign, mixed, astray, changed, owned, parse, put, drop, retext, write, live, isTouched, refocus, begin, end, observe, call, load, queue, fire) => {

/** List → its rows by key. */
const known = new WeakMap;
let asked;

const key = row => row.getAttribute?.("data-key");

/** What names a list in frames: 14 bits of FNV-1a over its name, as holm-wire's `list::hash`. */
const hash = name => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x1000193);
  return String.fromCharCode(hash >>> 25, hash >>> 18 & 127);
};

/** Keeps what the reader looks at where it is: answers what to do after the change, while nothing else has moved it. */
const mind = (list, grows) => {
  const page = document.scrollingElement, top = element => element.getBoundingClientRect().top;
  let box = list;
  while (box && (box == document.body || !/auto|scroll/.test(getComputedStyle(box).overflowY))) box = box.parentElement;
  box ||= page;
  const scroll = (how, top) => box[how]({ top, behavior: "instant" }), edge = box == page ? 0 : top(box);
  if (box.scrollTop + box.clientHeight > box.scrollHeight - 2 && (box.scrollTop || grows && box != page)) return () => {
    // To the end from anywhere else: where nothing scrolls, the browser goes on to keep rows where they were.
    scroll("scrollTo", 0);
    scroll("scrollTo", box.scrollHeight);
  };
  if (box.scrollTop && (box == list || top(list) < edge) && !CSS.supports("overflow-anchor:auto")) {
    const row = [...list.children].find(row => row.getBoundingClientRect().bottom > edge);
    // What is not among the rows is below them.
    const place = () => row?.parentNode == list ? top(row) : list.getBoundingClientRect().bottom;
    const before = place();
    return () => scroll("scrollBy", place() - before);
  }
};

const change = (root, head, text) => {
  const op = head.charCodeAt(), list = [...root.querySelectorAll("[data-live-list]")].find(
    each => each.closest(TAG) == root && hash(each.getAttribute("data-live-list")) == head.slice(1));
  // A page that has gone astray lacks it until its snapshot comes, after which the server fills it again.
  if (!list) return;
  // A row is morphed.
  if (op == 4 && !parts.morph && !asked) {
    asked = queue.unshift(() => change(root, head, text));
    return load();
  }
  let rows = known.get(list);
  if (!rows) known.set(list, rows = new Map([...list.children].map(row => [key(row), row])));
  const there = key => {
    const row = rows.get(key);
    if (row?.parentNode == list) return row;
  };
  const leave = node => {
    there(key(node)) == node && rows.delete(key(node));
    drop(node);
  };
  /** Puts a row before another, in the place of one of its key, and answers the other. */
  const place = (row, at) => {
    const old = there(key(row));
    if (old) {
      if (old == at) at = at.nextSibling;
      if (old.isEqualNode(row)) row = old;
      else drop(old);
    }
    rows.set(key(row), row);
    row.parentNode == list && row.nextSibling == at || put(list, row, at);
    return at;
  };

  begin(root);
  const after = mind(list, !op || op > 8);
  if (op < 5) {
    let at = null;
    if (op == 3) {
      const [other] = text.split("\0", 1);
      at = there(other) || null;
      text = text.slice(other.length + 1);
    }
    const news = [...parse(document, list, text).children];
    if (op == 4) {
      // What may not stand here may have been lost in the parser.
      const [now] = news, old = now && there(key(now)), was = changed.get(old);
      if (old && parts.morph && old.localName == now.localName) {
        for (const name of now.getAttributeNames()) {
          const value = now.getAttribute(name);
          if (value != (was?.has(name) ? was.get(name) : old.getAttribute(name))) write(old, name, value, now.getAttributeNode(name));
        }
        for (const name of old.getAttributeNames())
          if (!now.hasAttribute(name) && was?.get(name) !== null) write(old, name, null);
        parts.morph(root, old, now.innerHTML);
      } else old && place(now, old);
    } else {
      if (op == 2) {
        const keep = new Set(news.map(key));
        [...list.childNodes].forEach(node => keep.has(key(node)) || leave(node));
      }
      if (op && op < 3) at = list.firstChild;
      for (const row of news) at = place(row, at);
    }
  } else if (op > 8) {
    const last = list.lastChild;
    // A long text is slow to append to.
    last?.nodeType == 3 && last.length < 4e3 ? last.appendData(text) : put(list, document.createTextNode(text), null);
  } else if (op == 5) there(text) && leave(there(text));
  else if (op == 6) [...list.childNodes].forEach(leave);
  else while (list.childElementCount > text) leave(op > 7 ? list.lastElementChild : list.firstElementChild);
  end();
  after?.();
  fire(root, "holm:patch", { seq: 0, snapshot: false });
};

return { list: change };

});

// Events besides clicks and submits: fields, keys, focus, pointers, what comes into view; debounce and throttle; and
// which fields are ahead of what the server has answered. Loaded where a page's HTML has one of their attributes.

window.holm.part((parts, TAG, foreign, mixed, astray, changed, owned, parse, put, drop, retext, write, live, isTouched, refocus, begin, end, observe, call, load, queue, fire, emit, part, need, token, gather) => {

/** Milliseconds between two moves of a pointer where no attribute says how many. */
const MOVES = 50;

/** Element → kind of event → what waits to be sent: `{island, fields, go, timer}`, without `go` when nothing does. */
const paces = new WeakMap;
/** Those that wait, in the order in which they happened. */
const waiting = new Set;
/** What was sent and is not answered: `{island, event, fields}`; `fields` are `[field, what it held]`. */
let sent = [];
/** What the event that is just being sent says of which fields. */
let telling;
/** Fields that somebody composes text in that is yet to be sent; the last one, whose text was just sent. */
const composing = new Set;
let composed;
/** Field → what it held when its newest answered event was sent. */
const said = new WeakMap;
/** Fields whose live value the server would have changed while they were ahead. */
const late = new Set;

const isChoice = field => /^(checkbox|radio)$/.test(field.type);
const isField = element => element.matches("input,textarea,select") || element.constructor.formAssociated;
/** Whether keys that are pressed here are typed, or pick something. */
const isTyped = element => element.isContentEditable || element.matches?.("textarea,select") ||
  element.localName == "input" && !/^(checkbox|radio|button|submit|reset|image|range|color|file)$/.test(element.type);
/** What a field holds, to compare. */
const held = field => isChoice(field) ? field.checked : field.localName == "select" ? chosen(field, "selected").join("\n") : field.value;
const chosen = (select, property) => [...select.options].filter(option => option[property]).map(option => option.value);
/** What a field brings into a payload: nothing, one value or several. */
const values = field => (isChoice(field) ? field.checked ? [field.value] : [] : field.multiple && field.options ? chosen(field, "selected")
  : field.files ? [...field.files] : [field.value ?? ""]).map(value => [field.getAttribute("name") || "value", value]);
/** A field with what it holds; a radio button with those that it unticks. */
const told = field => (field.type == "radio" && field.name
  ? [...document.getElementsByName(field.name)].filter(each => each.type == "radio" && each.form == field.form) : [field]
).map(each => [each, held(each)]);

/** Sends what waits in this island, or in any. */
const flush = (island, target, event) => {
  const fields = telling || event && target.localName == "form" && [...target.elements].filter(isField).flatMap(told);
  telling = 0;
  for (const each of [...waiting]) if (!island || each.island == island) release(each);
  if (fields) sent.push({ island, event, fields });
};
const release = pace => {
  const { go } = pace;
  waiting.delete(pace);
  pace.go = 0;
  go();
};

/** Sends the event of an element's attribute, now or later; `bring` answers what its kind adds to the payload. */
const say = (element, kind, field, bring, busy) => {
  const text = element.getAttribute("data-live-" + kind), island = element.closest(TAG);
  if (!text || !island || element.matches(":disabled")) return;
  const moves = /^(input|change)$/.test(kind) && told(field);
  const go = () => {
    let [name, ...rest] = text.split(" "), payload = rest.join(" "), form;
    if (!payload) {
      payload = gather(element, bring());
      // Which control of the form it was.
      if (moves && element.localName == "form") payload += "&" + new URLSearchParams({ "holm-field": field.getAttribute("name") });
      form = payload;
    }
    telling = moves && told(field);
    // What was removed meanwhile still has its say.
    emit(element.isConnected ? element : island, name, payload, form, busy);
    telling = 0;
  };
  const quiet = +element.getAttribute("data-live-debounce"), gap = +element.getAttribute("data-live-throttle") || kind == "pointermove" && MOVES;
  if (!(quiet || gap) || /^(focus|blur|dblclick|visible)$/.test(kind)) return go();
  const all = paces.get(element) || {}, pace = all[kind] ||= { island };
  paces.set(element, all);
  const wait = () => pace.timer = setTimeout(() => {
    pace.timer = 0;
    if (pace.go) {
      release(pace);
      quiet || wait();
    }
  }, quiet || gap);
  if (quiet) clearTimeout(pace.timer);
  else if (!pace.timer) {
    go();
    return wait();
  }
  pace.go = go;
  pace.fields = moves;
  waiting.delete(pace);
  waiting.add(pace);
  quiet && wait();
};

/** Whether a key, with what is held, is among those that `data-live-keys` names: 1 when no key is named, 2 when this one is. */
const hit = (element, e) => {
  const names = element.getAttribute("data-live-keys"), pressed = e.key == " " ? "space" : e.key.toLowerCase();
  return !names ? 1 : names.toLowerCase().split(/\s+/).some(name => {
    const [, held, key] = name.match(/^((?:\w+\+)*)(.*)$/), mod = held.includes("mod+"), mac = /mac|iphone|ipad/i.test(navigator.platform);
    const shift = held.includes("shift+");
    return key == pressed && held.includes("alt+") == e.altKey
      && (held.includes("ctrl+") || mod && !mac) == e.ctrlKey && (held.includes("meta+") || mod && mac) == e.metaKey
      // A sign may need it to be typed.
      && (shift == e.shiftKey || !shift && key.length < 2);
  }) && 2;
};

const key = e => {
  const { type, target } = e, inner = e.composedPath()[0] || target;
  // 229 is a key that an input method has taken.
  if (!e.key || e.isComposing || e.keyCode == 229) return;
  // Some write signs with AltGr, which says that ctrl and alt are held.
  const alone = !(e.ctrlKey || e.altKey || e.metaKey) || e.getModifierState("AltGraph"), typed = alone && isTyped(inner);
  const send = (element, kind) => {
    const how = hit(element, e), field = target.matches(":disabled") ? 0 : target;
    if (!how || !field) return;
    how > 1 && !(typed && element != target) && e.preventDefault();
    say(element, kind, field, () => [
      ["key", e.key], ["code", e.code],
      ...["ctrl", "alt", "shift", "meta"].filter(name => e[name + "Key"]).map(name => [name, true]),
      ...e.repeat ? [["repeat", true]] : [],
      ...isField(field) ? values(field) : [],
    ]);
  };
  const near = target.closest(`[data-live-${type}]`);
  near && send(near, type);
  if (!typed) for (const element of document.querySelectorAll(`[data-live-window-${type}]`)) send(element, "window-" + type);
};

const hear = e => {
  const { type, target } = e;
  if (e.defaultPrevented || !target.closest) return;
  if (type[0] == "k") return key(e);
  if (/^focus/.test(type)) {
    const kind = type == "focusin" ? "focus" : "blur", related = e.relatedTarget;
    kind == "blur" && flush(target.closest(TAG));
    // It came into, or left, each of those around.
    for (let at = target.closest(`[data-live-${kind}]`); at && !(related && at.contains(related)); at = at.parentElement?.closest(`[data-live-${kind}]`))
      say(at, kind, target, () => isField(target) ? values(target) : []);
    return;
  }
  let kind = type == "pointerdown" ? "pointer" : type, fields = () => [];
  if (type == "compositionend") {
    if (!composing.has(target)) return;
    composed = target;
    setTimeout(() => composed = 0);
    kind = "input";
  }
  const mark = `[data-live-${kind}]`, change = kind == "input" || type == "change", form = target.form || document.getElementById(target.getAttribute("form"));
  const element = change && !target.matches(mark) && form?.matches(mark) ? form : target.closest(mark);
  if (!element || target.matches(":disabled")) return;
  if (change) {
    // Some browsers say once more what was composed.
    if (type == "input" && composed == target) return;
    if (type == "input" && e.isComposing) return composing.add(target);
    fields = () => element.localName == "form" ? new FormData(element) : values(target);
  } else if (kind[0] == "p") {
    const box = element.getBoundingClientRect();
    const place = Object.entries({
      x: e.clientX - box.left - element.clientLeft, y: e.clientY - box.top - element.clientTop,
      width: element.clientWidth || box.width, height: element.clientHeight || box.height, button: e.button, buttons: e.buttons,
    }).map(([name, value]) => [name, Math.trunc(value)]);
    fields = () => place;
  }
  // A screen reader would speak at each key, and at each move.
  say(element, kind, target, fields, /^(input|pointermove)$/.test(kind) ? null : change ? target : element);
  composing.delete(target);
};
for (const type of ["input", "change", "compositionend", "keydown", "keyup", "focusin", "focusout", "dblclick", "pointerdown", "pointermove", "pointerup"])
  document.addEventListener(type, hear);
for (const type of ["pagehide", "visibilitychange"]) addEventListener(type, () => flush(), true);

/** Element → the event that was sent when it came into view, or is to be. */
const seen = new WeakMap;
/** Whether there are any, and who watches them. */
let any, sight;
const look = root => {
  if (any) for (const element of root.querySelectorAll("[data-live-visible]")) {
    const text = element.getAttribute("data-live-visible");
    sight ||= new IntersectionObserver(entries => {
      for (const { target, isIntersecting } of entries) if (isIntersecting) {
        target.hasAttribute("data-live-visible-each") || sight.unobserve(target);
        say(target, "visible", target, () => []);
      }
    });
    // With another event it is looked for anew.
    if (seen.get(element) != text) {
      seen.set(element, text);
      sight.unobserve(element);
      sight.observe(element);
    }
  }
};

const isAhead = field => composing.has(field) || [...waiting, ...sent].some(each => each.fields && each.fields.some(each => each[0] == field));

/** Whether the live value of a field, or the choice of an option, is not to become this one of the server's. */
const ahead = (element, value) => {
  const field = element.closest("select") || element, was = said.get(field);
  if (isAhead(field)) return late.add(field);
  // An echo does not land on what was done since.
  if (was != null && value === (element == field ? was : was.split("\n").includes(element.value))) return 1;
  said.delete(field);
};

/** What the server has set while a field was ahead lands, unless it is what the field had sent. */
const land = field => {
  if (isAhead(field)) return;
  late.delete(field);
  if (isChoice(field)) said.get(field) == field.defaultChecked || (field.checked = field.defaultChecked);
  else if (field.localName == "select") {
    if (said.get(field) != chosen(field, "defaultSelected").join("\n")) for (const option of field.options) option.selected = option.defaultSelected;
  } else said.get(field) == field.defaultValue || live(field, field.defaultValue);
};

const answered = (island, seq, alone) => {
  sent = sent.filter(each => {
    const now = each.event.seq;
    if (each.island != island || !(alone ? now == seq : now <= seq)) return 1;
    each.fields.forEach(([field, value]) => said.set(field, value));
  });
  // After the edit that the answer came with.
  queue.push(() => late.forEach(land));
};

/** Loads the parts that new HTML asks for. */
const ask = html => {
  / data-live-(do|optimistic|disable)/.test(html) && part("hint");
  / data-live-(submit|reset|widget)| aria-live| role="?(status|alert|log)/.test(html) && part("aid");
  / data-live-upload/.test(html) && part("upload");
  any ||= / data-live-visible/.test(html);
};
ask(document.body.outerHTML);
look(document);

return {
  see: hear, flush, ahead, answered, need: ask, after: look,
  /** Whether the visitor has changed a field since its newest answered event was sent. */
  typed: field => isAhead(field) || said.has(field) && said.get(field) !== held(field),
};

});

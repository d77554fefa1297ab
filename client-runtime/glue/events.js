// What fields send and when: payloads, input and change, debounce and throttle, the order of events; and which fields
// are ahead of what the server has answered. Loaded where a page's HTML has one of its attributes.

window.holm.part((parts, TAG, is, around, foreign, mixed, astray, changed, owned, parse, put, drop, retext, write, live, isTouched, refocus, begin, end, observe, call, load, queue, fire, emit, part, need, token) => {

/** Element → kind of event → what waits to be sent: `{island, fields, go, timer, full}`, without `go` when nothing does. */
const paces = new WeakMap;
/** Those that wait, in the order in which they happened. */
const waiting = new Set;
/** The events of fields that are not answered; they have `island`, and `fields`: a map of what each held. */
const sent = new Set;
/** What the event that is just being sent says of which fields. */
let telling;
/** Fields that somebody composes text in that is yet to be sent; what they held before, and in their last input event. */
const composing = new Set, began = new WeakMap, spoken = new WeakMap;
/** The field whose composed text was just sent. */
let composed;
/** Field → what it held when its newest answered event was sent. */
const said = new WeakMap;
/** A form's fields may have the names of what an element can do. */
const says = (element, name) => Element.prototype.getAttribute.call(element, name);
/** The controls of a form, also those that stand elsewhere; or a control by itself. */
const elements = form => isForm(form) ? [...Reflect.get(HTMLFormElement.prototype, "elements", form)] : [form];

const isChoice = field => /^(checkbox|radio)$/.test(field.type);
const isForm = element => element instanceof HTMLFormElement;
const isField = element => element.matches("input,textarea,select") || element.constructor.formAssociated;
/** What a field, or something editable, holds, to compare. */
const held = field => isChoice(field) ? field.checked : field.localName == "select" ? chosen(field, "selected").join("\n")
  // An emptied one has a line break left.
  : isField(field) || !field.isContentEditable ? field.value : field.innerText.replace(/^\n$/, "");
const chosen = (select, property) => [...select.options].filter(option => option[property]).map(option => option.value);
/** What a field brings into a payload: nothing, one value or several. */
const values = field => !isField(field) && !field.isContentEditable ? [] : (isChoice(field) ? field.checked ? [field.value] : [] : field.multiple && field.options ? chosen(field, "selected")
  : field.files ? [...field.files] : [held(field) ?? ""]).map(value => [field.getAttribute("name") || "value", value]);
/** A field with what it holds; a radio button with those that it unticks. */
const told = field => holding(field.type == "radio" && field.name
  ? [...document.getElementsByName(field.name)].filter(each => each.type == "radio" && each.form == field.form) : [field]);
const holding = fields => new Map(fields.map(field => [field, held(field)]));
/** The payload of an event that has none: the fields that stand on its element, and these. */
const gather = (element, fields) => {
  const all = new URLSearchParams;
  for (const name of element.getAttributeNames()) /^data-value-/.test(name) && all.append(name.slice(11).replace(/-/g, "_"), says(element, name));
  // The fields of a post without script are the browser's business.
  for (const [key, field] of fields) /^holm-/.test(key) || all.append(key, field.name ?? field);
  return "" + all;
};
/** That of a click or a submit; where the button has gone meanwhile, without it. */
const press = (element, e) => gather(element, e.type == "submit" ? new FormData(element, e.submitter?.form == element ? e.submitter : null)
  : element.hasAttribute("value") ? [[element.name || "value", element.value]] : []);

/** Sends what waits in this island, or in any. */
const flush = (island, target, event) => {
  const fields = telling || event && isForm(target) && holding(elements(target).filter(isField));
  telling = 0;
  // All of them wait no longer before the first goes: to send it flushes too, and what came after it is not to overtake it.
  const due = [...waiting].filter(each => !island || each.island == island);
  due.forEach(each => waiting.delete(each));
  due.forEach(release);
  if (fields) sent.add(Object.assign(event, { island, fields }));
};
const release = pace => {
  const { go } = pace;
  pace.go = 0;
  // Another's turn may have sent it already.
  waiting.delete(pace);
  go && go();
};

/** Whether an event, or what waits, tells of the field that is `this`. */
const tells = function ({ fields }) { return fields && fields.has(this) };
/**
 * Whether so much of what was typed into a field has no answer that the rest of it waits for one, as a whole: without a
 * connection a page keeps only so many events.
 */
const crowded = field => !isChoice(field) && [...sent].filter(tells, field)[15];

/** Sends the event of an element's attribute, now or later; `bring` answers what its kind adds to the payload. */
const say = (element, kind, field, bring, busy) => {
  const event = says(element, "data-live-" + kind), island = around(element, TAG);
  if (!event || !island || is(element, ":disabled")) return;
  const moves = /^(in|ch)/.test(kind) && told(field);
  const go = () => {
    let [name, ...rest] = event.split(" "), payload = rest.join(" "), form;
    if (!payload) {
      payload = gather(element, bring());
      // Which control of the form it was.
      const which = moves && isForm(element) && field.getAttribute("name");
      if (which) payload += (payload && "&") + new URLSearchParams({ "holm-field": which });
      form = payload;
    }
    telling = moves && told(field);
    kind == "input" && spoken.set(field, held(field));
    // What was removed meanwhile still has its say.
    emit(element.isConnected ? element : island, name, payload, form, busy);
    telling = 0;
  };
  const quiet = +says(element, "data-live-debounce"), gap = +says(element, "data-live-throttle") || kind == "pointermove" && 50;
  const full = () => kind == "input" && crowded(field);
  if (!(quiet || gap || full()) || /^(fo|bl|db|vi)/.test(kind)) return go();
  const all = paces.get(element) || {}, pace = all[kind] ||= { island };
  paces.set(element, all);
  const wait = () => pace.timer = setTimeout(() => {
    pace.timer = 0;
    if (pace.go && !full()) {
      flush(island);
      quiet || wait();
    }
  }, quiet || gap);
  if (quiet) clearTimeout(pace.timer);
  else if (!pace.timer && !full()) {
    go();
    return wait();
  }
  pace.go = go;
  pace.full = full;
  pace.fields = moves;
  waiting.delete(pace);
  waiting.add(pace);
  quiet && wait();
};

const hear = e => {
  const { type, target } = e, late = type == "compositionend", done = late && composing.delete(target);
  if (/^focuso/.test(type)) flush(around(target, TAG));
  if (!/^(in|ch|co)/.test(type) || !target.closest || is(target, ":disabled")) {
    composed = 0;
    return;
  }
  const kind = type == "change" ? type : "input", mark = `[data-live-${kind}]`;
  const form = target.form || document.getElementById(says(target, "form") || "");
  const element = !is(target, mark) && form && is(form, mark) ? form : around(target, mark);
  if (!element) return;
  if (late) {
    const before = began.get(target), now = held(target);
    began.delete(target);
    // What was given up is nothing to say, unless it has been said.
    if (!done || before === now && (!spoken.has(target) || spoken.get(target) === now)) return;
    composed = target;
  } else if (kind == "input") {
    // One that had to wait is followed by the end of its composition.
    if (e.isComposing) return composing.add(target);
    // Some browsers say once more what was composed.
    const twice = composed == target && spoken.get(target) === held(target);
    composed = 0;
    if (twice) return;
  }
  // A screen reader would speak at each key.
  say(element, kind, target, () => isForm(element) ? new FormData(element) : values(target), late || kind == "input" ? null : target);
};
addEventListener("compositionstart", ({ target }) => began.set(target, held(target)), true);
for (const type of ["pagehide", "visibilitychange"]) addEventListener(type, () => flush(), true);

const isAhead = field => [...waiting, ...sent].some(tells, field);

/**
 * Whether the live value of a field, or the choice of an option, is not to become this one of the server's. What it says
 * of a field that is ahead is of an earlier state, and stays so.
 */
const ahead = (element, value) => {
  const field = element.closest("select") || element, was = said.get(field);
  // An echo does not land on what was done since.
  if (isAhead(field) || was != null && value === (element == field ? was : was.split("\n").includes(element.value))) return 1;
  said.delete(field);
};

const answered = (island, seq, alone) => {
  for (const event of sent) if (event.island == island && (alone ? event.seq == seq : event.seq <= seq)) {
    sent.delete(event);
    event.fields.forEach((value, field) => said.set(field, value));
  }
  // After the edit that the answer came with.
  queue.push(() => {
    for (const pace of [...waiting]) pace.go && !pace.timer && !pace.full() && flush(pace.island);
  });
};

/** Loads the parts that new HTML asks for. */
const ask = html => {
  / data-live-(do|optimistic|disable)/.test(html) && part("hint");
  / data-live-(submit|reset|widget)| aria-live| role="?(status|alert|log)/.test(html) && part("aid");
  / data-live-upload/.test(html) && part("upload");
  / data-live-(window|key|focus|blur|dbl|pointer|visible)/.test(html) && part("senses");
};
document.querySelectorAll(TAG).forEach(island => ask(island.outerHTML));

return {
  // What a server that begins at an older state is told once more has no answer again.
  again: event => event.fields && sent.add(event),
  see: hear, flush, elements, ahead, answered, need: ask, gather: press, say, values,
  /** Whether the visitor has changed a field since its newest answered event was sent. */
  typed: field => composing.has(field) || isAhead(field) || said.has(field) && said.get(field) !== held(field),
};

});

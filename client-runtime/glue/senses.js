// Events besides those of fields: keys, focus, pointers, what comes into view. Loaded where a page's HTML has one of their
// attributes, beside the part `events`, which sends them.

window.holm.part((parts, TAG, is, around, foreign, mixed, astray, changed, owned, parse, put, drop, retext, write, live, isTouched, refocus, begin, end, observe, call, load, queue, fire, emit, part) => {

/** Whether keys that are pressed here are typed, or pick something. */
const isTyped = element => element.isContentEditable || element.matches?.("textarea,select") ||
  element.localName == "input" && !/^(checkbox|radio|button|submit|reset|image|range|color|file)$/.test(element.type);

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
    const how = hit(element, e), field = is(target, ":disabled") ? 0 : target;
    if (!how || !field) return;
    how > 1 && !(typed && element != target) && e.preventDefault();
    parts.say(element, kind, field, () => [
      ["key", e.key], ["code", e.code],
      ...["ctrl", "alt", "shift", "meta"].filter(name => e[name + "Key"]).map(name => [name, true]),
      ...e.repeat ? [["repeat", true]] : [],
      ...parts.values(field),
    ]);
  };
  const near = around(target, `[data-live-${type}]`);
  near && send(near, type);
  if (!typed) for (const element of document.querySelectorAll(`[data-live-window-${type}]`)) send(element, "window-" + type);
};

const hear = e => {
  const { type, target } = e;
  if (e.defaultPrevented || target.nodeType != 1) return;
  if (type[0] == "k") return key(e);
  const kind = { focusin: "focus", focusout: "blur", pointerdown: "pointer" }[type] || type, mark = `[data-live-${kind}]`;
  let at = around(target, mark);
  if (/^foc/.test(type)) {
    // It came into, or left, each of those around.
    for (; at && !at.contains(e.relatedTarget); at = around(at.parentNode, mark)) parts.say(at, kind, target, () => parts.values(target));
  } else if (at && /^[dp]/.test(type) && !is(target, ":disabled")) {
    const box = at.getBoundingClientRect(), place = kind == "dblclick" ? [] : Object.entries({
      x: e.clientX - box.left - at.clientLeft, y: e.clientY - box.top - at.clientTop,
      width: at.clientWidth || box.width, height: at.clientHeight || box.height, button: e.button, buttons: e.buttons,
    }).map(([name, value]) => [name, Math.trunc(value)]);
    parts.say(at, kind, target, () => place, kind == "pointermove" ? null : at);
  }
};
for (const type of ["dblclick", "pointerdown", "pointermove", "pointerup"]) document.addEventListener(type, hear);

/** Element → the event that was sent when it came into view, or is to be. */
const seen = new WeakMap;
let sight;
const look = root => {
  for (const element of root.querySelectorAll("[data-live-visible]")) {
    const text = element.getAttribute("data-live-visible");
    sight ||= new IntersectionObserver(entries => {
      for (const { target, isIntersecting } of entries) if (isIntersecting) {
        target.hasAttribute("data-live-visible-each") || sight.unobserve(target);
        parts.say(target, "visible", target, () => []);
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

// The part that sends may come later than this one.
part("events").then(() => look(document));

return { see: hear, after: look };

});

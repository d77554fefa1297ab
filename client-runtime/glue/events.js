// Events besides clicks and submits: fields, keys, focus, pointers, what comes into view; debounce and throttle.
// Loaded where a page's HTML has one of their attributes.

window.holm.part((parts, TAG, foreign, mixed, astray, changed, owned, parse, put, drop, retext, write, live, isTouched, refocus, begin, end, observe, call, load, queue, fire) => {

return {};

});

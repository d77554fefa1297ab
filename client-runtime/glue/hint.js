// What a page does before or without an answer: optimistic edits that are rolled back, controls that wait, and what
// needs no server at all. Loaded where a page's HTML has one of their attributes, or with the first act of a server.

window.holm.part((parts, TAG, foreign, mixed, astray, changed, owned, parse, put, drop, retext, write, live, isTouched, refocus, begin, end, observe, call, load, queue, fire) => {

return {};

});

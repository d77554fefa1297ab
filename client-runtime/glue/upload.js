// Uploads: chosen files go over HTTP, in pieces, and go on after a loss. Loaded with the first chosen file.

window.holm.part((parts, TAG, foreign, mixed, astray, changed, owned, parse, put, drop, retext, write, live, isTouched, refocus, begin, end, observe, call, load, queue, fire) => {

return {};

});

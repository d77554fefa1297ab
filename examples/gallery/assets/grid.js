// Moves the focus between the fields of the sheet, as in any spreadsheet. It knows the table and nothing of the server:
// rows may come and go under it, since it looks anew at each key.
const column = (cell) => [...cell.parentElement.children].indexOf(cell);

/** The field that stands `rows` further down and `cells` further on, if there is one. */
function near(field, rows, cells) {
  const cell = field.closest('td');
  let row = cell.parentElement;
  for (; row && rows; rows -= Math.sign(rows)) row = rows > 0 ? row.nextElementSibling : row.previousElementSibling;
  return row?.children[column(cell) + cells]?.querySelector('input');
}

function next(event) {
  const field = event.target;
  const all = event.ctrlKey || event.metaKey;
  const edge = (row) => field.closest('tbody')[row].children[column(field.closest('td'))].querySelector('input');
  switch (event.key) {
    case 'ArrowUp': return near(field, -1, 0);
    case 'ArrowDown': return near(field, 1, 0);
    // Enter saves, which is the browser's own doing as the field is left.
    case 'Enter': return near(field, event.shiftKey ? -1 : 1, 0);
    case 'PageUp': return near(field, -10, 0);
    case 'PageDown': return near(field, 10, 0);
    case 'Home': return all ? edge('firstElementChild') : null;
    case 'End': return all ? edge('lastElementChild') : null;
    case 'ArrowLeft': case 'ArrowRight': return sideways(field, event.key === 'ArrowRight');
    default: return null;
  }
}

/** Within a text the arrows are the caret's; past its end, or on a box, they lead to the next field. */
function sideways(field, right) {
  const forward = right !== (getComputedStyle(field).direction === 'rtl');
  const { selectionStart: from, selectionEnd: to, value } = field;
  if (field.type !== 'checkbox' && (from !== to || from !== (forward ? value.length : 0))) return null;
  return near(field, 0, forward ? 1 : -1);
}

document.addEventListener('keydown', (event) => {
  if (event.isComposing || event.altKey || !event.target.closest?.('table.grid td')) return;
  const field = next(event);
  if (!field) return;
  event.preventDefault();
  field.focus();
  if (field.type !== 'checkbox') field.select();
});

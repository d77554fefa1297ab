// What a visitor has done to a form (cases 1 to 16 of docs/manners.md): the server is silent about it, or changes
// that very thing.
import assert from 'node:assert/strict';
import { tell } from './easel.mjs';

tell('1: a field that was typed in keeps its text while the server is silent about it', {
  from: '<input id="i" value="v"><b>1</b>',
  act: async (page) => {
    await page.fill('#i', 'typed');
    await page.locator('#i').blur();
  },
  to: '<input id="i" value="v" class="red"><b>2</b>',
  look: () => {
    const field = document.querySelector('#i');
    return [field.value, field.className, field.defaultValue];
  },
  sees: ['typed', 'red', 'v'],
});

tell('2: so does one without a value of the server\'s', {
  from: '<input id="i"><input name="n"><b>1</b>',
  act: async (page) => {
    await page.fill('#i', 'typed');
    await page.fill('[name=n]', 'too');
  },
  to: '<input id="i" class="red"><input name="n" class="red"><b>2</b>',
  look: () => [...document.querySelectorAll('input')].map((field) => [field.value, field.className]),
  sees: [['typed', 'red'], ['too', 'red']],
});

tell('3: text and selection of the focused field stay while the server is silent about them', {
  from: '<p>1</p><input id="i" value="v" class="a"><b>1</b>',
  act: async (page) => {
    await page.fill('#i', 'some text');
    await page.evaluate(() => document.querySelector('#i').setSelectionRange(2, 6, 'backward'));
  },
  to: '<p>2</p><em>an error</em><input id="i" value="v" class="b" title="t"><b>2</b>',
  look: () => {
    const field = document.activeElement;
    return [field.id, field.value, field.selectionStart, field.selectionEnd, field.selectionDirection, field.className];
  },
  sees: ['i', 'some text', 2, 6, 'backward', 'b'],
});

tell('5: a value that the server changes lands in a field that was typed in', {
  from: '<input id="i" value="v"><b>1</b>',
  act: async (page) => {
    await page.fill('#i', 'typed');
    await page.locator('#i').blur();
  },
  to: '<input id="i" value="new"><b>2</b>',
  look: () => document.querySelector('#i').value,
  sees: 'new',
});

tell('5: also in the focused field, with the caret where it was', {
  from: '<input id="i" value="v"><b>1</b>',
  act: async (page) => {
    await page.fill('#i', 'typed');
    await page.evaluate(() => document.querySelector('#i').setSelectionRange(1, 3));
  },
  to: '<input id="i" value="new one"><b>2</b>',
  look: () => {
    const field = document.activeElement;
    return [field.id, field.value, field.selectionStart, field.selectionEnd];
  },
  sees: ['i', 'new one', 1, 3],
});

tell('6: a server that empties a field empties it', {
  from: '<input id="i" value="v"><input id="j" value="v"><b>1</b>',
  act: (page) => page.fill('#i', 'typed'),
  to: '<input id="i" value=""><input id="j"><b>2</b>',
  look: () => [...document.querySelectorAll('input')].map((field) => field.value),
  sees: ['', ''],
});

tell('7: ticks and radios a visitor has set stay while the server is silent about them', {
  from: '<input id="a" type="checkbox"><input id="b" type="checkbox" checked><input id="c" type="checkbox">'
    + '<input id="r" type="radio" name="r" value="1" checked><input id="s" type="radio" name="r" value="2"><b>1</b>',
  act: async (page) => {
    await page.check('#a');
    await page.uncheck('#b');
    await page.check('#s');
    await page.evaluate(() => { document.querySelector('#c').indeterminate = true; });
  },
  to: '<input id="a" type="checkbox" class="x"><input id="b" type="checkbox" checked class="x"><input id="c" type="checkbox" class="x">'
    + '<input id="r" type="radio" name="r" value="1" checked class="x"><input id="s" type="radio" name="r" value="2" class="x"><b>2</b>',
  look: () => [...document.querySelectorAll('input')].map((field) => `${field.id} ${field.className} ${field.checked} ${field.indeterminate}`),
  sees: ['a x true false', 'b x false false', 'c x false true', 'r x false false', 's x true false'],
});

tell('7: ticks and radios that the server changes follow, also after a visitor has set them', {
  from: '<input id="a" type="checkbox"><input id="b" type="checkbox" checked>'
    + '<input id="r" type="radio" name="r" value="1" checked><input id="s" type="radio" name="r" value="2"><input id="t" type="radio" name="r" value="3"><b>1</b>',
  act: async (page) => {
    await page.check('#a');
    await page.uncheck('#a');
    await page.uncheck('#b');
    await page.check('#b');
    await page.check('#s');
  },
  to: '<input id="a" type="checkbox" checked><input id="b" type="checkbox">'
    + '<input id="r" type="radio" name="r" value="1"><input id="s" type="radio" name="r" value="2"><input id="t" type="radio" name="r" value="3" checked><b>2</b>',
  look: () => [...document.querySelectorAll('input')].filter((field) => field.checked).map((field) => field.id),
  sees: ['a', 't'],
});

const options = (...values) => values.map((value) => `<option value="${value}">${value}</option>`).join('');
const picked = () => [...document.querySelectorAll('select')].map((select) => [...select.selectedOptions].map((option) => option.value));

tell('8: what is chosen in a select stays, by its value, while options come before, between and after', {
  from: `<select id="one">${options('a', 'b', 'c')}</select><select id="many" multiple>${options('a', 'b', 'c')}</select><b>1</b>`,
  act: async (page) => {
    await page.selectOption('#one', 'b');
    await page.selectOption('#many', ['a', 'c']);
  },
  to: `<select id="one" class="x">${options('x', 'a', 'y', 'b', 'c', 'z')}</select><select id="many" multiple class="x">${options('x', 'a', 'y', 'b', 'c', 'z')}</select><b>2</b>`,
  look: picked,
  sees: [['b'], ['a', 'c']],
});

tell('8: what is chosen stays when the options are sorted, also in groups', {
  from: `<select id="one">${options('a', 'b', 'c')}</select><select id="two"><optgroup label="g">${options('d', 'e')}</optgroup>${options('f')}</select><b>1</b>`,
  act: async (page) => {
    await page.selectOption('#one', 'c');
    await page.selectOption('#two', 'e');
  },
  to: `<select id="one">${options('c', 'b', 'a')}</select><select id="two"><optgroup label="g">${options('e', 'd')}</optgroup>${options('f')}</select><b>2</b>`,
  look: picked,
  sees: [['c'], ['e']],
});

tell('8: a choice that the server moves follows, also after a visitor has chosen', {
  from: '<select id="one"><option value="a" selected>a</option><option value="b">b</option><option value="c">c</option></select>'
    + '<select id="many" multiple><option selected>a</option><option>b</option></select><b>1</b>',
  act: async (page) => {
    await page.selectOption('#one', 'b');
    await page.selectOption('#many', ['a', 'b']);
  },
  to: '<select id="one"><option value="a">a</option><option value="b">b</option><option value="c" selected>c</option></select>'
    + '<select id="many" multiple><option>a</option><option>b</option></select><b>2</b>',
  look: picked,
  // The server is silent about `b` of the second.
  sees: [['c'], ['b']],
});

tell('9: nothing is written to a select whose options stay, so that an open list of it stays as it is', {
  from: `<p>1</p><select id="one" class="c">${options('a', 'b', 'c')}</select><b>1</b>`,
  act: async (page) => {
    await page.focus('#one');
    await page.evaluate(() => {
      window.records = new MutationObserver(() => {});
      window.records.observe(document.querySelector('#one'), { subtree: true, childList: true, attributes: true, characterData: true });
    });
    await page.keyboard.press('Alt+ArrowDown');
  },
  to: `<p>2</p><em>new</em><select id="one" class="c">${options('a', 'b', 'c')}</select><b>2</b>`,
  look: () => [window.records.takeRecords().length, document.activeElement.id],
  sees: [0, 'one'],
});

tell('10: text typed into a textarea stays while the server is silent about it, and gives way when it is not', {
  from: '<textarea id="s">old</textarea><textarea id="c">old</textarea><textarea id="e"></textarea><b>1</b>',
  act: async (page) => {
    for (const id of ['s', 'c', 'e']) await page.fill(`#${id}`, 'typed\ntext');
    await page.evaluate(() => {
      document.querySelector('#s').focus();
      document.querySelector('#s').setSelectionRange(2, 8);
    });
  },
  to: '<textarea id="s" rows="3">old</textarea><textarea id="c">new</textarea><textarea id="e"></textarea><b>2</b>',
  look: () => [...[...document.querySelectorAll('textarea')].map((field) => field.value), document.activeElement.id, document.activeElement.selectionEnd],
  sees: ['typed\ntext', 'new', 'typed\ntext', 's', 8],
});

tell('11: chosen files stay', {
  from: '<p>1</p><input type="file" name="f" id="f" multiple><b>1</b>',
  act: (page) => page.setInputFiles('#f', [{ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a') }, { name: 'b.txt', mimeType: 'text/plain', buffer: Buffer.from('b') }]),
  to: '<p>2</p><em>x</em><input type="file" name="f" id="f" multiple class="x" accept="text/plain"><b>2</b>',
  look: () => [...document.querySelector('#f').files].map((file) => file.name),
  sees: ['a.txt', 'b.txt'],
});

tell('11: half a number stays while the server is silent about it', {
  from: '<input type="number" id="n" value="3"><b>1</b>',
  act: async (page) => {
    await page.focus('#n');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('1e');
  },
  to: '<input type="number" id="n" value="3" class="x"><b>2</b>',
  look: () => {
    const field = document.querySelector('#n');
    return [field.validity.badInput, field.value, document.activeElement == field];
  },
  sees: [true, '', true],
});

tell('11: a range gets its value when it has its bounds, whichever is written first', {
  from: '<input type="range" id="r" value="5" max="10"><input type="range" id="s" max="10" value="5"><b>1</b>',
  act: (page) => page.fill('#r', '7'),
  to: '<input type="range" id="r" value="50" max="100"><input type="range" id="s" max="100" value="50"><b>2</b>',
  look: () => ['r', 's'].map((id) => document.getElementById(id).value),
  sees: ['50', '50'],
});

/** Begins to compose in a field. */
async function compose(page, selector, text) {
  await page.focus(selector);
  await page.evaluate(() => {
    window.said = [];
    for (const type of ['compositionstart', 'compositionend']) addEventListener(type, ({ data }) => window.said.push([type, data]));
  });
  const cdp = await page.context().newCDPSession(page);
  for (let at = 1; at <= text.length; at += 1) {
    await cdp.send('Input.imeSetComposition', { text: text.slice(0, at), selectionStart: at, selectionEnd: at });
  }
  return cdp;
}

for (const [what, html] of [['an input', '<input id="i" value="">'], ['a textarea', '<textarea id="i"></textarea>']]) {
  tell(`12: composition in ${what} goes on while things around and on it change`, {
    from: `<p>1</p>${html}<b>1</b>`,
    act: async (page, easel) => { easel.cdp = await compose(page, '#i', 'にほ'); },
    to: `<p>2</p><em>new</em>${html.replace('id=', 'class="x" title="t" id=')}<b>2</b>`,
    look: () => [document.querySelector('#i').value, document.activeElement.id, window.said],
    sees: ['にほ', 'i', [['compositionstart', '']]],
    then: async (page, easel) => {
      await easel.cdp.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 });
      await easel.cdp.send('Input.insertText', { text: '日本' });
      assert.deepEqual(await page.evaluate(() => [document.querySelector('#i').value, window.said.length]), ['日本', 2]);
    },
  });
}

tell('12: a value that comes while text is composed lands when that ends', {
  from: '<input id="i" value=""><textarea id="t"></textarea><b>1</b>',
  act: async (page, easel) => { easel.cdp = await compose(page, '#i', 'にほ'); },
  to: '<input id="i" value="server"><textarea id="t">server</textarea><b>2</b>',
  look: () => [document.querySelector('#i').value, document.querySelector('#t').value, window.said.length],
  sees: ['にほ', 'server', 1],
  then: async (page, easel) => {
    await easel.cdp.send('Input.insertText', { text: '日本' });
    await page.waitForFunction(() => document.querySelector('#i').value === 'server');
    assert.deepEqual(await page.evaluate(() => window.said.map(([type]) => type)), ['compositionstart', 'compositionend']);
  },
});

tell('13: what a script disabled stays disabled, and what the server changes follows', {
  from: '<fieldset id="f"><button id="b">b</button></fieldset><button id="c" disabled>c</button><button id="d">d</button><b>1</b>',
  act: (page) => page.evaluate(() => { document.querySelector('#b').disabled = true; }),
  to: '<fieldset id="f" disabled><button id="b" class="x">b</button></fieldset><button id="c">c</button><button id="d" disabled>d</button><b>2</b>',
  look: () => ['f', 'b', 'c', 'd'].map((id) => document.getElementById(id).disabled),
  sees: [true, true, false, true],
});

tell('14: a form-associated custom element keeps its value', {
  init: () => {
    customElements.define('x-field', class extends HTMLElement {
      static formAssociated = true;

      constructor() {
        super();
        this.internals = this.attachInternals();
      }

      set value(value) { this.internals.setFormValue(value); }
    });
  },
  from: '<form id="f"><x-field name="x"></x-field><b>1</b></form>',
  act: (page) => page.evaluate(() => { document.querySelector('x-field').value = 'typed'; }),
  to: '<form id="f"><em>new</em><x-field name="x" class="x"></x-field><b>2</b></form>',
  look: () => [new FormData(document.querySelector('#f')).get('x'), document.querySelector('x-field').className],
  sees: ['typed', 'x'],
});

tell('15: fields called id, submit, attributes and content do not lead astray', {
  from: '<form id="f" data-live-submit="%said%"><input name="id" value="1"><input name="submit" value="2"><input name="attributes" value="3"><input name="value" value="said so"><textarea name="content">old</textarea><button>b</button></form><p id="p">%value%</p><b>1</b>',
  act: async (page) => {
    await page.click('button');
    await page.waitForFunction(() => document.querySelector('#p').textContent === 'said so');
    await page.evaluate(() => {
      window.form = document.querySelector('form');
      window.patches.length = 0;
    });
  },
  to: '<form id="f" class="x" data-live-submit="%said%"><input name="id" value="one"><input name="submit" value="2"><input name="attributes" value="3"><input name="value" value="said so"><textarea name="content">new</textarea><button>b</button></form><p id="p">%value%</p><b>2</b>',
  look: () => [window.form === document.querySelector('#f'), window.form.className, new FormData(window.form).get('id'), window.form.querySelector('textarea').value],
  sees: [true, 'x', 'one', 'new'],
  // What was said may not be sealed yet: then a snapshot of the state before it comes first.
  comes: { restart: null },
});

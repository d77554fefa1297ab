// What is selected, and what a visitor writes outside of fields (case 23 of docs/manners.md).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keep, until } from '../stories/kit.mjs';
import { Easel, WAYS, tell } from './easel.mjs';

const rows = (keys, row) => `<ul>${keys.map((key) => `<li data-key="${key}">${row(key)}</li>`).join('')}</ul>`;

tell('23: text that is selected stays selected while what is beside it changes', {
  from: '<p>1</p><p id="t">what is selected here</p><b>1</b>',
  act: (page) => page.evaluate(() => getSelection().setBaseAndExtent(document.querySelector('#t').firstChild, 8, document.querySelector('#t').firstChild, 16)),
  to: '<p>2</p><em>new</em><p id="t" class="x">what is selected here</p><b>2</b>',
  look: () => `${getSelection()}`,
  sees: 'selected',
});

tell('23: text and caret in what is contenteditable stay while the server is silent about it', {
  from: '<p>1</p><div id="e" contenteditable="true">once</div><b>1</b>',
  act: async (page) => {
    await page.click('#e');
    await page.keyboard.press('End');
    await page.keyboard.type(' upon');
    await page.keyboard.press('ArrowLeft');
  },
  to: '<p>2</p><em>new</em><div id="e" contenteditable="true" class="x">once</div><b>2</b>',
  look: () => [document.querySelector('#e').textContent, document.activeElement.id, getSelection().focusOffset],
  sees: ['once upon', 'e', 8],
  // The text is another than the server's, so that the page that joins again is sent a snapshot first.
  comes: { restart: ['snapshot', 'edit'] },
});

tell('23: what is written stays beside attributes that a script has set in something contenteditable', {
  from: '<p>1</p><div id="e" contenteditable="true"><p class="a">once</p></div><b>1</b>',
  act: async (page) => {
    await page.evaluate(() => {
      document.querySelector('#e p').classList.add('mine');
      document.querySelector('#e p').setAttribute('aria-busy', 'true');
    });
    await page.click('#e');
    await page.keyboard.press('End');
    await page.keyboard.type(' upon');
  },
  to: '<p>2</p><em>new</em><div id="e" contenteditable="true"><p class="a">once</p></div><b>2</b>',
  look: () => [document.querySelector('#e').innerHTML],
  sees: ['<p class="a mine" aria-busy="true">once upon</p>'],
  comes: { restart: ['snapshot', 'edit'] },
});

tell('23: what is written in something contenteditable goes when the server takes that back and says what it said before', {
  from: '<p>1</p><div id="e" contenteditable="true">once</div><b>1</b>',
  act: async (page) => {
    await page.click('#e');
    await page.keyboard.press('End');
    await page.keyboard.type(' upon');
  },
  to: '<p>2</p><em>new</em><div id="e">once</div><b>2</b>',
  look: () => [document.querySelector('#e').textContent, 'holm' in document.querySelector('#e')],
  sees: ['once', false],
  comes: { restart: ['snapshot', 'edit'] },
});

tell('23: what is selected in a row that moves stays selected', {
  from: rows(['a', 'b', 'c', 'd'], (key) => `<p>what is said in ${key}</p>`),
  act: (page) => page.evaluate(() => {
    window.text = document.querySelector('[data-key=d] p').firstChild;
    getSelection().setBaseAndExtent(window.text, 12, window.text, 5);
    // The part that minds it comes with the first selection.
    return window.holm.load(['care']);
  }),
  to: rows(['d', 'c', 'b', 'a'], (key) => `<p>what is said in ${key}</p>`),
  look: () => [`${getSelection()}`, getSelection().anchorNode === window.text, getSelection().anchorOffset],
  sees: ['is said', true, 12],
});

tell('23: the caret in something contenteditable stays when its row moves', {
  from: rows(['a', 'b', 'c', 'd'], (key) => `<div contenteditable="true">in ${key}</div>`),
  act: async (page) => {
    await page.click('[data-key=d] div');
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
  },
  to: rows(['d', 'c', 'b', 'a'], (key) => `<div contenteditable="true">in ${key}</div>`),
  look: () => [document.activeElement.textContent, getSelection().anchorNode.data, getSelection().focusOffset],
  sees: ['in d', 'in d', 3],
  then: async (page) => {
    await page.keyboard.type('x');
    assert.equal(await page.textContent('[data-key=d]'), 'in xd');
  },
});

tell('23: a sort leaves the focus where it is when it has left something contenteditable', {
  from: `<button id="o">o</button>${rows(['a', 'b', 'c'], (key) => `<div contenteditable="true">in ${key}</div>`)}`,
  act: async (page) => {
    await page.click('[data-key=c] div');
    await page.evaluate(() => {
      document.querySelector('#outside').focus();
      window.focuses = [];
      for (const type of ['focus', 'blur']) addEventListener(type, ({ target }) => window.focuses.push(`${type} ${target.id}`), true);
    });
    await page.waitForFunction(() => document.querySelector('script[src*="holm-care-"]'));
  },
  to: `<button id="o">o</button>${rows(['c', 'b', 'a'], (key) => `<div contenteditable="true">in ${key}</div>`)}`,
  look: () => [document.activeElement.id, window.focuses],
  sees: ['outside', []],
});

test('23: what is written before the part that minds it is there stays as well', async () => {
  let go;
  const html = (mark) => `<p>${mark}</p><div id="e" contenteditable="true">Hello</div>`;
  const easel = await Easel.open(html(1), null, async (page) => { go = await keep(page, /holm-care-/); });
  try {
    await easel.page.click('#e');
    await easel.page.keyboard.press('End');
    await easel.page.keyboard.type(' there');
    go();
    await WAYS.snapshot(easel, html(2));
    assert.equal(await easel.page.textContent('#e'), 'Hello there');
  } finally {
    await easel.close();
  }
});

tell('23: what a toolbar does in something contenteditable stays as well', {
  from: '<p>1</p><div id="e" contenteditable="true">make this bold</div>',
  act: (page) => page.evaluate(() => {
    const text = document.querySelector('#e').firstChild;
    getSelection().setBaseAndExtent(text, 0, text, 4);
    document.execCommand('bold');
  }),
  to: '<p>2</p><div id="e" contenteditable="true">make this bold</div>',
  look: () => document.querySelector('#e').innerHTML,
  sees: '<b>make</b> this bold',
  comes: { restart: null },
});

const editor = (text, mark) => `<p>${mark}</p><div id="e" contenteditable="true">${text}</div>`;
const edited = (page) => page.evaluate(() => document.querySelector('#e').textContent);
const write = async (page, text) => {
  await page.click('#e');
  await page.keyboard.press('End');
  await page.keyboard.type(text);
};

tell('23: what is written in something contenteditable stays after the server has changed it, and gives way when it does again', {
  from: editor('A', 1),
  act: (page) => write(page, 'xxx'),
  to: editor('B', 2),
  look: () => document.querySelector('#e').textContent,
  sees: 'B',
  ways: ['edit', 'snapshot'],
  comes: { edit: 'snapshot' },
  then: async (page, easel) => {
    await write(page, 'yyy');
    await WAYS.snapshot(easel, editor('B', 3));
    assert.equal(await edited(page), 'Byyy');
    await easel.paint(editor('A', 4));
    assert.equal(await edited(page), 'A');
    // Nobody has written there since: an edit, and then a visitor again.
    await easel.paint(editor('C', 5));
    await write(page, 'zzz');
    await WAYS.snapshot(easel, editor('C', 6));
    assert.equal(await edited(page), 'Czzz');
  },
});

for (const [what, text, lands] of [['text', 'a', 'a'], ['a line', 'a\nb', 'c']]) {
  tell(`23: ${what} written in something contenteditable that was empty gives way to what the server fills in`, {
    from: editor('', 1),
    act: (page) => write(page, text),
    to: editor(lands, 2),
    look: () => document.querySelector('#e').innerHTML,
    sees: lands,
    comes: { edit: 'snapshot', loss: null, restart: null },
  });
}

test('23: what is written in something contenteditable that sends it is not overtaken by its echoes, also in capitals', async () => {
  for (const way of ['value', 'loud']) {
    const easel = await Easel.open(`<div id="e" contenteditable="plaintext-only" style="white-space: pre-wrap" data-live-input="%said%">%${way}%</div>`);
    const { page } = easel, text = 'An island\nin a stream', loud = (text) => way === 'loud' ? text.toUpperCase() : text;
    await easel.ready();
    await page.click('#e');
    for (const [at, key] of [...text].entries()) {
      if (at % 3 === 0 && !easel.held) easel.hold();
      await page.keyboard.press(key === '\n' ? 'Enter' : key);
      if (at % 7 === 4) easel.release(2);
      if (at % 7 === 6) easel.release();
    }
    if (easel.held) easel.release();
    const holds = (text) => until(() => page.evaluate((text) => document.querySelector('#e').innerText === text
      && !document.querySelector('.holm-busy'), text), `it says ${text}`);
    await holds(loud(text));
    await page.keyboard.press('!');
    await holds(loud(`${text}!`));
    await easel.close();
  }
});

test('23: text composed in something contenteditable that sends it stays when the server had something else to say meanwhile', async () => {
  const easel = await Easel.open('<p>1</p><div id="e" contenteditable="true" data-live-input="%said%">%value%</div>');
  const { page } = easel, paint = (mark) => `<p>${mark}</p><div id="e" contenteditable="true" data-live-input="%said%">%value%</div>`;
  await easel.ready();
  await write(page, 'A');
  await until(() => page.evaluate(() => !document.querySelector('.holm-busy')), 'it is answered');
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Input.imeSetComposition', { text: 'にほ', selectionStart: 2, selectionEnd: 2 });
  await WAYS.edit(easel, paint(2));
  await WAYS.snapshot(easel, paint(3));
  assert.equal(await edited(page), 'Aにほ');
  easel.hold();
  await cdp.send('Input.insertText', { text: '日本' });
  await until(() => easel.held.length, 'it is on its way');
  await WAYS.snapshot(easel, paint(4));
  assert.equal(await edited(page), 'A日本');
  easel.release();
  await until(() => page.evaluate(() => !document.querySelector('.holm-busy')), 'it is answered');
  await WAYS.snapshot(easel, paint(5));
  assert.equal(await edited(page), 'A日本');
  await easel.close();
});

const halves = (text, mark) => `<p>${mark}</p><div id="e" contenteditable="true"><p>one</p><p id="half">${text}</p></div>`;
test('23: what the server changes in something contenteditable while an event of its is on its way lands with the answer', async () => {
  const rows = (second, editable) => `<div id="e" ${editable} data-live-input="%said%"><p data-key="k1">first</p><p data-key="k2">${second}</p></div>`;
  for (const editable of ['contenteditable="true"', '']) {
    const easel = await Easel.open(rows('one', 'contenteditable="true"'));
    const { page } = easel;
    await easel.ready();
    easel.hold();
    await page.click('[data-key=k1]');
    await page.keyboard.press('End');
    await page.keyboard.type('X');
    await WAYS.snapshot(easel, rows('one and a half', 'contenteditable="true"'));
    await easel.paint(rows('two', editable));
    const now = () => page.evaluate(() => document.querySelector('#e').innerText);
    assert.equal(await now(), editable ? 'firstX\n\none' : 'first\n\ntwo');
    easel.release();
    await until(async () => await now() === 'first\n\ntwo', 'the newest word of the server is there');
    await easel.close();
  }
});

tell('23: the caret in something contenteditable stays in its text when the elements around it are made anew', {
  from: '<div id="e" contenteditable="true"></div>',
  act: (page) => write(page, 'one\ntwo'),
  to: '<div id="e" contenteditable="true"><p>one</p><p>two</p></div>',
  look: async () => {
    document.execCommand('insertText', false, '!');
    return document.querySelector('#e').innerHTML;
  },
  sees: '<p>one</p><p>two!</p>',
  ways: ['edit', 'snapshot'],
  comes: { edit: 'snapshot' },
});

for (const [where, at] of [['in a text', '<p id="e">%</p>'], ['in something contenteditable', '<p id="e" contenteditable="true">%</p>']]) {
  tell(`23: what is selected ${where} stays selected when that changes before it`, {
    from: at.replace('%', '9 people are reading this at the moment'),
    act: (page) => page.evaluate(() => {
      const text = document.querySelector('#e').firstChild;
      document.querySelector('#e').focus();
      getSelection().setBaseAndExtent(text, 2, text, 8);
    }),
    to: at.replace('%', '10 people are reading this at the moment'),
    look: () => `${getSelection()}`,
    sees: 'people',
    ways: ['edit'],
  });
}

test('23: a field inside something contenteditable says what it holds', async () => {
  for (const field of ['<input id="i" data-live-input="%said%">', '<textarea id="i" data-live-input="%said%"></textarea>']) {
    const easel = await Easel.open(`<div contenteditable="true">text ${field} more</div><p id="p">%value%</p>`);
    const { page } = easel;
    await easel.ready();
    await page.focus('#i');
    await page.keyboard.type('abc');
    await page.waitForFunction(() => document.querySelector('#p').textContent === 'abc');
    await easel.close();
  }
});

tell('23: an edit of one part of something contenteditable that was written in brings all of it', {
  from: halves('two', 1),
  act: (page) => page.evaluate(() => document.querySelector('#e').focus()).then(() => page.keyboard.type('x')),
  to: halves('2', 2),
  look: () => document.querySelector('#e').innerText,
  sees: 'one\n\n2',
  ways: ['edit', 'snapshot'],
  comes: { edit: 'snapshot' },
});

tell('23: nothing lands in something contenteditable while text is composed in it', {
  from: editor('A', 1),
  act: async (page, easel) => {
    await write(page, 'x');
    easel.cdp = await page.context().newCDPSession(page);
    await easel.cdp.send('Input.imeSetComposition', { text: 'にほ', selectionStart: 2, selectionEnd: 2 });
  },
  to: editor('B', 2),
  look: () => document.querySelector('#e').textContent,
  sees: 'Axにほ',
  ways: ['edit', 'snapshot'],
  comes: { edit: 'snapshot' },
  then: async (page, easel) => {
    await easel.cdp.send('Input.insertText', { text: '日本' });
    await page.waitForFunction(() => document.querySelector('#e').textContent === 'B');
    await write(page, 'y');
    await WAYS.snapshot(easel, editor('B', 3));
    assert.equal(await edited(page), 'By');
  },
});

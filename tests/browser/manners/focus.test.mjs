// Where the focus goes when the server takes its element away, and what is kept where a browser cannot move nodes.
import { tell } from './easel.mjs';

const row = (key, more = '') => `<li data-key="${key}"><input name="t" value="${key}"><button type="button" name="up">up</button><button type="button" name="drop">drop</button>${more}</li>`;
const rows = (...keys) => `<h2 tabindex="-1" id="h">Rows</h2><button id="before">before</button><ul>${keys.map((key) => row(key)).join('')}</ul><button id="after">after</button>`;
const where = () => {
  const element = document.activeElement;
  return [element.id || element.name || element.localName, element.closest('[data-key]')?.dataset.key ?? null, window.told.length];
};
const focus = (selector) => async (page) => {
  await page.focus(selector);
  await page.evaluate(() => {
    window.told = [];
    for (const type of ['focus', 'focusin']) document.addEventListener(type, () => window.told.push(type), true);
  });
};
/** The part that leads on may still be on its way. */
const led = (then) => async (page) => page.waitForFunction((then) => document.activeElement !== document.body
  && [document.activeElement.id || document.activeElement.name, document.activeElement.closest('[data-key]')?.dataset.key ?? null].join() === then.join(), then);

/** A case whose focus may come a moment after the change. */
const leads = (name, from, selector, to, then) => tell(name, {
  from, act: focus(selector), to, look: () => 0, sees: 0, then: led(then),
});

leads('focus: from a row that goes to the same control of the next', rows('a', 'b', 'c'), '[data-key=b] [name=drop]', rows('a', 'c'), ['drop', 'c']);
leads('focus: from the last row to the same control of the one before', rows('a', 'b', 'c'), '[data-key=c] [name=up]', rows('a', 'b'), ['up', 'b']);
leads('focus: from several rows that go at once', rows('a', 'b', 'c', 'd'), '[data-key=b] [name=drop]', rows('a', 'd'), ['drop', 'd']);
leads('focus: from the only row to what is made for it', rows('a'), '[data-key=a] [name=drop]', rows(), ['h', null]);
leads('focus: from a control that goes to the next one beside it', rows('a', 'b'), '#before', rows('a', 'b').replace('<button id="before">before</button>', ''), ['t', 'a']);
leads('focus: from a button to the field that takes its place', '<p><button id="edit">edit</button></p><b>1</b>', '#edit', '<p><input id="field"></p><b>1</b>', ['field', null]);

tell('focus: nothing is told of where it goes, and what the visitor has gone to since stays', {
  from: rows('a', 'b', 'c'),
  act: focus('[data-key=b] [name=drop]'),
  to: rows('a', 'c'),
  look: () => window.told,
  sees: [],
});

tell('focus: it stays where it is when something else goes', {
  from: rows('a', 'b', 'c'),
  act: focus('[data-key=a] [name=up]'),
  to: rows('c', 'a'),
  look: where,
  sees: ['up', 'a', 0],
});

const plain = () => { delete Element.prototype.moveBefore; };
tell('without moveBefore: text, focus, selection and ticks stay with a row that moves', {
  init: plain,
  from: rows('c', 'a', 'b'),
  act: async (page) => {
    await page.fill('[data-key=c] input', 'typed');
    await focus('[data-key=c] input')(page);
    await page.evaluate(() => {
      window.field = document.activeElement;
      window.field.setSelectionRange(1, 3);
    });
  },
  to: rows('a', 'b', 'c'),
  look: () => [document.activeElement === window.field, window.field.value, window.field.selectionStart, window.field.selectionEnd, window.told, 'moveBefore' in Element.prototype],
  sees: [true, 'typed', 1, 3, [], false],
});

tell('without moveBefore: what need not move keeps its frame and where it is scrolled to', {
  init: plain,
  from: '<ul><li data-key="a">a</li><li data-key="f"><iframe></iframe><div id="box"><br><br><br><br></div></li><li data-key="g">g</li></ul>',
  act: (page) => page.evaluate(() => {
    document.querySelector('iframe').contentWindow.mark = 1;
    const box = document.querySelector('#box');
    box.style.height = '20px';
    box.style.overflow = 'auto';
    box.scrollTop = 15;
  }),
  to: '<ul><li data-key="new">new</li><li data-key="a">a</li><li data-key="f"><iframe></iframe><div id="box"><br><br><br><br></div></li><li data-key="h">h</li></ul>',
  look: () => [document.querySelector('iframe').contentWindow.mark, document.querySelector('#box').scrollTop],
  sees: [1, 15],
});

// Ids, keys and which node goes on as which (cases 47 to 50 and 56 to 59 of docs/manners.md).
import { tell } from './easel.mjs';

const mark = (page) => page.evaluate(() => {
  window.nodes = new Map([...document.querySelectorAll('holm-island [id], holm-island [data-key]')].map((node) => [node.id || node.dataset.key, node]));
  window.same = (id) => window.nodes.get(id) === (document.getElementById(id) ?? document.querySelector(`[data-key="${CSS.escape(id)}"]`));
});

tell('47: an element whose id goes to another kind of element is another', {
  from: '<div id="a">1</div><b>1</b>',
  act: mark,
  to: '<span id="a">1</span><b>2</b>',
  look: () => [document.querySelector('#a').localName, window.same('a')],
  sees: ['span', false],
});

tell('47: with an id deeper in, elsewhere, or twice, the page shows what the server says', {
  from: '<section><div id="a">a</div><div id="b">b</div></section><ul><li id="c">c</li></ul><b>1</b>',
  to: '<section><div><div id="a">A</div></div></section><ul><li id="b">B</li><li id="c">c</li><li id="c">again</li></ul><b>2</b>',
  look: () => document.querySelector('holm-island').innerHTML.split('<b>')[0],
  sees: '<section><div><div id="a">A</div></div></section><ul><li id="b">B</li><li id="c">c</li><li id="c">again</li></ul>',
});

const WEIRD = ['it\'s', 'a"b', '1', 'x]y', 'å ö', ''];
const weird = (ids, text) => ids.map((id) => `<p id="${id.replace('"', '&quot;')}">${text} ${id.replace('"', '&quot;')}</p>`).join('');
tell('47: ids of any sign lead to their elements, an empty one leads nowhere', {
  from: `${weird(WEIRD, 'old')}<b>1</b>`,
  act: mark,
  to: `${weird(WEIRD.toReversed(), 'new')}<b>2</b>`,
  look: () => [
    [...document.querySelectorAll('holm-island [id]')].map((each) => each.textContent),
    ['it\'s', 'a"b', '1', 'x]y', 'å ö'].map((id) => window.same(id)),
  ],
  sees: [['new ', 'new å ö', 'new x]y', 'new 1', 'new a"b', 'new it\'s'], [true, true, true, true, true]],
});

tell('48: a key that is no id names a row, also where a script has changed its id', {
  from: '<ul><li data-key="a" id="x">a</li><li data-key="b">b</li><li data-key="c">c</li></ul><b>1</b>',
  act: async (page) => {
    await mark(page);
    await page.evaluate(() => { document.querySelector('[data-key=b]').id = 'magic'; });
  },
  to: '<ul><li data-key="c">c!</li><li data-key="b">b!</li><li data-key="a" id="x">a!</li></ul><b>2</b>',
  look: () => [...document.querySelectorAll('holm-island li')].map((row) => [row.textContent, row.id, row === window.nodes.get(row.id === 'x' ? 'x' : row.dataset.key)]),
  sees: [['c!', '', true], ['b!', 'magic', true], ['a!', 'x', true]],
});

tell('49: rows without keys that stay the same stay the same elements when others come before them', {
  from: '<ul><li>a <input></li><li>b <input></li></ul><b>1</b>',
  act: async (page) => {
    await page.fill('li:nth-child(2) input', 'typed in b');
    await page.evaluate(() => { window.field = document.activeElement; });
  },
  to: '<ul><li>new <input></li><li>a <input></li><li>b <input></li></ul><b>2</b>',
  look: () => [...document.querySelectorAll('holm-island li')].map((row) => [row.textContent, row.querySelector('input').value, row.querySelector('input') === window.field]),
  sees: [['new ', '', false], ['a ', '', false], ['b ', 'typed in b', true]],
});

tell('50: keys and ids that two elements have are no keys', {
  from: '<ul><li data-key="a">1</li><li data-key="a">2</li><li id="i">3</li><li id="i">4</li></ul><b>1</b>',
  to: '<ul><li data-key="a">one</li><li data-key="a">two</li><li id="i">three</li><li id="i">four</li></ul><b>2</b>',
  look: () => [...document.querySelectorAll('holm-island li')].map((row) => row.textContent),
  sees: ['one', 'two', 'three', 'four'],
});

const LONG = 'a text that is longer than a parser once took for one node; '.repeat(1200);
tell('56: empty, adjacent and very long texts keep their places', {
  from: '<p id="p">a<!-- c -->b<i></i></p><p id="q"></p><p id="r">x</p><b>1</b>',
  to: `<p id="p">a2<!-- c --><i></i>c</p><p id="q">${LONG}</p><p id="r"></p><b>2</b>`,
  look: () => [document.querySelector('#p').innerHTML, document.querySelector('#q').childNodes.length, document.querySelector('#q').textContent.length, document.querySelector('#r').childNodes.length],
  sees: ['a2<!-- c --><i></i>c', 1, LONG.length, 0],
});

tell('59: elements that go are told so once, those that move are not', {
  init: () => {
    window.gone = [];
    customElements.define('x-row', class extends HTMLElement {
      disconnectedCallback() { window.gone.push(this.title); }

      connectedMoveCallback() {}
    });
  },
  from: '<ul><li data-key="a"><x-row title="a"></x-row></li><li data-key="b"><x-row title="b"></x-row></li><li data-key="c"><div><x-row title="c"></x-row></div></li></ul><b>1</b>',
  to: '<ul><li data-key="b"><x-row title="b"></x-row></li><li data-key="a"><x-row title="a"></x-row></li></ul><b>2</b>',
  look: () => window.gone,
  sees: ['c'],
});

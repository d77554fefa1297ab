// Custom elements, widgets, extensions, translators (cases 27 to 34 of docs/manners.md), and what an author keeps from
// the server by `data-live-ignore` and `data-live-keep`.
import assert from 'node:assert/strict';
import { WAYS, tell } from './easel.mjs';

const rows = (keys, row) => `<ul>${keys.map((key) => `<li data-key="${key}">${row(key)}</li>`).join('')}</ul>`;

tell('27: a custom element that moves with its row neither leaves nor comes, and keeps its shadow root', {
  init: () => {
    window.called = [];
    customElements.define('x-cell', class extends HTMLElement {
      connectedCallback() {
        if (!this.shadowRoot) this.attachShadow({ mode: 'open' }).innerHTML = '<input><slot></slot>';
        window.called.push(`in ${this.title}`);
      }

      disconnectedCallback() { window.called.push(`out ${this.title}`); }

      connectedMoveCallback() { window.called.push('moved'); }
    });
  },
  from: rows(['a', 'b', 'c', 'd'], (key) => `<x-cell title="${key}">${key}</x-cell>`),
  act: (page) => page.evaluate(() => {
    window.roots = [...document.querySelectorAll('x-cell')].map((each) => each.shadowRoot);
    window.roots.forEach((root, at) => { root.querySelector('input').value = `typed ${at}`; });
    window.called.length = 0;
  }),
  to: rows(['d', 'c', 'b'], (key) => `<x-cell title="${key}">${key}!</x-cell>`),
  look: () => [
    [...new Set(window.called)].sort(),
    [...document.querySelectorAll('x-cell')].map((each) => [each.textContent, window.roots.indexOf(each.shadowRoot), each.shadowRoot.querySelector('input').value]),
  ],
  sees: [['moved', 'out a'], [['d!', 3, 'typed 3'], ['c!', 2, 'typed 2'], ['b!', 1, 'typed 1']]],
});

tell('28: attributes that an element or a script has set stay, and those of the server follow', {
  from: '<x-button class="a">b</x-button><p id="p" class="a b" title="t">p</p><b>1</b>',
  act: (page) => page.evaluate(() => {
    customElements.define('x-button', class extends HTMLElement {
      connectedCallback() {
        this.setAttribute('size', 'medium');
        this.setAttribute('role', 'button');
        this.classList.add('hydrated');
      }
    });
    const p = document.querySelector('#p');
    p.classList.add('theirs');
    p.classList.remove('b');
    p.setAttribute('data-theirs', '1');
    p.removeAttribute('title');
    p.style.color = 'red';
  }),
  to: '<x-button class="c" variant="x">b</x-button><p id="p" class="a b c" title="t">p!</p><b>2</b>',
  look: () => {
    const [button, p] = [document.querySelector('x-button'), document.querySelector('#p')];
    return [
      button.getAttribute('size'), button.getAttribute('role'), [...button.classList].sort().join(), button.getAttribute('variant'),
      p.textContent, [...p.classList].sort().join(), p.dataset.theirs, p.hasAttribute('title'), p.style.color,
    ];
  },
  sees: ['medium', 'button', 'c,hydrated', 'x', 'p!', 'a,c,theirs', '1', false, 'red'],
  // Classes of others are merged by a part that comes with the first snapshot.
  comes: { edit: 'snapshot', loss: 'snapshot', restart: 'snapshot' },
});

tell('29: a widget beside and around a field of the server\'s keeps its nodes and listeners', {
  from: '<p>1</p><div id="d"><select id="s"><option>a</option><option>b</option></select></div><b>1</b>',
  act: (page) => page.evaluate(() => {
    const select = document.querySelector('#s');
    select.hidden = true;
    const widget = document.createElement('div');
    widget.className = 'widget';
    widget.append(Object.assign(document.createElement('button'), { textContent: 'pick', onclick: () => { select.value = 'b'; } }));
    select.after(widget);
    window.widget = widget;
  }),
  to: '<p>2</p><em>new</em><div id="d" class="x"><select id="s"><option>a</option><option>b</option><option>c</option></select><i>after</i></div><b>2</b>',
  look: () => {
    const select = document.querySelector('#s');
    window.widget.querySelector('button').click();
    return [select.nextSibling === window.widget, select.hidden, select.value, select.options.length, document.querySelector('#d').lastChild.localName];
  },
  sees: [true, true, 'b', 3, 'i'],
});

tell('29: what stands in an element with data-live-ignore is others\', and its attributes are the server\'s', {
  from: '<p>1</p><div id="chart" data-live-ignore class="a" data-points="1 2 3">loading</div><b>1</b>',
  act: (page) => page.evaluate(() => {
    const chart = document.querySelector('#chart');
    chart.replaceChildren(document.createElement('canvas'), 'drawn');
    window.canvas = chart.firstChild;
    chart.classList.add('ready');
  }),
  to: '<p>2</p><em>new</em><div id="chart" data-live-ignore class="a" data-points="4 5 6">loading again</div><b>2</b>',
  look: () => {
    const chart = document.querySelector('#chart');
    return [chart.firstChild === window.canvas, chart.textContent, chart.dataset.points, chart.className];
  },
  sees: [true, 'drawn', '4 5 6', 'a ready'],
});

/** The first such attribute that is written brings the part that knows of it, by way of a snapshot. */
const knows = { edit: 'snapshot', loss: 'snapshot', restart: 'snapshot' };

tell('29: with data-live-ignore="all" the element\'s own attributes are others\' too', {
  from: '<p>1</p><div id="d" data-live-ignore="all" class="a" title="old">loading</div><b>1</b>',
  act: (page) => page.evaluate(() => { document.querySelector('#d').title = 'mine'; }),
  to: '<p>2</p><div id="d" data-live-ignore="all" class="b" title="new" lang="en">loading again</div><b>2</b>',
  look: () => [document.querySelector('#d').outerHTML, document.querySelector('p').textContent],
  sees: ['<div id="d" data-live-ignore="all" class="a" title="mine">loading</div>', '2'],
  comes: knows,
});

tell('29: attributes that data-live-keep names are the page\'s once they are there, and others the server\'s', {
  from: '<p>1</p><details id="d" open data-live-keep="class open data-*" class="a" data-x="1" title="old"><summary>s</summary>x</details><b>1</b>',
  act: (page) => page.click('summary'),
  to: '<p>2</p><details id="d" data-live-keep="class open data-*" class="b" data-x="2" data-y="3" title="new"><summary>s</summary>y</details><b>2</b>',
  look: () => {
    const details = document.querySelector('#d');
    return [details.open, details.className, details.dataset.x, details.dataset.y ?? null, details.title, details.lastChild.data];
  },
  sees: [false, 'a', '1', null, 'new', 'y'],
  comes: knows,
});

for (const [name, taken, back] of [['data-live-keep', 'data-live-keep="title data-*"', 'edit'], ['data-live-ignore', 'data-live-ignore="all"', 'snapshot']]) {
  tell(`29: what ${name} left to the page is the server's again once the server takes it back`, {
    from: `<p>1</p><div id="d" ${taken} title="old">one</div><b>1</b>`,
    act: (page) => page.evaluate(() => { document.querySelector('#d').title = 'mine'; }),
    to: `<p>2</p><div id="d" ${taken} title="new">one</div><b>2</b>`,
    look: () => document.querySelector('#d').title,
    sees: 'mine',
    comes: knows,
    then: async (page, easel) => {
      await WAYS[back](easel, '<p>3</p><div id="d" title="new">one</div><b>3</b>');
      await easel.paint('<p>4</p><div id="d" title="newest">four</div><b>4</b>');
      assert.deepEqual(await page.evaluate(() => [document.querySelector('#d').title, document.querySelector('#d').textContent]), ['newest', 'four']);
    },
  });
}

tell('30: nodes of an extension deep in a form stay, and the form goes on', {
  from: '<form id="f"><div><label>Name <input id="i" name="n"></label><span>1</span></div><p>1</p></form>',
  act: async (page) => {
    await page.fill('#i', 'typed');
    await page.evaluate(() => {
      const mark = (name) => Object.assign(document.createElement(name), { className: 'extension', textContent: '?' });
      const input = document.querySelector('#i');
      input.before(mark('div'), 'stray');
      input.after(mark('grammarly-extension'));
      document.querySelector('#f').prepend(mark('div'));
      document.querySelector('#f div span').prepend(mark('i'));
    });
  },
  to: '<form id="f"><div><label>Name <input id="i" name="n" class="x"></label><span>2</span></div><em>new</em><p>2</p></form>',
  look: () => {
    const copy = document.querySelector('#f').cloneNode(true), extension = copy.querySelectorAll('.extension');
    extension.forEach((each) => each.remove());
    return [extension.length, copy.textContent, document.querySelector('#i').value, document.querySelector('#i').className];
  },
  sees: [4, 'Name stray2new2', 'typed', 'x'],
});

tell('31: translated text gives way to what the server changes, and nothing else breaks', {
  from: '<p id="p">good morning</p><p id="q">good night</p><button>b</button>',
  act: (page) => page.evaluate(() => {
    for (const id of ['p', 'q']) {
      const [outer, inner] = [document.createElement('font'), document.createElement('font')];
      inner.textContent = 'bonjour';
      outer.append(inner);
      document.getElementById(id).firstChild.replaceWith(outer);
    }
    window.button = document.querySelector('button');
  }),
  to: '<p id="p">good evening</p><p id="q">good night</p><button class="x">b</button>',
  look: () => [document.querySelector('#p').textContent, document.querySelector('holm-island button') === window.button, window.button.className],
  sees: ['good evening', true, 'x'],
  comes: { edit: 'snapshot', loss: 'snapshot', restart: ['snapshot', 'edit'] },
});

tell('32: text that was split, joined, changed or taken out is whole again once the server changes it', {
  from: '<p id="a">one and two</p><p id="b">three</p><p id="c">four</p><p id="d">five<br>six</p><b>1</b>',
  act: (page) => page.evaluate(() => {
    const text = (id) => document.getElementById(id).firstChild;
    text('a').splitText(4);
    text('b').data = 'theirs';
    text('c').remove();
    text('d').nextSibling.remove();
    document.getElementById('d').normalize();
  }),
  to: '<p id="a">one and many</p><p id="b">three!</p><p id="c">four!</p><p id="d">five<br>six!</p><b>2</b>',
  look: () => ['a', 'b', 'c', 'd'].map((id) => document.getElementById(id).innerHTML),
  sees: ['one and many', 'three!', 'four!', 'five<br>six!'],
  comes: { edit: 'snapshot', loss: 'snapshot', restart: ['snapshot', 'edit'] },
});

tell('33: what a password manager filled in without a word is what a form sends', {
  from: '<form id="f" data-live-submit="%said%"><input name="value" type="password"><button>b</button></form><p id="p">%value%</p><b>1</b>',
  act: (page) => page.evaluate(() => { document.querySelector('[name=value]').value = 'filled in'; }),
  to: '<form id="f" class="x" data-live-submit="%said%"><input name="value" type="password" class="x"><button>b</button></form><p id="p">%value%</p><b>2</b>',
  look: () => document.querySelector('[name=value]').value,
  sees: 'filled in',
  then: async (page) => {
    await page.click('form button');
    await page.waitForFunction(() => document.querySelector('#p').textContent === 'filled in');
    assert.equal(await page.inputValue('[name=value]'), 'filled in');
  },
});

tell('34: what an extension puts beside the islands is not looked at', {
  from: '<p>1</p>',
  act: (page) => page.evaluate(() => {
    window.mark = document.createElement('div');
    document.body.prepend(window.mark);
    document.documentElement.append(document.createElement('x-extension'));
  }),
  to: '<p>2</p>',
  look: () => [document.querySelector('holm-island p').textContent, document.body.firstChild === window.mark, document.documentElement.lastChild.localName],
  sees: ['2', true, 'x-extension'],
});

// Namespaces, names and parsing contexts (cases 35 to 46 of docs/manners.md).
import { tell } from './easel.mjs';

tell('35: elements with ids in an SVG stay of its namespace, with their names in their case', {
  from: '<svg viewBox="0 0 1 1"><g id="g"><path id="p" d="M0 0"></path></g></svg><b>1</b>',
  act: (page) => page.evaluate(() => { window.path = document.querySelector('#p'); }),
  to: '<svg viewBox="0 0 2 2"><g id="g"><linearGradient id="l" gradientUnits="userSpaceOnUse"></linearGradient><path id="p" d="M1 1"></path></g></svg><b>2</b>',
  look: () => [
    document.querySelector('#p') === window.path, document.querySelector('#l') instanceof SVGLinearGradientElement,
    document.querySelector('svg').viewBox.baseVal.width, document.querySelector('#l').outerHTML,
  ],
  sees: [true, true, 2, '<linearGradient id="l" gradientUnits="userSpaceOnUse"></linearGradient>'],
});

tell('36: what comes into SVG and MathML is of their kind', {
  from: '<svg><g id="g"></g></svg><math><mrow id="m"></mrow></math><b>1</b>',
  to: '<svg><g id="g"><circle r="1"></circle><foreignObject><p>in</p></foreignObject></g></svg><math><mrow id="m"><mi>x</mi></mrow></math><b>2</b>',
  look: () => ['circle', 'foreignObject', 'foreignObject p', 'mi'].map((name) => document.querySelector(name).namespaceURI.split('/').at(-1)),
  sees: ['svg', 'svg', 'xhtml', 'MathML'],
});

tell('37: xlink:href and xml:lang keep their namespaces', {
  from: '<svg><use id="u" xlink:href="#a"></use><text id="t">t</text></svg><b>1</b>',
  to: '<svg><use id="u" xlink:href="#b"></use><text id="t" xml:lang="en" xlink:title="n">t</text></svg><b>2</b>',
  look: () => [
    document.querySelector('#u').href.baseVal, document.querySelector('#t').getAttributeNS('http://www.w3.org/XML/1998/namespace', 'lang'),
    document.querySelector('#t').getAttributeNS('http://www.w3.org/1999/xlink', 'title'),
  ],
  sees: ['#b', 'en', 'n'],
  comes: { edit: 'snapshot', loss: 'snapshot', restart: 'snapshot' },
});

tell('38: rows, cells, options and captions come in where they belong', {
  from: '<table id="t"><tbody><tr><td>1</td></tr></tbody></table><select id="s"><option>a</option></select><dl id="l"></dl><b>1</b>',
  act: (page) => page.evaluate(() => { window.row = document.querySelector('tr'); }),
  to: '<table id="t"><caption>c</caption><thead><tr><th>h</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></tbody></table>'
    + '<select id="s"><option>a</option><optgroup label="g"><option>b</option></optgroup></select><dl id="l"><dt>t</dt><dd>d</dd></dl><b>2</b>',
  look: () => [document.querySelector('tbody tr') === window.row, document.querySelector('#t').innerHTML, document.querySelector('#s').innerHTML, document.querySelector('#l').innerHTML],
  sees: [
    true, '<caption>c</caption><thead><tr><th>h</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></tbody>',
    '<option>a</option><optgroup label="g"><option>b</option></optgroup>', '<dt>t</dt><dd>d</dd>',
  ],
});

tell('38: a table written without tbody', {
  from: '<table id="t"><tr><td>1</td></tr></table><b>1</b>',
  act: (page) => page.evaluate(() => { window.row = document.querySelector('tr'); }),
  to: '<table id="t"><tr><td>2</td></tr><tr><td>3</td></tr></table><b>2</b>',
  look: () => [document.querySelector('tr') === window.row, document.querySelector('#t').innerHTML],
  sees: [true, '<tbody><tr><td>2</td></tr><tr><td>3</td></tr></tbody>'],
});

tell('39: what is in a template follows, with forms in forms', {
  from: '<template id="t"><p>1</p></template><b>1</b>',
  to: '<template id="t"><p>2</p><form><b>b</b></form></template><b>2</b>',
  look: () => document.querySelector('template').innerHTML,
  sees: '<p>2</p><form><b>b</b></form>',
});

const shadow = (text, light) => `<div id="d"><template shadowrootmode="open"><i>${text}</i><slot></slot></template><p>${light}</p></div><b>${light}</b>`;
tell('40: an element that comes in with a declarative shadow root has it', {
  from: '<p>1</p><b>1</b>',
  to: `<p>2</p>${shadow('in', '2')}`,
  look: () => [document.querySelector('#d').shadowRoot?.textContent, document.querySelector('#d').innerHTML],
  sees: ['in', '<p>2</p>'],
});

tell('40: a declarative shadow root stays as the page was opened with it, and what is in its slot follows', {
  from: shadow('shadow', '1'),
  act: (page) => page.evaluate(() => { window.root = document.querySelector('#d').shadowRoot; }),
  to: shadow('shadow', '2'),
  look: () => {
    const element = document.querySelector('#d');
    return [element.shadowRoot === window.root && !!window.root, window.root.textContent, element.innerHTML];
  },
  sees: [true, 'shadow', '<p>2</p>'],
});

tell('41: noscript is not looked into', {
  from: '<noscript><p>1</p></noscript><b>1</b>',
  act: (page) => page.evaluate(() => { window.text = document.querySelector('holm-island noscript').firstChild; }),
  to: '<noscript><p>1</p></noscript><i>new</i><b>2</b>',
  look: () => [document.querySelector('holm-island noscript').firstChild === window.text, document.querySelector('holm-island i').textContent],
  sees: [true, 'new'],
});

tell('42: attribute names that only the parser takes', {
  from: '<p id="p">1</p><p id="q" @click="a" [x]="1" :y="2">1</p><b>1</b>',
  to: '<p id="p" @click="go" [x]="1" x-on:click.prevent="y">2</p><p id="q" @click="b" :y="3">2</p><b>2</b>',
  look: () => ['p', 'q'].map((id) => [...document.getElementById(id).attributes].map(({ name, value }) => `${name} ${value}`).sort()),
  sees: [['@click go', '[x] 1', 'id p', 'x-on:click.prevent y'], [':y 3', '@click b', 'id q']],
  comes: { edit: 'snapshot', loss: 'snapshot', restart: 'snapshot' },
});

tell('43: names are of HTML\'s case, and another `is` is another element', {
  init: () => {
    for (const name of ['one', 'two']) customElements.define(`x-${name}`, class extends HTMLButtonElement { kind = name; }, { extends: 'button' });
  },
  from: '<button is="x-one" id="b">b</button><DIV ID="d" Title="t">d</DIV><b>1</b>',
  act: (page) => page.evaluate(() => { window.d = document.querySelector('#d'); }),
  to: '<button is="x-two" id="b">b</button><DIV ID="d" Title="u">d</DIV><b>2</b>',
  look: () => [document.querySelector('#b').kind, document.querySelector('#d') === window.d, window.d.title],
  sees: ['two', true, 'u'],
});

tell('44: a leading newline in pre and textarea is the parser\'s, a second one is the text\'s', {
  from: '<pre id="p">\n\ntwo</pre><textarea id="t">\n\ntwo</textarea><b>1</b>',
  to: '<pre id="p">\n\nthree</pre><textarea id="t">\n\nthree</textarea><pre id="q">\n\nnew</pre><b>2</b>',
  look: () => [document.querySelector('#p').textContent, document.querySelector('#t').value, document.querySelector('#q').textContent],
  sees: ['\nthree', '\nthree', '\nnew'],
});

tell('45: void elements, entities, raw text and spaces that do not break', {
  from: '<p id="p">a &amp; b &lt;c&gt; &quot;d&quot;</p><br><img alt="x &amp; y" id="i"><style id="s">p > q { }</style><b>1</b>',
  to: '<p id="p">a &amp;amp; b&nbsp;&lt;c&gt; &copy; é 🚢</p><hr><img alt="x &amp; &quot;z&quot;" id="i"><style id="s">p > r { }</style><b>2</b>',
  look: () => [document.querySelector('#p').textContent, document.querySelector('#i').alt, document.querySelector('#s').textContent, !!document.querySelector('hr'), !!document.querySelector('br')],
  sees: ['a &amp; b\u00a0<c> © é 🚢', 'x & "z"', 'p > r { }', true, false],
});

tell('46: comments come, change and go', {
  from: '<p>1</p><!-- a --><i>i</i><!-- b --><b>1</b>',
  act: (page) => page.evaluate(() => { window.i = document.querySelector('holm-island i'); }),
  to: '<!-- new --><p>2</p><!-- A --><i>i</i><b>2</b>',
  look: () => [document.querySelector('holm-island').innerHTML.split('<b>')[0], document.querySelector('holm-island i') === window.i],
  sees: ['<!-- new --><p>2</p><!-- A --><i>i</i>', true],
});

tell('46: a proxy that strips comments leads to a snapshot, not astray', {
  from: '<p>1</p><!-- a --><i>i</i><b>1</b>',
  act: (page) => page.evaluate(() => {
    const walker = document.createTreeWalker(document.querySelector('holm-island'), NodeFilter.SHOW_COMMENT);
    walker.nextNode().remove();
  }),
  to: '<p>2</p><!-- a --><i>j</i><b>2</b>',
  look: () => [...document.querySelector('holm-island').children].slice(0, 3).map((each) => each.textContent),
  sees: ['2', 'j', '2'],
  comes: { edit: 'snapshot', loss: 'snapshot', restart: ['snapshot', 'edit'] },
});

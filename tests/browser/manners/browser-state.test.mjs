// What the browser and the visitor keep in a page that no server ever sent (cases 17 to 26 of docs/manners.md, without 23).
import assert from 'node:assert/strict';
import { tell } from './easel.mjs';

const rows = (keys, row) => `<ul>${keys.map((key) => `<li data-key="${key}">${row(key)}</li>`).join('')}</ul>`;

tell('17: details that a visitor has opened or closed stay so while the server is silent about it', {
  from: '<details id="a"><summary>s</summary>x</details><details id="b" open><summary>s</summary>x</details><b>1</b>',
  act: async (page) => {
    await page.click('#a summary');
    await page.click('#b summary');
  },
  to: '<details id="a" class="x"><summary>s</summary>y</details><details id="b" open class="x"><summary>s</summary>y</details><b>2</b>',
  look: () => [...document.querySelectorAll('details')].map((each) => [each.open, each.className, each.lastChild.data]),
  sees: [[true, 'x', 'y'], [false, 'x', 'y']],
});

tell('17: details that the server opens or closes follow', {
  from: '<details id="a"><summary>s</summary>x</details><details id="b" open><summary>s</summary>x</details><details id="c"><summary>s</summary>x</details><b>1</b>',
  act: (page) => page.click('#c summary'),
  to: '<details id="a" open><summary>s</summary>x</details><details id="b"><summary>s</summary>x</details><details id="c" open><summary>s</summary>x</details><b>2</b>',
  look: () => [...document.querySelectorAll('details')].map((each) => each.open),
  sees: [true, false, true],
});

tell('18: a modal dialog stays modal and keeps the focus while what is in and around it changes', {
  from: '<p>1</p><dialog id="d"><p>1</p><input id="i"></dialog><b>1</b>',
  act: async (page) => {
    await page.evaluate(() => document.querySelector('#d').showModal());
    await page.fill('#i', 'typed');
  },
  to: '<p>2</p><em>new</em><dialog id="d" class="x"><p>2</p><em>new</em><input id="i"></dialog><b>2</b>',
  look: () => {
    const dialog = document.querySelector('#d');
    return [dialog.open, dialog.matches(':modal'), document.activeElement.id, document.querySelector('#i').value];
  },
  sees: [true, true, 'i', 'typed'],
});

tell('18: a modal dialog stays modal when what is beside it changes places', {
  from: rows(['a', 'd', 'c'], (key) => (key === 'd' ? '<dialog id="d">d</dialog>' : key)),
  act: (page) => page.evaluate(() => document.querySelector('#d').showModal()),
  to: rows(['c', 'a', 'd', 'e'], (key) => (key === 'd' ? '<dialog id="d">d</dialog>' : key)),
  look: () => [document.querySelector('#d').matches(':modal'), document.querySelector('ul').textContent],
  sees: [true, 'cade'],
});

tell('18: a dialog that the server closes leaves the top layer', {
  from: '<dialog id="d" open>d</dialog><b>1</b>',
  act: (page) => page.evaluate(() => {
    const dialog = document.querySelector('#d');
    dialog.close();
    dialog.showModal();
  }),
  to: '<dialog id="d">d</dialog><b>2</b>',
  look: () => {
    const dialog = document.querySelector('#d');
    // What is in front where the dialog was is no longer its backdrop.
    return [dialog.open, dialog.matches(':modal'), document.elementFromPoint(5, 5).localName !== 'dialog'];
  },
  sees: [false, false, true],
});

tell('19: a popover that is shown stays shown, also when what is beside it changes places', {
  from: rows(['a', 'p', 'c'], (key) => (key === 'p' ? '<div popover id="p">p</div>' : key)),
  act: (page) => page.evaluate(() => document.querySelector('#p').showPopover()),
  to: rows(['c', 'a', 'p', 'e'], (key) => (key === 'p' ? '<div popover id="p" class="x">p!</div>' : key)),
  look: () => [document.querySelector('#p').matches(':popover-open'), document.querySelector('#p').outerHTML],
  sees: [true, '<div popover="" id="p" class="x">p!</div>'],
});

const long = 'line<br>'.repeat(100);
tell('20: boxes keep where they are scrolled to while they change places, and so does the window', {
  from: `<p>${long}</p>${rows(['a', 'b', 'c', 'd'], () => `<div class="box">${long}</div>`)}`,
  act: (page) => page.evaluate(() => {
    for (const box of document.querySelectorAll('.box')) {
      box.style.height = '60px';
      box.style.overflow = 'auto';
      box.scrollTop = 50 + 10 * box.parentNode.dataset.key.charCodeAt();
    }
    scrollTo(0, 120);
  }),
  to: `<p>${long}</p>${rows(['d', 'c', 'b', 'a'], () => `<div class="box">${long}</div>`)}`,
  look: () => [...[...document.querySelectorAll('.box')].map((box) => box.scrollTop), scrollY],
  sees: [1050, 1040, 1030, 1020, 120],
});

const field = '<label>Name <input id="i" name="name"></label>';
tell('21: the focus and the selection stay when an error without a key comes in before the field', {
  from: `<form>${field}<label>Other <input name="other"></label></form>`,
  act: async (page) => {
    await page.fill('#i', 'typed');
    await page.evaluate(() => document.querySelector('#i').setSelectionRange(1, 4));
  },
  to: `<form><label class="error">Too short</label>${field}<label>Other <input name="other"></label></form>`,
  look: () => [document.activeElement.id, document.activeElement.value, document.activeElement.selectionStart, document.activeElement.selectionEnd],
  sees: ['i', 'typed', 1, 4],
});

const editable = (key) => `<input name="t" value="${key}"><button type="button">b</button>`;
tell('21: a field keeps text, focus and selection when its list is sorted', {
  from: rows(['c', 'a', 'e', 'b', 'd'], editable),
  act: async (page) => {
    await page.fill('[data-key=e] input', 'typed in e');
    await page.fill('[data-key=c] input', 'typed in c');
    await page.evaluate(() => {
      window.field = document.activeElement;
      window.field.setSelectionRange(2, 5);
    });
  },
  to: rows(['a', 'b', 'c', 'd', 'e'], editable),
  look: () => [
    document.activeElement === window.field, window.field.value, window.field.selectionStart, window.field.selectionEnd,
    [...document.querySelectorAll('input')].map((each) => each.value),
  ],
  sees: [true, 'typed in c', 2, 5, ['a', 'b', 'typed in c', 'd', 'typed in e']],
});

tell('21: a button keeps the focus when its row moves, and Tab goes on from there', {
  from: rows(['a', 'b', 'c', 'd'], editable),
  act: (page) => page.focus('[data-key=d] button'),
  to: rows(['d', 'c', 'b', 'a'], editable),
  look: () => [document.activeElement.localName, document.activeElement.parentNode.dataset.key],
  sees: ['button', 'd'],
  then: async (page) => {
    await page.keyboard.press('Tab');
    assert.deepEqual(await page.evaluate(() => [document.activeElement.localName, document.activeElement.parentNode.dataset.key]), ['input', 'c']);
  },
});

tell('22: autofocus in what comes in does not take the focus, and nothing is told of a focus that is given back', {
  from: `<input id="i">${rows(['a', 'b', 'c'], editable)}<b>1</b>`,
  act: async (page) => {
    await page.focus('[data-key=c] input');
    await page.evaluate(() => {
      window.told = [];
      for (const type of ['focus', 'blur', 'focusin', 'focusout']) document.addEventListener(type, () => window.told.push(type), true);
    });
  },
  to: `<input id="i">${rows(['c', 'b', 'a'], editable)}<input autofocus id="new"><b>2</b>`,
  look: () => [document.activeElement.closest('[data-key]')?.dataset.key, document.activeElement.localName, window.told],
  sees: ['c', 'input', []],
});

tell('24: an animation runs on when its row moves', {
  from: rows(['a', 'b', 'c', 'd'], (key) => `<span>${key}</span>`),
  act: (page) => page.evaluate(() => {
    window.animations = [...document.querySelectorAll('span')].map((span) => {
      const sheet = document.adoptedStyleSheets[0] ?? new CSSStyleSheet();
      sheet.replaceSync('@keyframes x { to { opacity: 0 } } span { animation: x 100s }');
      document.adoptedStyleSheets = [sheet];
      return span.getAnimations()[0];
    });
  }),
  to: rows(['d', 'c', 'b', 'a'], (key) => `<span>${key}</span>`),
  look: () => [...document.querySelectorAll('span')].reverse().map((span, at) => span.getAnimations()[0] === window.animations[at]),
  sees: [true, true, true, true],
});

const media = { f: '<iframe src="about:blank"></iframe>', v: '<video></video>', o: '<audio></audio>' };
tell('25: frames, video and audio go on when their rows move', {
  from: rows(['a', 'f', 'v', 'o', 'z'], (key) => media[key] ?? key),
  act: (page) => page.evaluate(() => {
    const frame = document.querySelector('iframe');
    window.frame = frame.contentWindow;
    frame.contentWindow.mark = 1;
    window.loads = 0;
    frame.addEventListener('load', () => { window.loads += 1; });
    // A recording that runs, without a file: what a canvas shows.
    const canvas = document.createElement('canvas');
    canvas.getContext('2d').fillRect(0, 0, 9, 9);
    const video = document.querySelector('video');
    video.muted = true;
    video.srcObject = canvas.captureStream(10);
    const audio = document.querySelector('audio');
    audio.srcObject = new AudioContext().createMediaStreamDestination().stream;
    return Promise.all([video.play(), audio.play()]);
  }),
  to: rows(['z', 'o', 'v', 'f', 'a'], (key) => media[key] ?? key),
  look: () => {
    const frame = document.querySelector('iframe');
    return [frame.contentWindow === window.frame, frame.contentWindow.mark, window.loads, document.querySelector('video').paused, document.querySelector('audio').paused];
  },
  sees: [true, 1, 0, false, false],
});

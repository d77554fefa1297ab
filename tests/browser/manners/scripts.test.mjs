// Scripts, policies, and what is the same (cases 51 to 55 of docs/manners.md).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Easel, WAYS, tell } from './easel.mjs';

const script = (text) => `<script id="s">${text}</script>`;

/** Notes what the policy blocks: what it blocks has tried to run. */
const listen = (page) => page.evaluate(() => {
  window.blocked = [];
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => window.blocked.push(effectiveDirective));
});

tell('51: scripts that come in are inert', {
  from: '<p>1</p><b>1</b>',
  act: listen,
  to: `<p>2</p>${script('window.ran = 1')}<script src="/__live/client/none.js"></script><svg><script>window.ran = 2</script></svg><b>2</b>`,
  look: () => [window.ran ?? null, window.blocked, document.querySelectorAll('holm-island script').length],
  sees: [null, [], 3],
});

const json = (a) => `<script type="application/json" id="j">{"a":${a}}</script>`;
tell('52: a script that stays the same stays, one that changes is replaced and inert', {
  from: `${script('window.one = 1')}<script id="t">window.two = 1</script>${json(1)}<b>1</b>`,
  act: async (page) => {
    await listen(page);
    await page.evaluate(() => { window.scripts = ['s', 't', 'j'].map((id) => document.getElementById(id)); });
  },
  to: `<i>new</i>${script('window.one = 1')}<script id="t">window.two = 2</script>${json(2)}<b>2</b>`,
  look: () => [
    ['s', 't', 'j'].map((id, at) => document.getElementById(id) === window.scripts[at]),
    document.querySelector('#t').textContent, JSON.parse(document.querySelector('#j').textContent).a, window.two ?? null, window.blocked,
  ],
  sees: [[true, false, false], 'window.two = 2', 2, null, []],
});

tell('52: a script that was empty, or data, and is filled is inert', {
  from: '<script id="s"></script><script id="t" type="application/json"></script><p>1</p><b>1</b>',
  act: listen,
  to: '<script id="s">window.ran = 1</script><script id="t">window.ran = 2</script><p>2</p><b>2</b>',
  look: () => [window.ran ?? null, window.blocked, document.querySelector('#s').textContent],
  sees: [null, [], 'window.ran = 1'],
});

/** Has the page of an easel answer with another policy. */
const policy = (page, more) => page.route('**/easel?*', async (route) => {
  const answer = await route.fetch(), headers = answer.headers();
  await route.fulfill({ response: answer, headers: { ...headers, 'content-security-policy': `${headers['content-security-policy']}; ${more}` } });
});

for (const way of ['edit', 'snapshot']) {
  test(`53: where trusted types are required, a default policy of the page's takes what the server sends, by ${way}`, async () => {
    const easel = await Easel.open('<p>1</p><b>1</b>', () => {
      window.sinks = [];
      const take = (text, _, sink) => { window.sinks.push(sink); return text; };
      trustedTypes.createPolicy('default', { createHTML: take, createScriptURL: take });
    }, (page) => policy(page, "require-trusted-types-for 'script'"));
    try {
      await WAYS[way](easel, '<p>2</p><em>new</em><b>2</b>');
      assert.deepEqual(await easel.page.evaluate(() => [document.querySelector('holm-island em').textContent, window.sinks.length > 0, window.raised]), ['new', true, []]);
    } finally {
      await easel.close();
    }
  });
}

tell('53: a style attribute that the server changes is the policy\'s business, and nothing else breaks over it', {
  from: '<p id="p" title="a">1</p><b>1</b>',
  to: '<p id="p" title="b" style="color: red">2</p><b>2</b>',
  look: () => {
    const p = document.querySelector('#p');
    return [p.title, p.textContent, p.getAttribute('style'), p.style.color];
  },
  // The stage's policy takes no inline style.
  sees: ['b', '2', 'color: red', ''],
});

const EVERYTHING = `<h1 id="t" class="a b">Title</h1><details open><summary>s</summary>x</details><dialog>d</dialog><div popover>p</div>
<form data-live-submit="%said%"><textarea name="t">
text</textarea><select name="s"><option value="1">1</option><option value="2" selected>2</option></select><select multiple name="m"><optgroup label="g"><option selected>a</option></optgroup><option>b</option></select>
${['text', 'search', 'tel', 'url', 'email', 'password', 'hidden'].map((type) => `<input type="${type}" name="${type}" value="v">`).join('')}
<input type="number" name="n" value="1"><input type="range" name="r" min="0" max="9" value="5"><input type="color" name="c" value="#00ff00">
<input type="date" name="d" value="2026-01-02"><input type="time" name="i" value="01:02"><input type="datetime-local" name="l" value="2026-01-02T01:02"><input type="month" name="mo" value="2026-01"><input type="week" name="w" value="2026-W01">
<input type="checkbox" name="ch" checked><input type="checkbox" name="ci"><input type="radio" name="ra" value="1" checked><input type="radio" name="ra" value="2"><input type="file" name="f"><input type="submit" value="go"><input type="reset"><input type="button" value="b"><input type="image" alt="i">
<button name="b" value="1" disabled>b</button><output>o</output><progress max="9" value="3"></progress><meter value="0.5"></meter><fieldset disabled><legend>l</legend><input></fieldset><input list="dl"><datalist id="dl"><option value="x"></option></datalist></form>
<svg viewBox="0 0 1 1"><g><path d="M0 0"></path></g></svg><math><mi>x</mi></math><table><tbody><tr><td>1</td></tr></tbody></table><noscript><p>no</p></noscript><template><p>t</p></template><!-- c --><p data-live-ignore>mine</p><pre>

two</pre><div contenteditable="true">e</div><video></video><iframe></iframe>`;

for (const touched of [false, true]) {
  test(`54: a snapshot of what is there already leaves no trace${touched ? ', also of what a visitor has done' : ''}`, async () => {
    const easel = await Easel.open(EVERYTHING);
    const { page } = easel;
    try {
      if (touched) {
        await page.fill('[name=text]', 'typed');
        await page.fill('textarea', 'typed');
        await page.selectOption('[name=s]', '1');
        await page.check('[name=ci]');
        await page.check('[value="2"][type=radio]');
        await page.click('summary');
        await page.click('[contenteditable]');
        await page.keyboard.type('typed');
        await page.evaluate(() => document.querySelector('#t').classList.add('theirs'));
      }
      await page.evaluate(() => {
        window.records = [];
        new MutationObserver((records) => window.records.push(...records.map(({ type, target, attributeName }) => `${type} ${target.nodeName} ${attributeName}`)))
          .observe(document.querySelector('holm-island'), { subtree: true, childList: true, attributes: true, characterData: true });
      });
      // A text changes, and a snapshot brings that; the next one brings nothing.
      await WAYS.snapshot(easel, EVERYTHING.replace('Title', 'Other'));
      assert.deepEqual(await page.evaluate(() => window.records.splice(0)), ['characterData #text null']);
      easel.resync();
      await page.waitForFunction(() => window.patches.length === 2);
      assert.deepEqual(await page.evaluate(() => [window.patches, window.records]), [['snapshot', 'snapshot'], []]);
    } finally {
      await easel.close();
    }
  });
}

// What a page does before and after an answer: optimistic edits, controls that wait and acts,
// over a slow and uneven network.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shows, status, until } from './kit.mjs';
import { bustle, open, proxy, settled, stage, thrown } from './surface.mjs';

/** Writes down what each painted frame shows of the like, where it differs from the one before. */
const film = (page) => page.evaluate(() => {
  window.film = [];
  const look = () => {
    const like = document.querySelector('#like'), heart = document.querySelector('#heart');
    const now = like ? `${like.className} ${like.hasAttribute('data-on') ? 'on' : 'off'} ${heart.textContent}` : 'none';
    if (window.film.at(-1) !== now) window.film.push(now);
    requestAnimationFrame(look);
  };
  look();
});
const filmed = (page) => page.evaluate(() => window.film);
const PLAIN = 'heart off ♡', LIKED = 'heart liked on ♥';

for (const roundTrip of [0, 200, 2_000]) {
  test(`at ${roundTrip} ms round trip a like shows at once and stays while the surface changes`, async () => {
    const { context, page, seen } = await open(roundTrip);
    await bustle(page);
    await film(page);
    const atOnce = await page.evaluate(() => {
      document.querySelector('#like').click();
      return document.querySelector('#like').className;
    });
    assert.equal(atOnce, 'heart liked');
    await settled(page);
    const beats = Number(await page.locator('#beats').textContent());
    await until(async () => Number(await page.locator('#beats').textContent()) > beats + 5, 'it goes on');
    assert.deepEqual((await filmed(page)).slice(-2), [PLAIN, LIKED], 'no frame in between shows anything else');
    assert.deepEqual(await page.evaluate(() => [window.film.length, window.snapshots]), [2, 0]);
    assert.deepEqual(thrown(seen), []);
    await context.close();
  });

  test(`at ${roundTrip} ms a refused like is taken back, and nothing sticks`, async () => {
    const { context, page, seen } = await open(roundTrip);
    await page.locator('#refuse').click();
    await shows(page.locator('#refuse'), 'refuse: true');
    await bustle(page);
    await film(page);
    await page.locator('#like').click();
    await shows(page.locator('#error'), 'Not today.');
    await until(async () => (await filmed(page)).at(-1) === PLAIN, 'the like is taken back');
    const heart = await page.evaluate(() => document.querySelector('#like').getAttribute('class'));
    assert.equal(heart, 'heart');
    await page.locator('#refuse').click();
    await shows(page.locator('#refuse'), 'refuse: false');
    await page.locator('#like').click();
    await settled(page);
    await until(async () => (await filmed(page)).at(-1) === LIKED, 'the next one is taken');
    assert.equal(await page.evaluate(() => window.snapshots), 0, 'every edit found what it was written for');
    assert.deepEqual(thrown(seen), []);
    await context.close();
  });

  test(`at ${roundTrip} ms a note is there at once, its button waits, and the form is emptied with the answer`, async () => {
    const { context, page, seen } = await open(roundTrip);
    await bustle(page);
    await page.locator('#note-text').fill('<i>one</i> {text}');
    await page.locator('#note-send').focus();
    const atOnce = await page.evaluate(() => {
      const send = document.querySelector('#note-send'), other = document.querySelector('#note-other');
      send.click();
      send.click();
      const row = document.querySelector('#notes li');
      return [
        row.className, row.title, row.innerHTML, send.textContent, send.ariaDisabled, other.textContent, other.ariaDisabled,
        document.activeElement.id, document.querySelectorAll('#notes li').length,
      ];
    });
    assert.deepEqual(atOnce, [
      'pending', '<i>one</i> {text}', '<b>&lt;i&gt;one&lt;/i&gt; {text}</b>', 'Adding…', 'true', 'Other', 'true', 'note-send', 1,
    ]);
    await settled(page);
    await until(async () => (await page.locator('#note-text').inputValue()) === '', 'the form is emptied');
    assert.equal(await page.locator('#notes li').count(), 1, 'a press while it waited was swallowed');
    assert.equal(await page.locator('#notes li.pending').count(), 0);
    assert.deepEqual(await page.evaluate(() => {
      const send = document.querySelector('#note-send');
      return [send.innerHTML, send.ariaDisabled, document.activeElement.id, window.snapshots];
    }), ['<b>Add</b>', null, 'note-send', 0]);
    assert.deepEqual(thrown(seen), []);
    await context.close();
  });
}

test('like, unlike and like again, all on their way, are shown and answered in their order', async () => {
  const { context, page, seen } = await open(600);
  await bustle(page);
  await film(page);
  for (const expected of [LIKED, 'heart off ♥', LIKED]) {
    await page.locator('#like').click();
    await until(async () => (await filmed(page)).at(-1) === expected, expected);
  }
  await settled(page);
  const beats = Number(await page.locator('#beats').textContent());
  await until(async () => Number(await page.locator('#beats').textContent()) > beats + 5, 'it goes on');
  const film_ = await filmed(page);
  assert.deepEqual(film_.slice(0, 4), [PLAIN, LIKED, 'heart off ♥', LIKED]);
  // What the last press shows is never undone by the answer to one before it.
  assert.deepEqual(film_.slice(4), []);
  assert.equal(await page.evaluate(() => window.snapshots), 0);
  assert.deepEqual(thrown(seen), []);
  await context.close();
});

test('a refused note goes, the form keeps what was typed, and its buttons work again', async () => {
  const { context, page, seen } = await open(200);
  await page.locator('#refuse').click();
  await shows(page.locator('#refuse'), 'refuse: true');
  await page.locator('#note-text').fill('two');
  await page.locator('#note-text').press('Enter');
  await page.locator('#notes li.pending').waitFor();
  await shows(page.locator('#error'), 'Not today.');
  await until(async () => await page.locator('#notes li').count() === 0, 'the note is taken back');
  assert.equal(await page.locator('#note-text').inputValue(), 'two');
  assert.equal(await page.locator('#note-send').getAttribute('aria-disabled'), null);
  // Together with an answer that is not refused, the refusal comes last.
  await page.evaluate(() => {
    document.querySelector('#more').click();
    document.querySelector('#note-send').click();
  });
  await settled(page);
  await until(async () => await page.locator('#chart').getAttribute('data-points') === '1', 'both are answered');
  await until(async () => (await page.locator('#note-text').inputValue()) === 'two', 'what was typed stays');
  await page.locator('#refuse').click();
  await shows(page.locator('#refuse'), 'refuse: false');
  await page.locator('#note-send').click();
  await until(async () => (await page.locator('#note-text').inputValue()) === '', 'it is taken');
  assert.equal(await page.locator('#notes li').count(), 1);
  assert.deepEqual(thrown(seen), []);
  await context.close();
});

test('what is removed is gone at once, the focus goes on, and a refusal brings it back as it was', async () => {
  const { context, page, seen } = await open();
  for (const text of ['a', 'b']) {
    await page.locator('#note-text').fill(text);
    await page.locator('#note-send').click();
    await page.locator('#notes li:not(.pending)', { hasText: text }).waitFor();
  }
  await page.locator('#refuse').click();
  await shows(page.locator('#refuse'), 'refuse: true');
  await proxy.say('both delay 200 0');
  await bustle(page);
  const [first, second] = [page.locator('#notes li').nth(0), page.locator('#notes li').nth(1)];
  await first.evaluate((row) => { row.same = 1; });
  await first.locator('button').focus();
  await page.keyboard.press('Enter');
  await until(async () => !(await first.isVisible()), 'it is gone');
  await until(async () => await second.locator('button').evaluate((button) => button === document.activeElement), 'the focus goes on');
  await until(async () => await first.isVisible(), 'it is back');
  assert.equal(await first.evaluate((row) => row.same), 1);
  assert.equal(await first.getAttribute('data-live-gone'), null);
  await page.locator('#refuse').click();
  await shows(page.locator('#refuse'), 'refuse: false');
  await first.locator('button').click();
  await until(async () => await page.locator('#notes li').count() === 1, 'it is gone for good');
  assert.equal(await page.evaluate(() => window.snapshots), 0);
  assert.deepEqual(thrown(seen), []);
  await context.close();
});

test('an element that is removed while its like is on its way takes nothing with it', async () => {
  const { context, page, seen } = await open(300);
  assert.equal(await page.evaluate(() => {
    document.querySelector('#gone').click();
    document.querySelector('#like').click();
    document.querySelector('#like').click();
    return document.querySelector('#heart').textContent;
  }), '♥');
  await settled(page);
  await until(async () => await page.locator('#like').count() === 0, 'it is gone');
  assert.equal(await page.locator('#heart').count(), 0);
  assert.equal(await page.evaluate(() => window.snapshots), 0);
  assert.deepEqual(thrown(seen), []);
  await context.close();
});

for (const how of ['rst', 'fin']) {
  test(`a connection that is cut (${how}) while events wait leaves nothing behind`, async () => {
    const { context, page, seen } = await open();
    await bustle(page);
    await proxy.say('up mute on');
    await page.locator('#like').click();
    await page.locator('#note-text').fill('kept');
    await page.locator('#note-send').click();
    await page.locator('#notes li.pending').waitFor();
    assert.equal(await page.locator('#like').getAttribute('class'), 'heart liked');
    await proxy.say('calm', `cut ${how}`);
    await settled(page);
    await until(async () => await page.locator('#notes li:not(.pending)').count() === 1, 'the note arrived');
    assert.equal(await page.locator('#notes li').count(), 1);
    assert.equal(await page.locator('#like').getAttribute('class'), 'heart liked');
    assert.equal(await page.locator('#note-send').getAttribute('aria-disabled'), null);
    await page.locator('#like').click();
    await settled(page);
    await until(async () => await page.locator('#like').getAttribute('class') === 'heart', 'and it goes on');
    assert.deepEqual(thrown(seen), []);
    await context.close();
  });
}

test('a server that is killed while events wait, and started again, leaves nothing behind', async () => {
  const { context, page, seen } = await open();
  await page.locator('#note-text').fill('before');
  await page.locator('#note-send').click();
  await page.locator('#notes li:not(.pending)').waitFor();
  await proxy.say('up mute on');
  await page.locator('#like').click();
  await page.locator('#note-text').fill('kept');
  await page.locator('#note-send').click();
  await page.locator('#notes li.pending').waitFor();
  await stage.kill();
  await proxy.say('calm', 'cut rst');
  await status(page, 'lost');
  assert.equal(await page.locator('#notes li.pending').count(), 1, 'it goes on waiting');
  await stage.up();
  await status(page, 'live');
  await settled(page);
  await until(async () => await page.locator('#notes li:not(.pending)').count() === 2, 'the note arrived');
  await until(async () => await page.locator('#notes li').count() === 2, 'once');
  assert.equal(await page.locator('#like').getAttribute('class'), 'heart liked');
  assert.equal(await page.locator('#heart').textContent(), '♥');
  assert.equal(await page.locator('#note-send').innerHTML(), '<b>Add</b>');
  assert.equal(await page.locator('#note-send').getAttribute('aria-disabled'), null);
  assert.deepEqual(thrown(seen), []);
  await context.close();
});

test('a form is emptied as the server says, but for what was changed since the event was sent', async () => {
  const { context, page, seen } = await open(400);
  await page.locator('#line').fill('hello');
  await page.locator('#area').fill('more');
  await page.locator('#tick').check();
  await page.locator('#red').check();
  await page.locator('#pick').selectOption('one');
  await page.locator('#file').setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a') });
  await page.locator('#line').press('Enter');
  // While that is on its way: a text area goes on, and the other colour is chosen.
  await page.locator('#area').pressSequentially('!');
  await page.locator('#red').evaluate((red) => red.click());
  await page.locator('#line').focus();
  await until(async () => (await page.locator('#line').inputValue()) === 'first', 'the focused field is emptied');
  assert.deepEqual(await page.evaluate(() => {
    const one = (id) => document.getElementById(id);
    return [
      one('area').value, one('tick').checked, one('pick').value, one('file').files.length, document.activeElement.id,
    ];
  }), ['more!', false, 'two', 0, 'line']);

  // Typed while the answer is on its way, and answered in the same burst.
  await page.locator('#line').fill('again');
  await settled(page);
  await page.locator('#line').press('Enter');
  await page.locator('#line').pressSequentially('x');
  await settled(page);
  await until(async () => /^again\|/.test(await page.locator('#said').textContent()), 'it was said');
  await page.locator('#more').click();
  await until(async () => await page.locator('#chart').getAttribute('data-points') === '1', 'all is answered');
  assert.equal(await page.locator('#line').inputValue(), 'againx');

  // A button outside of it empties all of it, as nothing was typed since.
  await page.locator('#clear').click();
  await until(async () => (await page.locator('#line').inputValue()) === 'first', 'it is emptied');
  assert.equal(await page.locator('#area').inputValue(), 'so');
  assert.equal(await page.locator('#blue').isChecked(), true);
  assert.deepEqual(thrown(seen), []);
  await context.close();
});

test('a form that the server empties of itself is emptied, also while another event is on its way', async () => {
  const { context, page, seen } = await open(400);
  await page.locator('#area').fill('older');
  await page.locator('#tidy').click();
  await settled(page);
  await page.locator('#more').click();
  await until(async () => (await page.locator('#area').inputValue()) === 'so', 'it is emptied');
  assert.deepEqual(thrown(seen), []);
  await context.close();
});

test('the server moves the focus, and does other words', async () => {
  const { context, page, seen } = await open();
  await page.locator('#lead').click();
  await until(() => page.evaluate(() => document.activeElement.id === 'top'), 'the heading has the focus');
  await until(async () => await page.locator('#top').getAttribute('class') === 'led', 'and the class');
  assert.deepEqual(thrown(seen), []);
  await context.close();
});

test('a focus that comes late leaves alone who has gone on, and a dialog that opens late presses nothing', async () => {
  const { context, page, seen } = await open(1_000);
  const at = () => page.evaluate(() => document.activeElement.id);
  await page.locator('#lead').click();
  await page.locator('#line').click();
  await page.keyboard.type('some');
  await until(async () => await page.locator('#top').getAttribute('class') === 'led', 'the answer came');
  await settled(page);
  await page.keyboard.type(' words');
  assert.deepEqual([await at(), await page.locator('#line').inputValue()], ['line', 'firstsome words']);
  // Who has waited is led.
  await page.locator('#lead').click();
  await until(async () => await at() === 'top', 'the heading has the focus');

  await page.locator('#ask').click();
  await page.locator('#line').click();
  await until(() => page.evaluate(() => document.querySelector('#asked').open), 'the dialog is open');
  assert.equal(await at(), 'asked', 'the dialog itself has the focus');
  assert.deepEqual(thrown(seen), []);
  await context.close();
});

test('what scripts change while a like is on its way is theirs, and the server goes on with its own', async () => {
  const { context, page, seen } = await open(200);
  await bustle(page);
  await page.evaluate(() => {
    const like = document.querySelector('#like');
    like.click();
    like.classList.add('theirs');
    like.setAttribute('data-theirs', '');
  });
  await settled(page);
  const shown = async (name) => page.locator('#like').evaluate((like, name) => like.classList.contains(name), name);
  for (const liked of [true, false, true]) {
    await until(async () => await shown('liked') === liked, `liked is ${liked}`);
    assert.equal(await shown('theirs'), true);
    assert.equal(await page.locator('#like').getAttribute('data-theirs'), '');
    if (liked) assert.equal(await page.locator('#like').getAttribute('data-on'), '');
    await page.locator('#like').click();
    await settled(page);
  }
  assert.deepEqual(thrown(seen), []);
  await context.close();
});

test('a snapshot that comes while events wait finds the page as the server knows it', async () => {
  const { context, page, seen } = await open();
  await page.locator('#note-text').fill('one');
  const clean = await page.evaluate(async () => {
    await window.holm.load();
    return document.querySelector('holm-island').innerHTML;
  });
  await proxy.say('up mute on');
  await page.locator('#like').click();
  await page.locator('#note-send').click();
  await page.locator('#notes li.pending').waitFor();
  const pending = () => page.evaluate(() => {
    const one = (id) => document.getElementById(id);
    return [one('like').className, one('heart').textContent, one('notes').childElementCount, one('note-send').textContent];
  });
  const before = await pending();
  assert.deepEqual(before, ['heart liked', '♥', 1, 'Adding…']);
  // The same state again, and then one in which somebody else has made a note.
  const nodes = await page.evaluate((clean) => {
    const island = document.querySelector('holm-island'), like = document.querySelector('#like');
    const row = document.querySelector('#notes li');
    window.holm.morph(island, clean);
    window.holm.morph(island, clean.replace('<ul id="notes">', '<ul id="notes"><li data-key="9">other</li>'));
    return [like === document.querySelector('#like'), row === document.querySelector('#notes').lastChild];
  }, clean);
  assert.deepEqual(nodes, [true, true]);
  assert.deepEqual(await pending(), ['heart liked', '♥', 2, 'Adding…']);
  await page.evaluate((clean) => window.holm.morph(document.querySelector('holm-island'), clean), clean);
  await proxy.say('calm', 'cut rst');
  await settled(page);
  await until(async () => await page.locator('#notes li:not(.pending)').count() === 1, 'the note arrived');
  assert.deepEqual(await pending(), ['heart liked', '♥', 1, 'Add']);
  assert.deepEqual(thrown(seen), []);
  await context.close();
});

test('a field is not emptied while text is being composed in it, but when that has ended', async () => {
  const { context, page, seen } = await open();
  const devtools = await context.newCDPSession(page);
  await page.locator('#line').fill('');
  await devtools.send('Input.imeSetComposition', { text: 'ni', selectionStart: 2, selectionEnd: 2 });
  await page.evaluate(() => document.querySelector('#clear').click());
  await settled(page);
  await page.evaluate(() => new Promise((done) => setTimeout(done)));
  assert.equal(await page.locator('#line').inputValue(), 'ni');
  await page.evaluate(() => document.querySelector('#line').blur());
  await until(async () => (await page.locator('#line').inputValue()) === 'first', 'it is emptied when that has ended');
  assert.deepEqual(thrown(seen), []);
  await context.close();
});

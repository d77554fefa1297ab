// The gallery's uploads: several at once with bars that name their file, one cancelled, one refused, whole digests.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Gallery, launch, live, tab, until } from './kit.mjs';

let browser, gallery;
before(async () => { [browser, gallery] = await Promise.all([launch(), Gallery.start()]); });
after(async () => { await browser?.close(); await gallery?.kill(); });

const file = (name, mimeType, size) => ({ name, mimeType, buffer: randomBytes(size) });
const entry = (page, name) => page.locator('.cargo li', { hasText: name });

test('files show how far they are, are cancelled and refused each by itself, and arrive whole', async () => {
  const { context, page } = await tab(browser);
  await live(page, `${gallery.url}/uploads`);
  const [note, big] = [file('note.txt', 'text/plain', 70_000), file('big.pdf', 'application/pdf', 4_000_000)];
  await page.setInputFiles('.drop input', [big, note, file('tool.exe', 'application/x-msdownload', 10)]);
  const bar = page.getByRole('progressbar', { name: 'How much of big.pdf has arrived' });
  await until(async () => await bar.count() && await bar.evaluate((bar) => bar.value) > 0, 'its bar moves');
  await page.getByRole('button', { name: 'Cancel big.pdf' }).press('Enter');
  await until(async () => (await entry(page, 'big.pdf').textContent()).includes('nothing of it is kept'), 'it is cancelled');
  await until(async () => (await entry(page, 'tool.exe').textContent()).includes('not taken'), 'it is refused in words');
  const digest = createHash('sha256').update(note.buffer).digest('hex');
  await until(async () => await entry(page, 'note.txt').locator('code').count(), 'it arrives');
  assert.equal(await entry(page, 'note.txt').locator('code').textContent(), digest);
  assert.equal(await page.locator('.quay [role=status]').textContent(), 'Arrived: 1.');
  await context.close();
});

test('what is dropped on the zone goes up as what is chosen', async () => {
  const { context, page, seen } = await tab(browser);
  await live(page, `${gallery.url}/uploads`);
  await page.evaluate(() => {
    const dataTransfer = new DataTransfer;
    dataTransfer.items.add(new File(['abc'], 'dropped.txt', { type: 'text/plain' }));
    document.querySelector('.drop').dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  });
  await until(async () => await entry(page, 'dropped.txt').locator('code').count(), 'it arrives');
  assert.match(await entry(page, 'dropped.txt').textContent(), /3 bytes.*SHA-256 ba7816bf/);
  assert.deepEqual(seen.errors, []);
  await context.close();
});

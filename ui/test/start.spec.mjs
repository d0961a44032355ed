import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useUi } from './helpers.mjs';

const ui = useUi({ empty: true });

test('four lanes wait, and tick when their first signal arrives', async () => {
  const page = await ui.open('/start');
  await page.locator('[data-lane]').nth(3).waitFor();
  assert.equal(await page.locator('[data-lane]').count(), 4);
  assert.equal(await page.locator('.tick.on').count(), 0);
  await page.getByText('0 of 4 signals are arriving.').waitFor();
  ui.mock.state.store.signals.errors = 1;
  await page.locator('[data-lane="errors"] .tick.on', { hasText: '1 event' }).waitFor();
  assert.equal(await page.locator('.tick.on').count(), 1);
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('blocks hold the server’s own text, and can be copied', async () => {
  await ui.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await ui.open('/start');
  const lane = page.locator('[data-lane="errors"]');
  await lane.getByRole('button', { name: 'Copy' }).first().click();
  await lane.getByRole('button', { name: 'Copied' }).waitFor();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(text, /^import sentry_sdk\n\nsentry_sdk\.init\(/);
  await lane.getByText('Test it with curl').click();
  await lane.getByText('hello from curl').waitFor();
  await page.close();
});

test('a refused request shows with its reason while the page is open', async () => {
  const page = await ui.open('/start');
  await page.getByText('Nothing has been refused.').waitFor();
  ui.mock.state.store.rejected.unshift({ time_ns: `${Date.now()}000000`, protocol: 'sentry', reason: 'unknown_key', detail: 'no project takes the key beef', count: 1, peer: '127.0.0.1' });
  await page.getByRole('cell', { name: 'no project takes the key beef' }).waitFor();
  await page.getByRole('cell', { name: 'unknown key' }).waitFor();
  await page.close();
});

test('empty pages say what to do', async () => {
  for (const [path, text] of [
    ['/', 'No requests in this time range'],
    ['/issues', 'No unresolved issues in this time range'],
    ['/logs', 'No lines in this time range'],
    ['/traces', 'No traces in this time range'],
    ['/explore', 'No metrics yet'],
  ]) {
    const page = await ui.open(path);
    await page.getByText(text).waitFor();
    assert.ok(await page.locator('a[href^="/start"].button').count(), path);
    await page.close();
  }
});

test('an error is never shown as an empty page', async () => {
  const failure = { status: 503, body: { error: { code: 'unavailable', message: 'the event store is replaying its log' } } };
  for (const [path, call] of [['/', 'overview'], ['/issues', 'issues'], ['/logs', 'search'], ['/traces', 'traces'], ['/settings', 'status']]) {
    ui.mock.state.override.set(call, failure);
    const page = await ui.open(path);
    await page.getByRole('alert').filter({ hasText: 'the event store is replaying its log' }).first().waitFor();
    assert.equal(await page.locator('.empty').count(), 0, path);
    ui.mock.state.override.clear();
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await page.getByRole('alert').first().waitFor({ state: 'detached' });
    await page.close();
  }
});

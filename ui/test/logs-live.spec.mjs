/** The live tail of the Logs page. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useUi } from './helpers.mjs';

const ui = useUi();
const store = () => ui.mock.state.store;

async function open(query = '') {
  const page = await ui.open(`/logs?live=1${query}`);
  await page.getByText('Waiting for new lines').waitFor();
  await page.locator('.line').first().waitFor();
  return page;
}

test('new lines come in on top, and what is being read stays where it is', async () => {
  const page = await open();
  store().grow();
  await page.getByText(/new since you switched to live/).waitFor();
  const newest = store().logs.at(-1);
  await page.locator('.line').first().click();
  await page.getByRole('complementary', { name: 'Record' }).getByText(newest.fields.request_id, { exact: true }).first().waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.lines').evaluate((el) => el.scrollTo(0, 600));
  await page.waitForFunction(() => document.querySelector('.lines').scrollTop === 600);
  const top = () => page.evaluate(() => {
    const box = document.querySelector('.lines').getBoundingClientRect();
    return document.elementFromPoint(box.left + 300, box.top + 60).closest('tr').textContent;
  });
  const read = await top();
  store().grow();
  await page.getByRole('button', { name: /^↑ \d+ new$/ }).waitFor();
  assert.equal(await top(), read);
  await page.getByRole('button', { name: /^↑ \d+ new$/ }).click();
  await page.waitForFunction(() => document.querySelector('.lines').scrollTop === 0);
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('oldest first, the end is followed', async () => {
  const page = await open('&order=asc');
  const atEnd = () => page.waitForFunction(() => {
    const el = document.querySelector('.lines');
    return el.scrollTop + el.clientHeight >= el.scrollHeight - 4;
  });
  await atEnd();
  store().grow();
  await page.getByText(/new since you switched to live/).waitFor();
  await atEnd();
  await page.close();
});

test('paused, new lines wait', async () => {
  const page = await open();
  await page.keyboard.press('p');
  store().grow();
  await page.getByText(/paused, \d+ waiting/).waitFor();
  await page.getByText('Waiting for new lines').waitFor();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByText(/new since you switched to live/).waitFor();
  await page.close();
});

test('what was dropped is said, where and how many', async () => {
  const page = await open();
  ui.mock.state.drop(1204);
  await page.locator('.line-gap', { hasText: 'dropped 1,204 lines here' }).waitFor();
  await page.locator('.live-dropped', { hasText: 'dropped 1,204 lines' }).waitFor();
  await page.close();
});

test('a broken stream goes on where it was, without a line twice', async () => {
  const page = await open();
  store().grow();
  await page.getByText(/new since you switched to live/).waitFor();
  const asked = page.waitForRequest((r) => r.url().includes('tail/stream') && r.url().includes('after=logs.'));
  ui.mock.state.tails.forEach((t) => t.end());
  await page.getByText(/Trying again/).waitFor();
  await asked;
  store().grow();
  const newest = store().logs.at(-1);
  await page.locator('.line').first().filter({ hasText: String(newest.fields.body ?? newest.fields.event) }).waitFor();
  const keys = await page.locator('.line-time').evaluateAll((cells) => cells.map((c) => c.closest('tr').textContent));
  assert.equal(new Set(keys).size, keys.length);
  await page.close();
});

test('what cannot be followed is an error, not an empty list', async () => {
  ui.mock.state.override.set('tail/stream', { status: 400, body: { error: { code: 'invalid_argument', message: 'a live tail has no end to sort or count to', position: 0 } } });
  const page = await ui.open('/logs?live=1&q=%7C%20count');
  await page.getByRole('alert').getByText('a live tail has no end').waitFor();
  ui.mock.state.override.clear();
  await page.getByRole('button', { name: 'Leave the live tail' }).click();
  await page.locator('.result-table').waitFor();
  await page.close();
});

test('counts follow by the server’s clock, also in a browser whose clock is wrong', async () => {
  const page = await ui.context.newPage();
  await page.clock.install({ time: Date.now() - 5 * 3_600_000 });
  const endOf = (r) => Number(new URL(r.url()).searchParams.get('end')) * 1000;
  const asks = (r) => r.url().includes('/histogram?');
  const [first] = await Promise.all([page.waitForRequest(asks), page.goto(`${ui.mock.url}/logs?live=1`)]);
  await page.locator('.line').first().waitFor();
  const [next] = await Promise.all([page.waitForRequest(asks), page.clock.runFor(11_000)]);
  assert.ok(endOf(next) >= endOf(first) + 9000, 'the window moves on');
  assert.ok(Math.abs(endOf(next) - Date.now()) < 60_000, 'and ends now');
  await page.close();
});

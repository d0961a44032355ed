import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useUi } from './helpers.mjs';

const ui = useUi();

test('scrubbing rules: what is wrong at its line, tried, then saved', async () => {
  const page = await ui.open('/project/scrubbing');
  const text = page.getByLabel('Scrubbing rules');
  const save = page.getByRole('button', { name: 'Save' });
  await page.getByRole('option', { name: /^DEFAULT-/ }).first().waitFor({ state: 'attached' });
  await text.fill('remove key:*server*\nhide it');
  assert.ok(await save.isDisabled(), 'not before they were tried');
  await page.getByRole('button', { name: 'Try' }).click();
  await page.getByText('Line 2, column 1: remove, mask or hash was expected').waitFor();
  assert.equal(await text.getAttribute('aria-invalid'), 'true');
  assert.equal(await text.evaluate((el) => el.selectionStart), 'remove key:*server*\n'.length);
  await text.fill('remove key:*server*');
  await page.getByRole('button', { name: 'Try' }).click();
  const change = page.getByRole('row').filter({ hasText: 'tags.server_name' });
  assert.match(await change.innerText(), /web-1\s+\[Filtered\]/);
  await save.click();
  await page.getByText('Saved: they hold for what comes from now on.').waitFor();
  await page.reload();
  await page.waitForFunction(() => document.querySelector('.rule-box textarea')?.value === 'remove key:*server*');
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('grouping rules: which frames would not count any more, and whether the event leaves its issue', async () => {
  const page = await ui.open('/project/grouping');
  const option = page.getByRole('option', { name: /^DEFAULT-12 / });
  await option.waitFor({ state: 'attached' });
  await page.getByLabel('The newest of').selectOption('12');
  await page.getByLabel('Stack trace rules').fill('stack.module:django -group');
  await page.getByRole('button', { name: 'Try' }).click();
  await page.getByText('another issue').waitFor();
  assert.match(await page.getByLabel('What would change').innerText(), /not count\s+ignored by the stack trace rule/);
  await page.getByLabel('Fingerprint rules').fill('x');
  assert.ok(await page.getByRole('button', { name: 'Save' }).isDisabled(), 'changed after they were tried');
  ui.mock.state.requests.length = 0;
  await page.getByLabel('Fingerprint rules').fill('');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText(/^Saved/).waitFor();
  assert.ok(ui.mock.state.requests.includes('PUT projects/1/rules'));
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('an event that is not there is an error of its own', async () => {
  const page = await ui.open('/project/scrubbing?event=00ff');
  await page.getByLabel('Scrubbing rules').fill('mask key:a');
  await page.getByRole('button', { name: 'Try' }).click();
  await page.getByRole('alert').getByText(/no such event|there is no event/).waitFor();
  await page.close();
});

test('keys, filters with what they refused, what SDKs discarded, feedback', async () => {
  const page = await ui.open('/project');
  await page.getByRole('cell', { name: `${ui.mock.url.replace('://', '://4b0f@')}/1`, exact: true }).waitFor();
  ui.mock.state.override.set('rejected', { status: 200, body: { items: [], totals: [{ protocol: 'sentry', reason: 'rate_limited', count: 4321 }, { protocol: 'sentry', reason: 'invalid_json', count: 2 }] } });
  await page.getByRole('link', { name: 'Filters and limits' }).click();
  assert.match(await page.getByRole('row').filter({ hasText: 'sentry.limits' }).innerText(), /4,321/);
  await page.getByRole('cell', { name: 'invalid_json' }).waitFor();
  ui.mock.state.override.clear();
  await page.getByRole('link', { name: 'Discarded' }).click();
  assert.match(await page.getByRole('row').filter({ hasText: 'ratelimit_backoff' }).innerText(), /told to wait by a limit\s+error\s+2,412/);
  await page.getByRole('link', { name: 'Feedback' }).click();
  await page.getByText('the page was white').waitFor();
  await page.getByRole('link', { name: 'Issue', exact: true }).click();
  await page.waitForURL(/\/issues\/12\/events\//);
  assert.deepEqual(page.problems, []);
  await page.close();
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { params, useUi } from './helpers.mjs';

const ui = useUi();

test('the editor works under the policy, completes names, and runs with Enter', async () => {
  const page = await ui.open('/explore');
  const editor = page.locator('.editor-host .cm-content');
  await editor.click();
  await page.keyboard.type('django_cache_g');
  await page.locator('.cm-tooltip-autocomplete li', { hasText: 'django_cache_get_hits_total' }).waitFor();
  const font = await editor.evaluate((el) => getComputedStyle(el.closest('.cm-scroller')).lineHeight);
  assert.equal(font, '20px', 'the editor’s own styles are in force');
  await page.locator('.cm-tooltip-autocomplete li', { hasText: 'django_cache_get_hits_total' }).click();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => new URL(location).searchParams.get('a') === 'django_cache_get_hits_total');
  await page.locator('.legend tbody tr').first().waitFor();
  await page.locator('.graph canvas').waitFor();
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('several queries are drawn together, each with its own error', async () => {
  const page = await ui.open(`/explore?a=up&b=${encodeURIComponent('rate(orders_total)')}&c=orders_total`);
  await page.getByRole('alert').filter({ hasText: 'Query B: 1:6: parse error: expected type range vector' }).waitFor();
  assert.equal(await page.locator('.legend tbody tr').count(), 4);
  await page.getByTitle('Hide this query').nth(2).click();
  await page.waitForFunction(() => document.querySelectorAll('.legend tbody tr').length === 1);
  assert.equal(params(page).hide, 'c');
  await page.close();
});

test('a valid query without series is not an error, an error is not "no series"', async () => {
  const page = await ui.open('/explore?a=nothing_here');
  await page.getByText('no series matches it').waitFor();
  assert.equal(await page.getByRole('alert').count(), 0);
  await page.goto(`${ui.mock.url}/explore?a=${encodeURIComponent('sum(up')}`);
  await page.getByRole('alert').filter({ hasText: 'unclosed left parenthesis' }).waitFor();
  assert.equal(await page.locator('.empty').count(), 0);
  await page.close();
});

test('the table shows the values at the end of the range', async () => {
  const page = await ui.open('/explore?a=orders_total&view=table');
  await page.getByRole('columnheader', { name: 'payment_method' }).waitFor();
  assert.equal(await page.locator('tbody tr').count(), 3);
  await page.close();
});

test('the step is automatic, chosen, or refused with a reason', async () => {
  const asked = () => new URL(`http://x/${ui.mock.state.requests.findLast((r) => r.includes('query_range')).slice(4)}`).searchParams.get('step');
  const page = await ui.open('/explore?a=up');
  await page.locator('.legend tbody tr').first().waitFor();
  assert.equal(asked(), '15');
  await page.getByLabel('Step').fill('5m');
  await Promise.all([page.waitForResponse((r) => r.url().includes('step=300')), page.getByLabel('Step').press('Enter')]);
  await page.getByLabel('Step').fill('often');
  await page.getByLabel('Step').press('Enter');
  await page.getByRole('alert').filter({ hasText: 'A step is a duration' }).waitFor();
  await page.close();
});

test('without a query the metrics are listed, and one click asks the query one mostly wants', async () => {
  const page = await ui.open('/explore');
  await page.getByLabel('Find a metric').fill('order_create_seconds_b');
  await page.getByRole('button', { name: 'order_create_seconds_bucket' }).click();
  await page.locator('.legend').waitFor();
  assert.equal(params(page).a, 'histogram_quantile(0.95, sum by (le) (rate(order_create_seconds_bucket[5m])))');
  await page.close();
});

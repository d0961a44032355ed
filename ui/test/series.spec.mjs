import assert from 'node:assert/strict';
import { test } from 'node:test';
import { params, useUi } from './helpers.mjs';

const ui = useUi();

test('metrics are shown with series, growth and use; one leads to its labels and back', async () => {
  const page = await ui.open('/series');
  const counts = await page.locator('.series-count span').first().innerText();
  assert.match(counts, /^\d/);
  await page.getByRole('cell', { name: 'not by name' }).first().waitFor();
  await page.getByText('3 selectors named no metric').waitFor();
  assert.equal(await page.getByText('more names were asked for', { exact: false }).count(), 0);
  await page.locator('main').focus();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByText('of this metric, active now').waitFor();
  assert.notEqual(params(page).metric, undefined);
  await page.getByRole('button', { name: 'All metrics' }).click();
  await page.getByRole('heading', { name: 'Metrics' }).waitFor();
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('an error is told, nothing is not an error', async () => {
  ui.mock.state.override.set('series_statistics', { status: 200, body: { series: 0, label_pairs: 0, yesterday: null, metrics: [], labels: [], pairs: [], jobs: [], never_asked: { since_ns: '1', questions_without_name: 0, is_complete: true } } });
  const page = await ui.open('/series');
  await page.getByText('No series is active').waitFor();
  ui.mock.state.override.set('series_statistics', { status: 503, body: { error: { code: 'resource_exhausted', message: 'not enough memory' } } });
  await page.reload();
  await page.getByRole('alert').filter({ hasText: 'not enough memory' }).waitFor();
  ui.mock.state.override.clear();
  await page.close();
});

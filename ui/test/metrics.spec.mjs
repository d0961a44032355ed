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
  await page.getByRole('alert').filter({ hasText: 'Query B: expected type range vector' }).waitFor();
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

test('a query is duplicated under the next letter, removed, and brought back from what was asked before', async () => {
  const page = await ui.open('/explore?a=orders_total');
  await page.locator('.legend tbody tr').first().waitFor();
  await page.getByRole('button', { name: 'Duplicate this query' }).click();
  await page.waitForFunction(() => new URL(location).searchParams.get('b') === 'orders_total');
  await page.locator('.query-row').nth(1).locator('.cm-content').click();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('up');
  await page.keyboard.press('Escape');
  await page.locator('.query-row').nth(1).getByRole('button', { name: 'Run' }).click();
  await page.waitForFunction(() => document.querySelectorAll('.legend tbody tr').length === 4);
  await page.getByRole('button', { name: 'Remove this query' }).nth(1).click();
  await page.waitForFunction(() => document.querySelectorAll('.legend tbody tr').length === 3);
  await page.getByRole('button', { name: 'Queries asked before' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'up', exact: true }).click();
  await page.waitForFunction(() => new URL(location).searchParams.get('a') === 'up');
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('what the server says of a query is marked in its editor and shown with its place', async () => {
  ui.mock.state.override.set('query_range', { status: 200, body: { status: 'success', data: { resultType: 'matrix', result: [] }, warnings: ['PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)'], infos: ['PromQL info: metric might not be a counter (1:13)'] } });
  const page = await ui.open(`/explore?a=${encodeURIComponent('quantile(2, up)')}`);
  await page.locator('.prom-notes .warning', { hasText: 'got 2' }).waitFor();
  assert.equal(await page.locator('.prom-notes .warning .caret').innerText(), `quantile(2, up)\n${' '.repeat(9)}^`);
  await page.locator('.prom-notes .info').waitFor();
  await page.locator('.editor-host .cm-lintRange-warning', { hasText: '2' }).waitFor();
  await page.locator('.editor-host .cm-lintRange-info', { hasText: 'up' }).waitFor();
  ui.mock.state.override.delete('query_range');
  await page.close();
});

test('a heatmap shows buckets, and offers to ask for them', async () => {
  const page = await ui.open('/explore?view=heatmap&a=order_create_seconds_count');
  await page.getByText('drawn from a histogram’s buckets').waitFor();
  await page.getByRole('button', { name: /Ask sum by \(le\)/ }).click();
  await page.locator('.heat canvas').waitFor();
  assert.equal(params(page).a, 'sum by (le) (increase(order_create_seconds_bucket[1m]))');
  const box = await page.locator('.heat .u-over').boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height - 4);
  await page.locator('.chart-tip', { hasText: 'up to 50 ms' }).waitFor();
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('exemplars are dots that open their trace', async () => {
  const page = await ui.open(`/explore?a=${encodeURIComponent('histogram_quantile(0.95, sum by (le) (rate(order_create_seconds_bucket[5m])))')}`);
  const dot = page.locator('.chart-dot').first();
  await dot.waitFor();
  assert.match(await dot.getAttribute('title'), /^[\d.]+ m?s at \d\d:\d\d:\d\d: open the trace/);
  await page.getByRole('button', { name: 'Exemplars' }).click();
  await page.waitForFunction(() => !document.querySelector('.chart-dot'));
  await page.getByRole('button', { name: 'Exemplars' }).click();
  assert.equal(await dot.evaluate((el) => el.closest('[role=img]')), null, 'an image has no links in it');
  await dot.focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => location.pathname.startsWith('/traces/'));
  await page.close();
});

test('keys: views, a scale of powers, areas, a graph for each query, lines of the legend', async () => {
  const page = await ui.open('/explore?a=orders_total&b=up');
  await page.locator('.legend tbody tr').first().waitFor();
  await page.locator('main').focus();
  await page.keyboard.press('s');
  await page.waitForFunction(() => new URL(location).searchParams.get('stack') === '1');
  await page.keyboard.press('l');
  await page.waitForFunction(() => new URL(location).searchParams.get('log') === '1' && !new URL(location).searchParams.has('stack'));
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('.legend tbody tr:not(.faded)').count(), 1, 'one line alone');
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('.legend tbody tr.faded').count(), 0, 'all again');
  await page.getByRole('button', { name: 'Max' }).click();
  await page.locator('.legend th[aria-sort=descending]', { hasText: 'Max' }).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('main').focus();
  await page.keyboard.press('x');
  await page.waitForFunction(() => document.querySelectorAll('.graph canvas').length === 2);
  await page.keyboard.press('v');
  await page.keyboard.press('v');
  await page.locator('.prom-table').first().waitFor();
  await page.keyboard.press('n');
  await page.locator('.query-row').nth(2).waitFor();
  await page.waitForFunction(() => document.activeElement?.closest('.query-row')?.dataset.letter === 'c');
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('an emptied hidden query does not hide the next of its letter', async () => {
  const page = await ui.open('/explore?a=up&b=orders_total&hide=b');
  await page.locator('.query-row').nth(1).locator('.cm-content').click();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await page.locator('.query-row').nth(1).locator('.button.primary').click();
  await page.waitForFunction(() => !new URL(location).searchParams.has('b') && !new URL(location).searchParams.has('hide'));
  await page.close();
});

test('a table sorts by any of its columns', async () => {
  const page = await ui.open('/explore?a=orders_total&view=table');
  const first = page.locator('.prom-table tbody tr').first();
  const values = async () => (await page.locator('.prom-table tbody tr td:last-child').evaluateAll((all) => all.map((td) => Number(td.title))));
  await page.getByRole('button', { name: 'Value' }).click();
  let shown = await values();
  assert.deepEqual(shown, [...shown].sort((a, b) => b - a));
  await page.getByRole('button', { name: 'payment_method' }).click();
  assert.match(await first.innerText(), /card/);
  await page.close();
});

test('the parts of a query are asked anew when somebody wants it, not with each refresh', async () => {
  const page = await ui.context.newPage();
  let explained = 0;
  const starts = new Set();
  page.on('request', (r) => {
    if (r.url().includes('promql/explain')) explained++;
    if (r.url().includes('query_range')) starts.add(new URL(r.url()).searchParams.get('start'));
  });
  await page.goto(`${ui.mock.url}/explore?a=up&explain=a&step=1s&start=now-5m&end=now`);
  await page.locator('.explain tbody tr').nth(1).waitFor();
  assert.equal(explained, 1);
  await page.locator('main').focus();
  // Until the step after, from which on the graph is of another time range.
  while (starts.size < 2) {
    await page.keyboard.press('r');
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
  const asked = page.waitForRequest((r) => r.url().includes('promql/explain'));
  await page.getByRole('button', { name: 'Ask again' }).click();
  await asked;
  assert.equal(explained, 2);
  await page.close();
});

test('the parts of a query are shown with series and time', async () => {
  const page = await ui.open(`/explore?a=${encodeURIComponent('sum by (view) (rate(orders_total[5m]))')}`);
  await page.locator('main').focus();
  await page.keyboard.press('p');
  await page.locator('.explain tbody tr').nth(2).waitFor();
  assert.match(await page.locator('.explain tbody tr').first().innerText(), /sum by \(view\)[\s\S]*aggregation[\s\S]*5\.4 ms/);
  assert.equal(params(page).explain, 'a');
  await page.getByRole('button', { name: 'Close' }).click();
  await page.waitForFunction(() => !document.querySelector('.explain'));
  await page.close();
});

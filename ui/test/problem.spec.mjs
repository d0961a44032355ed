/** An issue out of a trace: statement, cost, and the way to its trace. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useUi } from './helpers.mjs';

const ui = useUi();
const PROBLEM = {
  type: 'performance_n_plus_one_db_queries',
  statement: 'SELECT shop_customer.id, shop_customer.email FROM shop_customer WHERE shop_customer.id = ? LIMIT ?',
  calls: 25,
  duration_ns: 312_400_000,
  request_duration_ns: 498_000_000,
  service: 'shop',
  route: '/orders/',
  code: 'shop/views.py:41 in order_list',
  parent_span_id: '00000000000000aa',
  span_ids: ['00000000000000ab'],
};

test('what was found in a trace is told with its cost, not as an error', async () => {
  const page = await ui.context.newPage();
  await page.route('**/api/app/issues/*/events/latest', async (route) => {
    const answer = await route.fetch();
    const event = await answer.json();
    await route.fulfill({ json: { ...event, exceptions: [], breadcrumbs: [], request: null, message: PROBLEM.statement, trace_id: 'a'.repeat(32), contexts: { problem: PROBLEM } } });
  });
  await page.route('**/api/app/issues/14', async (route) => {
    const issue = await (await route.fetch()).json();
    await route.fulfill({ json: { ...issue, type: 'N+1 Query', value: PROBLEM.statement, culprit: PROBLEM.route, level: 'info' } });
  });
  await page.goto(`${ui.mock.url}/issues/14`);
  await page.getByRole('heading', { name: 'What it costs' }).waitFor();
  const main = page.locator('.issue-main');
  await main.getByText('312 ms', { exact: false }).waitFor();
  assert.match(await main.innerText(), /63 % of the request/);
  assert.match(await main.innerText(), /shop\/views\.py:41 in order_list/);
  assert.equal(await main.locator('pre', { hasText: 'shop_customer' }).count(), 1);
  assert.equal(await page.getByRole('link', { name: 'Why this issue' }).count(), 0, 'it is not grouped by rules');
  assert.match(await page.getByRole('link', { name: 'Show it in the trace' }).getAttribute('href'), new RegExp(`/traces/${'a'.repeat(32)}\\?.*span=00000000000000aa`));
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT });
  await page.close();
});

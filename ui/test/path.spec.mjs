/** The way of one bad request: overview → issue → trace → lines, with the time range kept at each hop. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { params, pathOf, useUi } from './helpers.mjs';

const ui = useUi();

test('from the overview to the lines of the failed request', async () => {
  const page = await ui.open('/?start=now-2h');
  await page.getByRole('link', { name: 'ShippingError' }).click();
  await page.getByRole('heading', { name: 'ShippingError' }).waitFor();
  assert.equal(pathOf(page), '/issues/12');
  assert.equal(params(page).start, 'now-2h');

  await page.getByRole('link', { name: 'Trace', exact: true }).click();
  await page.getByRole('tree', { name: 'Spans' }).waitFor();
  assert.match(pathOf(page), /^\/traces\/[0-9a-f]{32}$/);
  assert.equal(params(page).start, 'now-2h');

  await page.getByRole('tab', { name: /^Logs/ }).click();
  await page.getByRole('link', { name: 'no express rate to NO for 1840 g' }).click();
  await page.getByRole('complementary', { name: 'Record' }).waitFor();
  assert.equal(pathOf(page), '/logs');
  await page.getByRole('link', { name: 'Everything linked' }).click();
  await page.getByRole('heading', { name: 'Identities' }).waitFor();
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('an issue shows its exceptions newest first, with source, locals and folded library frames', async () => {
  const page = await ui.open('/issues/12');
  await page.locator('.exception').first().waitFor();
  const types = await page.locator('.exception-type').allTextContents();
  assert.deepEqual(types, ['shop.shipping.rates.ShippingError', 'KeyError']);
  const first = page.locator('.exception').first();
  assert.match(await first.locator('.source-line.current').first().innerText(), /raise ShippingError/);
  assert.equal(await first.locator('.locals-table th').first().innerText(), 'country');
  await first.getByRole('button', { name: /3 library frames/ }).click();
  await first.getByText('django/core/handlers/base.py').waitFor();
  assert.equal(await page.getByText('hunter2').count(), 0);
  await page.close();
});

test('resolving is sent with the CSRF token and can be taken back', async () => {
  const page = await ui.open('/issues/14');
  await page.getByRole('button', { name: 'Resolve', exact: true }).click();
  await page.getByRole('button', { name: 'Reopen' }).waitFor();
  assert.equal(ui.mock.state.store.issues.find((i) => i.id === 14).status, 'resolved');
  await page.getByRole('button', { name: 'Reopen' }).click();
  await page.getByRole('button', { name: 'Resolve', exact: true }).waitFor();
  await page.close();
});

test('events can be walked through, older and newer', async () => {
  const page = await ui.open('/issues/12');
  await page.getByRole('link', { name: 'Older' }).click();
  await page.waitForURL(/\/issues\/12\/events\//);
  await page.getByRole('link', { name: 'Newer' }).click();
  await page.getByRole('button', { name: 'Newer' }).waitFor();
  await page.getByRole('link', { name: /All events/ }).click();
  await page.getByRole('columnheader', { name: 'Transaction' }).waitFor();
  assert.ok((await page.locator('tbody tr').count()) > 10);
  await page.close();
});

test('any id leads to what is linked, an unknown one says so', async () => {
  const { store } = ui.mock.state;
  const q = store.requests.filter((r) => r.failed && r.route.event === 'checkout_started').at(-1);
  for (const id of [q.traceId, q.id, q.spans[1].span_id]) {
    const page = await ui.open(`/id/${id}`);
    await page.getByRole('link', { name: q.traceId }).first().waitFor();
    await page.getByText('probable').waitFor();
    await page.close();
  }
  const page = await ui.open('/id/0000000000000000');
  await page.getByText('This id is not known').waitFor();
  await page.close();
});

test('an id without spans of its own shows what is linked to it in place of a trace', async () => {
  const q = ui.mock.state.store.requests.filter((r) => r.failed && r.route.event === 'checkout_started').at(-1);
  const page = await ui.open(`/traces/${q.id}`);
  await page.getByText('No spans are kept under this id.').waitFor();
  await page.locator('table.traces a').first().click();
  await page.waitForURL(`**/traces/${q.traceId}**`);
  await page.getByRole('tree').waitFor();
  await page.close();
});

test('unknown addresses, issues and traces are said to be unknown', async () => {
  for (const [path, text] of [['/nowhere', 'There is no page at this address'], ['/issues/9999', 'there is no issue 9999'], [`/traces/${'0'.repeat(32)}`, 'This trace is not here']]) {
    const page = await ui.open(path);
    await page.getByText(text).first().waitFor();
    await page.close();
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { params, pathOf, useUi } from './helpers.mjs';

const ui = useUi();
const orders = () => ui.mock.state.store.requests.filter((q) => q.route.plusOne && q.sentry).at(-1);

test('the waterfall shows every span; a click shows its SQL laid out', async () => {
  const q = orders();
  const page = await ui.open(`/traces/${q.traceId}`);
  await page.getByRole('treeitem').first().waitFor();
  await page.getByText(`${q.spans.length} spans`).waitFor();
  await page.getByRole('treeitem').filter({ hasText: 'shop_customer' }).nth(3).click();
  const panel = page.getByRole('complementary', { name: 'Span' });
  await panel.getByText('One of 20 like spans in a row').waitFor();
  assert.match(await panel.locator('pre').first().innerText(), /^SELECT "shop_customer"\."id",\n {2}"shop_customer"\."name",/);
  assert.ok(params(page).span);
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('subtrees collapse and open again; repeated spans fold', async () => {
  const q = orders();
  const page = await ui.open(`/traces/${q.traceId}`);
  const rows = page.getByRole('treeitem');
  await rows.first().waitFor();
  const all = await rows.count();
  await rows.first().getByRole('button', { name: 'Collapse' }).click();
  assert.equal(await rows.count(), 1);
  await rows.first().getByRole('button', { name: /Expand/ }).click();
  assert.equal(await rows.count(), all);
  await page.getByRole('button', { name: '×20' }).click();
  assert.equal(await rows.count(), all - 19);
  await page.close();
});

test('keys walk the spans', async () => {
  const page = await ui.open(`/traces/${orders().traceId}`);
  await page.getByRole('treeitem').first().waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  const second = page.getByRole('treeitem', { selected: true });
  await second.waitFor();
  assert.equal(await second.getAttribute('aria-level'), '2');
  await page.keyboard.press('ArrowLeft');
  assert.equal(await second.getAttribute('aria-expanded'), 'false');
  await page.keyboard.press('Escape');
  assert.equal(params(page).span, undefined);
  await page.keyboard.press('Escape');
  await page.waitForURL(/\/traces(\?|$)/);
  await page.close();
});

test('a failed span shows its exception, its lines and its error', async () => {
  const q = ui.mock.state.store.requests.filter((r) => r.failed && r.route.event === 'checkout_started').at(-1);
  const page = await ui.open(`/traces/${q.traceId}`);
  await page.getByRole('treeitem').first().click();
  const panel = page.getByRole('complementary', { name: 'Span' });
  await panel.getByText('Traceback (most recent call last)').waitFor();
  await panel.getByRole('heading', { name: /Logs of this span/ }).waitFor();
  await panel.getByRole('link', { name: /^ShippingError/ }).click();
  await page.waitForURL(/\/issues\/12\/events\//);
  await page.close();
});

test('a wide drag over the strip zooms the waterfall', async () => {
  const page = await ui.open(`/traces/${orders().traceId}`);
  const strip = page.locator('.minimap-plot');
  await strip.waitFor();
  const box = await strip.boundingBox();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.9, box.y + 20, { steps: 3 });
  await page.mouse.up();
  await page.getByRole('button', { name: 'Whole trace' }).click();
  await page.getByRole('button', { name: 'Whole trace' }).waitFor({ state: 'detached' });
  await page.close();
});

test('the list searches spans, keeps its service, and opens by its points', async () => {
  const page = await ui.open('/traces?service=rates');
  await page.locator('table.traces tbody tr').first().waitFor();
  const names = await page.locator('table.traces tbody td:first-child a').allTextContents();
  assert.ok(names.every((n) => n === 'GET quote/'));
  await page.getByRole('combobox', { name: 'Search traces' }).fill('http.response.status_code:>=500');
  await page.getByRole('combobox', { name: 'Search traces' }).press('Enter');
  await page.waitForFunction(() => new URL(location).searchParams.get('q') !== null);
  assert.equal(params(page).service, 'rates');
  await page.goto(`${ui.mock.url}/traces`);
  await page.locator('.scatter-point').first().waitFor();
  await page.locator('.scatter-point').last().click({ force: true });
  await page.getByRole('tree').waitFor();
  assert.match(pathOf(page), /^\/traces\/[0-9a-f]{32}$/);
  await page.close();
});

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

test('the flame graph says where the time went; a box leads to its slowest span', async () => {
  const q = orders();
  const page = await ui.open(`/traces/${q.traceId}`);
  await page.getByRole('tab', { name: 'Flame graph' }).click();
  const graph = page.getByRole('img', { name: /^Flame graph/ });
  await graph.waitFor();
  const repeated = page.getByRole('row').filter({ hasText: 'shop_customer' }).first();
  assert.match(await repeated.innerText(), /\b20\b/);
  await repeated.getByRole('button').click();
  const told = page.locator('.flame-told');
  await told.getByText('×20').waitFor();
  await page.keyboard.press('ArrowUp');
  await told.getByText('×20').waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await told.getByRole('button', { name: 'Whole trace' }).waitFor({ state: 'detached' });
  const box = await graph.boundingBox();
  await page.mouse.dblclick(box.x + 20, box.y + 10);
  await page.getByRole('complementary', { name: 'Span' }).waitFor();
  assert.equal(params(page).view, undefined);
  assert.ok(params(page).span);
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('a trace of 50,000 spans is shown, scrolled and searched without a pause', async () => {
  const q = orders();
  const page = await ui.open('/traces');
  await page.route(`**/api/app/traces/${q.traceId}`, async (route) => {
    const trace = await (await route.fetch()).json();
    await route.fulfill({ json: { ...trace, spans: many(trace.spans, 50_000) } });
  });
  await page.goto(`${ui.mock.url}/traces/${q.traceId}`);
  await page.getByText('50,000 spans').waitFor();
  await page.getByRole('treeitem').first().waitFor();
  assert.ok((await page.getByRole('treeitem').count()) < 100, 'rows out of sight do not exist');
  const longest = await page.evaluate(async () => {
    const rows = document.querySelector('.waterfall-rows');
    let longest = 0;
    let last = performance.now();
    for (let i = 0; i < 60; i++) {
      rows.scrollTop = (rows.scrollHeight / 60) * i;
      await new Promise((done) => requestAnimationFrame(done));
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }
    return longest;
  });
  console.log(`longest frame while scrolling ${longest.toFixed(0)} ms`);
  await page.keyboard.press('j');
  await page.getByRole('treeitem', { selected: true }).waitFor();
  await page.getByRole('tab', { name: 'Flame graph' }).click();
  await page.getByRole('img', { name: /^Flame graph/ }).waitFor();
  assert.deepEqual(page.problems, []);
  await page.close();
});

/** The trace's own spans and copies of its last ones under its root. */
function many(spans, wanted) {
  const out = [...spans];
  for (let i = 0; out.length < wanted; i++) {
    const like = spans[1 + (i % (spans.length - 1))];
    out.push({ ...like, span_id: i.toString(16).padStart(16, 'f'), parent_span_id: out[Math.floor(i / 3)].span_id, start_ns: String(BigInt(like.start_ns) + BigInt(i)) });
  }
  return out;
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { params, pathOf, useUi } from './helpers.mjs';

const ui = useUi();
const row = (page, text) => page.locator('table.releases tbody tr').filter({ hasText: text });

test('the list says how healthy each release is, and where no sessions were sent', async () => {
  const page = await ui.open('/releases');
  await page.locator('table.releases tbody tr').first().waitFor();
  const newest = await row(page, 'shop@1.5.0').innerText();
  assert.match(newest, /97\.61 %/);
  assert.match(newest, /65 %|66 %/);
  assert.match(await row(page, 'worker@77').innerText(), /none/);
  assert.equal(await page.getByText('auto_session_tracking').count(), 0, 'others sent sessions');

  await page.getByLabel('Environment').selectOption('production').catch(() => {});
  await page.getByLabel('Sort by').selectOption('crash_free_sessions');
  await page.waitForFunction(() => new URL(location).searchParams.get('sort') === 'crash_free_sessions');
  await page.getByRole('button', { name: '7 d', exact: true }).click();
  assert.equal(params(page).period, '7d');
  await page.getByLabel('Search releases').fill('worker');
  await page.getByLabel('Search releases').press('Enter');
  await page.getByText(/No sessions were sent in the last 7 days/).waitFor();
  await page.getByText('auto_session_tracking').waitFor();
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('a release has its charts, issues, commits, deploys and latencies; the environment is asked for', async () => {
  const page = await ui.open('/releases');
  await row(page, 'shop@1.5.0').getByRole('link', { name: 'shop@1.5.0' }).click();
  await page.getByRole('heading', { name: 'shop@1.5.0', level: 1 }).waitFor();
  assert.equal(pathOf(page), '/release');
  assert.equal(params(page).version, 'shop@1.5.0');
  await page.locator('.health-charts .chart').nth(1).waitFor();
  for (const name of ['New issues', 'Regressed issues', 'Resolved issues', 'Requests', 'Commits', 'Deploys']) await page.getByRole('heading', { name, exact: true }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'fixes DEFAULT-3' }).getAttribute('href'), '/issues/3');
  await page.getByText('2 files').click();
  await page.getByText('A shop/totals.py').waitFor();
  await page.getByText('2 requests got slower').waitFor();
  ui.mock.state.requests.length = 0;
  await page.goto(`${ui.mock.url}/release?version=shop%401.5.0&environment=staging`);
  await page.getByRole('heading', { name: 'Commits' }).waitFor();
  assert.ok(ui.mock.state.requests.some((r) => r.startsWith('GET releases/shop%401.5.0?environment=staging')), ui.mock.state.requests.join('\n'));
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('a release without sessions says so and what to do; an unknown one is an error', async () => {
  const page = await ui.open('/release?version=worker%4077');
  await page.getByText('No sessions were sent with this release in the last 14 days.').waitFor();
  await page.getByText('No requests were traced with this release.').waitFor();
  await page.goto(`${ui.mock.url}/release?version=nothing`);
  await page.getByText('there is no release nothing').waitFor();
  await page.close();
});

test('two releases are compared: the row before, the other way round, by choice', async () => {
  const page = await ui.open('/releases');
  await row(page, 'shop@1.5.0').getByRole('link', { name: 'Compare' }).click();
  await page.getByRole('heading', { name: 'New issues: 2' }).waitFor();
  assert.deepEqual(params(page), { base: 'shop@1.4.2', release: 'shop@1.5.0' });
  await page.getByText(/−2\.\d\d points/).first().waitFor();
  assert.match(await page.getByRole('row').filter({ hasText: 'POST /checkout/' }).innerText(), /\+80 %/);
  await page.getByRole('button', { name: 'The other way round' }).click();
  await page.getByText('No request got slower.').waitFor();
  assert.equal(params(page).base, 'shop@1.5.0');
  await page.getByLabel('Before').selectOption('worker@77');
  await page.getByText('No route has 20 traced requests in both: nothing to compare.').waitFor();
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('keys and the palette lead there', async () => {
  const page = await ui.open('/');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await page.waitForURL(/\/releases$/);
  await page.locator('table.releases tbody tr').first().waitFor();
  await page.keyboard.press('j');
  await page.locator('tr[data-row-current="true"]').waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await page.waitForURL(/\/crons$/);
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: /Jump to/ }).fill('compare');
  await page.getByRole('option', { name: 'Compare two releases' }).click();
  await page.waitForURL(/\/releases\/compare/);
  await page.getByRole('heading', { name: /^New issues/ }).waitFor();
  await page.close();
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { params, pathOf, useUi } from './helpers.mjs';

const ui = useUi();

test('dashboards are listed, what is wrong with a file is named, and one opens by keyboard', async () => {
  const page = await ui.open('/dashboards');
  await page.getByText('boards/old.yaml').waitFor();
  assert.match(await page.locator('.notes').innerText(), /line 2, column 1: dashboard: unknown key "owner"/);
  await page.locator('main').focus();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Django' }).waitFor();
  assert.equal(pathOf(page), '/dashboards/django');
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('every kind of panel is drawn; one without data says so', async () => {
  const page = await ui.open('/dashboards/django');
  await page.locator('section[aria-label="Memory"] .board-stat strong', { hasText: 'MiB' }).waitFor();
  await page.locator('section[aria-label="By view"] .board-legend li').first().waitFor();
  assert.equal((await page.locator('section[aria-label="By view"] .board-legend li').first().innerText()).trim(), 'product_view');
  await page.locator('section[aria-label="How long orders took"] .heat canvas').waitFor();
  await page.locator('section[aria-label="Orders"] .board-table tr').first().waitFor();
  await page.locator('section[aria-label="Nothing"]', { hasText: 'nothing of not_there in this time range' }).waitFor();
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('a variable narrows the queries and stands in the address', async () => {
  const page = await ui.open('/dashboards/django');
  await page.getByRole('button', { name: 'View: all' }).click();
  await page.getByLabel('Find a view').fill('check');
  const asked = page.waitForRequest((r) => decodeURIComponent(r.url().replaceAll('+', ' ')).includes('{view=~"checkout"}'));
  await page.keyboard.press('Enter');
  await asked;
  assert.equal(params(page)['var-view'], 'checkout');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'View: checkout' }).waitFor();
  await page.getByRole('link', { name: 'Open “By view” in Metrics' }).click();
  await page.waitForFunction(() => location.pathname === '/explore');
  assert.match(params(page).a, /view=~"checkout"\}\[2m\]/);
  assert.equal(params(page).stack, '1');
  await page.close();
});

test('what is chosen and not offered is seen and taken away; values are those of the time range', async () => {
  const page = await ui.context.newPage();
  const asked = page.waitForRequest((r) => r.url().includes('/label/view/values'));
  await page.goto(`${ui.mock.url}/dashboards/django?start=now-30m&end=now&var-view=gone,checkout`);
  const of = new URL((await asked).url()).searchParams;
  assert.equal(Math.round(Number(of.get('end')) - Number(of.get('start'))), 1800);
  await page.getByRole('button', { name: 'View: 2 chosen' }).click();
  const gone = page.locator('.variable-list label', { hasText: 'gone' });
  await gone.getByText('not in this choice').waitFor();
  assert.equal(await page.locator('.variable-list').getByText('not in this choice').count(), 1);
  await gone.click();
  await page.getByRole('button', { name: 'View: checkout' }).waitFor();
  assert.equal(params(page)['var-view'], 'checkout');
  assert.equal(await page.locator('.variable-list label', { hasText: 'gone' }).count(), 0);
  await page.close();
});

test('the values of a variable are reached by the arrow keys', async () => {
  const page = await ui.open('/dashboards/django');
  await page.getByRole('button', { name: 'View: all' }).click();
  await page.locator('.variable-list label').nth(2).waitFor();
  const focused = () => page.evaluate(() => document.activeElement.closest('label')?.innerText.trim());
  await page.keyboard.press('ArrowDown');
  assert.equal(await focused(), 'All');
  await page.keyboard.press('ArrowDown');
  const first = (await page.locator('.variable-list label').nth(1).innerText()).trim();
  assert.equal(await focused(), first);
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: `View: ${first}` }).waitFor();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  assert.equal(await focused(), (await page.locator('.variable-list label').last().innerText()).trim());
  await page.close();
});

test('what a panel is about is read by keyboard', async () => {
  const page = await ui.open('/dashboards/django');
  await page.getByRole('button', { name: 'About “Memory”' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.board-about-panel', { hasText: 'What the process holds in memory.' }).waitFor();
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !document.querySelector('.board-about-panel') && document.activeElement.classList.contains('board-about'));
  await page.close();
});

test('a saved dashboard that cannot be read any more is listed with the reason, and mended', async () => {
  ui.mock.state.store.views.push({ id: 900, name: 'Old one', owner: 'admin', is_mine: true, shared: false, dataset: 'dashboard', query: 'colour: red\n', range: '', columns: [], created_ns: '1', updated_ns: '1' });
  const page = await ui.open('/dashboards');
  const row = page.locator('.boards tr', { hasText: 'Old one' });
  await row.getByText('unknown key "colour"').waitFor();
  await row.getByRole('link', { name: 'Old one' }).click();
  await page.getByRole('alert').filter({ hasText: 'cannot be read any more' }).filter({ hasText: 'line 1, column 1' }).waitFor();
  assert.equal(await page.getByLabel('Name').inputValue(), 'Old one');
  await page.getByLabel('Text of the dashboard').fill('title: Mended\n');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('section[aria-label="Memory"]').waitFor();
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('button', { name: 'Delete…' }).click();
  await page.getByRole('button', { name: 'Delete it' }).click();
  await page.waitForFunction(() => location.pathname === '/dashboards');
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('a copy is saved, changed and deleted; what is wrong is shown at its line', async () => {
  const page = await ui.open('/dashboards/django');
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  assert.equal(await page.getByLabel('Name').inputValue(), 'Django (copy)');
  await page.getByLabel('Name').fill('Mine');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Mine' }).waitFor();
  assert.match(pathOf(page), /^\/dashboards\/saved-\d+$/);
  await page.getByRole('button', { name: 'Edit' }).click();
  const text = page.getByLabel('Text of the dashboard');
  await text.fill('title: A\nowner: me\n');
  ui.mock.state.override.set(`views/${pathOf(page).split('-').at(-1)}`, { status: 400, body: { error: { code: 'invalid_argument', message: 'line 2, column 1: dashboard: unknown key "owner"' } } });
  await page.keyboard.press('Control+Enter');
  await page.getByRole('alert').filter({ hasText: 'line 2, column 1' }).waitFor();
  assert.equal(await text.evaluate((el) => el.value.slice(el.selectionStart, el.selectionEnd)), 'owner: me');
  ui.mock.state.override.clear();
  await page.getByRole('button', { name: 'Delete…' }).click();
  await page.getByRole('button', { name: 'Delete it' }).click();
  await page.waitForFunction(() => location.pathname === '/dashboards');
  await page.waitForFunction(() => !document.body.innerText.includes('Mine'));
  await page.close();
});

test('without its metrics a dashboard says what is missing', async () => {
  ui.mock.state.override.set('label/view/values', { status: 200, body: { status: 'success', data: [] } });
  const page = await ui.open('/dashboards/django');
  await page.getByText('No metrics of this dashboard in this time range').waitFor();
  ui.mock.state.override.clear();
  await page.close();
});

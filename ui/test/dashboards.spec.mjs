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
  await page.getByText('Nothing sends the metrics of this dashboard yet').waitFor();
  ui.mock.state.override.clear();
  await page.close();
});

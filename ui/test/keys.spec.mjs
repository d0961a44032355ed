import assert from 'node:assert/strict';
import { test } from 'node:test';
import { params, pathOf, useUi } from './helpers.mjs';

const ui = useUi();

test('the palette goes to pages, ids and issues', async () => {
  const page = await ui.open('/?start=now-6h');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.keyboard.press('Control+k');
  const input = page.getByRole('combobox', { name: /Jump to/ });
  await input.fill('settings');
  await input.press('Enter');
  await page.waitForURL(/\/settings/);
  assert.equal(params(page).start, 'now-6h');

  const id = ui.mock.state.store.requests[0].traceId;
  await page.keyboard.press('Control+k');
  await input.fill(id);
  await input.press('Enter');
  await page.waitForURL(`**/id/${id}**`);

  await page.keyboard.press('Control+k');
  await input.fill('mailbox');
  await page.getByRole('option', { name: /MailboxFull/ }).click();
  await page.waitForURL(/\/issues\/14/);
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('single keys: query, rows, back, help, theme, pages', async () => {
  const page = await ui.open('/issues');
  await page.locator('table.issues tbody tr').first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('j?d');
  const bar = page.getByLabel('Search issues');
  assert.equal(await bar.inputValue(), 'j?d', 'keys are text while typing');
  await bar.fill('');
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  const second = await page.locator('table.issues tbody tr').nth(1).locator('a').getAttribute('href');
  assert.equal(await page.locator('tr[data-row-current="true"] a').getAttribute('href'), second);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**${second}`);
  await page.locator('.exception, .message').first().waitFor();
  await page.keyboard.press('Escape');
  await page.waitForURL(/\/issues$/);

  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: /Shortcuts/ }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  const before = await page.locator('html').getAttribute('data-theme');
  await page.keyboard.press('t');
  assert.notEqual(await page.locator('html').getAttribute('data-theme'), before);
  await page.reload();
  await page.locator('table.issues').waitFor();
  assert.notEqual(await page.locator('html').getAttribute('data-theme'), before, 'the choice is kept');
  await page.keyboard.press('t');

  await page.keyboard.press('g');
  await page.keyboard.press('l');
  await page.waitForURL(/\/logs/);
  await page.close();
});

test('the time picker reads free text, says how, and every page keeps the range', async () => {
  const page = await ui.open('/issues');
  await page.locator('.table').waitFor();
  await page.keyboard.press('d');
  const input = page.getByLabel('Time range', { exact: true }).last();
  await page.keyboard.type('soon');
  await page.getByText(/^Try 5h/).waitFor();
  assert.equal(await input.getAttribute('aria-invalid'), 'true');
  await input.fill('90 min');
  await page.getByText('Last 1 h 30 min:').waitFor();
  await input.press('Enter');
  await page.waitForFunction(() => new URL(location).searchParams.get('start') === 'now-1h30m');
  for (const name of ['Logs', 'Traces', 'Metrics', 'Overview']) {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name, exact: true }).click();
    await page.getByRole('heading', { name, level: 1 }).waitFor();
    assert.equal(params(page).start, 'now-1h30m', name);
  }
  await page.close();
});

test('links open in a new tab with Ctrl, inside the app without', async () => {
  const page = await ui.open('/issues');
  await page.locator('table.issues a').first().waitFor();
  const [popup] = await Promise.all([ui.context.waitForEvent('page'), page.locator('table.issues a').first().click({ modifiers: ['Control'] })]);
  assert.match(popup.url(), /\/issues\/\d+/);
  assert.equal(pathOf(page), '/issues');
  await popup.close();
  await page.close();
});

test('tokens are shown once and can be revoked', async () => {
  const page = await ui.open('/settings/tokens');
  await page.getByLabel('Name').fill('ci');
  await page.getByRole('button', { name: 'Create token' }).click();
  await page.getByText('tri_mock_').waitFor();
  await page.reload();
  await page.getByRole('cell', { name: 'ci', exact: true }).waitFor();
  assert.equal(await page.getByText('tri_mock_').count(), 0);
  const row = page.getByRole('row').filter({ hasText: 'ci' });
  await row.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('button', { name: 'Revoke “ci”' }).click();
  await page.getByRole('cell', { name: 'ci', exact: true }).waitFor({ state: 'detached' });
  await page.close();
});

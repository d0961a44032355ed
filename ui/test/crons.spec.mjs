import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathOf, useUi } from './helpers.mjs';

const ui = useUi();
const row = (page, slug) => page.locator('table.crons tbody tr').filter({ hasText: slug });

test('each monitor says its state in words, its schedule and when it is expected', async () => {
  const page = await ui.open('/crons');
  for (const [slug, word] of [['nightly-import', 'ok'], ['send-mails', 'failed'], ['stock-check', 'missed'], ['reports', 'hung'], ['sitemap', 'late']]) {
    await row(page, slug).locator('.badge', { hasText: new RegExp(`^${word}$`) }).first().waitFor();
  }
  const text = await row(page, 'nightly-import').innerText();
  assert.match(text, /every day at 03:00/);
  assert.match(text, /Europe\/Berlin/);
  assert.match(text, /in 11 h|in 12 h/);
  assert.match(await row(page, 'stock-check').innerText(), /staging/);
  assert.equal(await row(page, 'send-mails').locator('svg.runs rect').count(), 40);
  assert.match(await page.locator('table.crons tbody tr').first().innerText(), /reports/, 'what fails comes first');

  await page.getByRole('button', { name: /^Failing 3$/ }).click();
  await row(page, 'sitemap').waitFor({ state: 'detached' });
  assert.equal(await page.locator('table.crons tbody tr').count(), 3);
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('the page of one has its check-ins and durations, and leads to the issue', async () => {
  const page = await ui.open('/crons');
  await row(page, 'send-mails').getByRole('link').first().click();
  await page.getByRole('heading', { name: 'send-mails', level: 1 }).waitFor();
  assert.equal(pathOf(page), '/crons/2');
  await page.getByText('2 failures in a row').waitFor();
  await page.locator('.cron-chart .chart').waitFor();
  assert.match(await page.locator('table.check-ins tbody tr').first().innerText(), /failed/);
  assert.match(await page.locator('.tiles').innerText(), /Usual duration/);
  await page.getByRole('link', { name: 'Issue', exact: true }).click();
  await page.waitForURL(/\/issues\/\d+\/events\//);
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('a monitor is muted and deleted', async () => {
  const page = await ui.open('/crons/3');
  await page.getByRole('button', { name: 'Mute', exact: true }).click();
  await page.getByText('muted: none').waitFor();
  await page.getByRole('button', { name: 'Unmute' }).click();
  await page.getByText('1 failure', { exact: true }).first().waitFor();
  await page.getByRole('button', { name: 'Delete…' }).click();
  await page.getByRole('button', { name: 'Delete it with its check-ins' }).click();
  await page.waitForURL(/\/crons$/);
  await row(page, 'sitemap').waitFor();
  assert.equal(await row(page, 'stock-check').count(), 0);
  await page.close();
});

test('without a monitor the page says how to check in, with this server in it', async () => {
  ui.mock.state.override.set('monitors', { status: 200, body: { monitors: [] } });
  const page = await ui.open('/crons');
  await page.getByText('No job has checked in yet').waitFor();
  await page.getByText('sentry-cli monitors run').waitFor();
  await page.getByText('@monitor(monitor_slug="nightly-import"').waitFor();
  assert.match(await page.locator('.cron-how').innerText(), new RegExp(`${ui.mock.url}/api/1/cron/nightly-import/4b0f/`));
  ui.mock.state.override.clear();
  assert.deepEqual(page.problems, []);
  await page.close();
});

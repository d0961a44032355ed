import assert from 'node:assert/strict';
import { test } from 'node:test';
import { params, useUi } from './helpers.mjs';

const ui = useUi();

const target = (job, port, more = {}) => ({ job, url: `http://127.0.0.1:${port}/metrics`, up: true, last_scrape_ns: `${Date.now() - 4000}000000`, duration_ms: 12, samples: 50, error: '', warning: '', ...more });

test('what is down is told with its reason and can be shown alone; what could not be found stands above', async () => {
  const status = await (await fetch(`${ui.mock.url}/api/app/status`)).json();
  ui.mock.state.override.set('status', {
    status: 200,
    body: {
      ...status,
      scrape_targets: [target('node', 9100), target('node', 9101, { up: false, samples: 0, error: 'label limit 64 exceeded by x: 71' }), target('shop', 8000)],
      scrape_sources: [{ job: 'files', source: 'sd/*.json', targets: 0, last_refresh_ns: null, error: 'sd/b.json: 2:1: broken' }],
      scrape_unusable: [],
      scrape_notes: ['tripod.yml:3:1: remote_write has no effect: samples are sent nowhere else'],
    },
  });
  const page = await ui.open('/settings');
  await page.getByText('1 of 3 targets need a look').waitFor();
  await page.getByText('It has no targets yet.').waitFor();
  await page.getByText('1 of 2 up').waitFor();
  await page.getByText('1 key of the configuration without effect here').click();
  await page.getByText('remote_write has no effect').waitFor();
  await page.getByRole('button', { name: 'Need a look' }).click();
  assert.equal(await page.locator('.targets tbody tr').count(), 1);
  assert.match(await page.locator('.targets tbody tr').innerText(), /label limit 64 exceeded by x: 71/);
  assert.equal(params(page).targets, 'down');
  assert.deepEqual(page.problems, []);
  ui.mock.state.override.clear();
  await page.close();
});

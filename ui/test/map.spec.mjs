/** The service map: drawn, chosen by mouse and keys, told as a table; empty and failed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { params, useUi } from './helpers.mjs';

const ui = useUi();
const node = (page, name) => page.getByRole('button', { name: new RegExp(`^(Service|Database|Queue|Outside|Users) ${name}`) });

test('what calls what is drawn from left to right, and told as a table', async () => {
  const page = await ui.open('/map');
  await node(page, 'djzen,').waitFor();
  const left = async (name) => (await node(page, name).boundingBox()).x;
  assert.ok((await left('user')) < (await left('djzen,')));
  assert.ok((await left('djzen,')) < (await left('postgresql/djzen')));
  assert.equal(await page.locator('.map-edge').count(), 7);
  assert.equal(await page.locator('.map-edge-bad').count(), 1, 'calls of which 5 % or more fail');
  const rows = await page.locator('.map-table tbody tr').allInnerTexts();
  assert.equal(rows.length, 7);
  assert.match(rows[0], /djzen\s+postgresql\/djzen/);
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('a chosen one has its neighbours, and leads to traces and logs', async () => {
  const page = await ui.open('/map');
  await node(page, 'djzen-worker').click();
  const panel = page.getByRole('complementary', { name: 'djzen-worker' });
  await panel.getByText('Called by').waitFor();
  assert.equal(params(page).node, 'djzen-worker');
  assert.match(await panel.getByRole('link', { name: 'Traces' }).getAttribute('href'), /service=djzen-worker/);
  assert.match(await panel.getByRole('link', { name: 'Logs' }).getAttribute('href'), /q=service/);
  assert.ok((await page.locator('.map-table tbody tr').count()) < 7, 'its own connections alone');
  await panel.getByRole('button', { name: 'postgresql/djzen' }).click();
  await page.getByRole('complementary', { name: 'postgresql/djzen' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('complementary').waitFor({ state: 'detached' });
  await page.keyboard.press('j');
  await page.locator('.map-chosen').waitFor();
  await page.close();
});

test('without spans it says what to send', async () => {
  const page = await ui.context.newPage();
  await page.route('**/api/app/service_map?*', (r) => r.fulfill({ json: { nodes: [], edges: [], warnings: [] } }));
  await page.goto(`${ui.mock.url}/map`);
  await page.getByText('No requests between services in this time range').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Send traces' }).getAttribute('href'), '/start');
  await page.close();
});

test('a server that fails is told, not shown as an empty map', async () => {
  const page = await ui.context.newPage();
  await page.route('**/api/app/service_map?*', (r) => r.fulfill({ status: 503, json: { error: { code: 'unavailable', message: 'the store is being opened' } } }));
  await page.goto(`${ui.mock.url}/map`);
  await page.getByRole('alert').getByText('the store is being opened').waitFor();
  await page.close();
});

/** What pipes make of a question on the Logs page, saved views and files. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { params, useUi } from './helpers.mjs';

const ui = useUi();
const ask = (q, more = '') => ui.open(`/logs?q=${encodeURIComponent(q)}${more}`);
const asks = (page, q) => page.waitForFunction((x) => new URL(location).searchParams.get('q') === x, q);

test('a table is sorted by its heads and leads to its records', async () => {
  const page = await ask('order_paid | count by payment_method');
  const first = () => page.locator('.result-table tbody tr').first().locator('td').first().innerText();
  await page.locator('.result-table tbody tr').first().waitFor();
  const counts = (await page.locator('.result-value').allInnerTexts()).map((t) => Number(t.replace(/,/g, '')));
  assert.deepEqual(counts, [...counts].sort((a, b) => b - a));
  await page.getByRole('columnheader', { name: 'payment_method' }).getByRole('button').click();
  await page.waitForFunction(() => new URL(location).searchParams.get('sort') === 'payment_method:asc');
  assert.equal(await first(), 'card');
  await page.reload();
  await page.locator('.result-table tbody tr').first().waitFor();
  assert.equal(await first(), 'card', 'the order is in the address');
  await page.locator('.result-table tbody tr').first().click();
  await asks(page, 'order_paid payment_method:card');
  await page.locator('.line').first().waitFor();
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('a field written in quotes stays so where its values lead on', async () => {
  const page = await ask('order_paid | count by "payment_method"');
  await page.locator('.result-table tbody tr', { hasText: 'card' }).click();
  await asks(page, 'order_paid "payment_method":card');
  await page.goto(`${ui.mock.url}/logs?q=${encodeURIComponent('order_paid | count by "payment_method" every 5m')}`);
  await page.getByRole('button', { name: 'Records of card' }).click();
  await asks(page, 'order_paid "payment_method":card');
  await page.close();
});

test('series are drawn with a legend that switches them', async () => {
  const page = await ask('| count by level every 5m', '&start=now-3h');
  await page.locator('.u-over').waitFor();
  const names = await page.locator('.series-legend tbody .legend-name').allInnerTexts();
  assert.ok(names.some((n) => n.trim() === 'error'), String(names));
  await page.locator('.series-legend').getByRole('button', { name: 'error', exact: true }).click();
  assert.equal(await page.locator('.series-legend tr.faded').count(), names.length - 1);
  await page.getByRole('button', { name: 'Stacked' }).click();
  await page.waitForFunction(() => new URL(location).searchParams.get('chart') === 'stack');
  const box = await page.locator('.u-over').boundingBox();
  await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 40, { steps: 4 });
  await page.mouse.up();
  await page.waitForFunction(() => new URL(location).searchParams.has('end'));
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('patterns show share, trend and what is new, and lead to their records', async () => {
  const page = await ask('| patterns');
  await page.locator('.patterns tbody tr').first().waitFor();
  await page.locator('.patterns .badge', { hasText: 'new' }).waitFor();
  await page.getByRole('button', { name: 'New first' }).click();
  await page.waitForFunction(() => document.querySelector('.patterns tbody tr .badge'));
  await page.locator('.patterns tbody tr').first().click();
  await page.getByText('Example').waitFor();
  await page.locator('.patterns tbody tr').first().getByRole('button', { name: 'Records' }).click();
  await page.waitForFunction(() => /^body:\//.test(new URL(location).searchParams.get('q')));
  await page.locator('.line').first().waitFor();
  await page.close();
});

test('an opened pattern stays open in another order', async () => {
  const page = await ask('| patterns');
  await page.locator('.patterns tbody tr').first().click();
  const example = await page.locator('.pattern-more').innerText();
  await page.getByRole('button', { name: 'Rarest' }).click();
  await page.waitForFunction(() => new URL(location).searchParams.get('by') === 'rare');
  assert.equal(await page.locator('.pattern-more').innerText(), example);
  await page.close();
});

test('one click changes the form of the answer, the filter stays', async () => {
  const page = await ask('level:error');
  await page.locator('.line').first().waitFor();
  const form = (name) => page.getByRole('group', { name: 'Show as' }).getByRole('button', { name }).click();
  await form('Patterns');
  await asks(page, 'level:error | patterns');
  await form('Chart');
  await asks(page, 'level:error | count by level every 1m');
  await page.locator('.u-over').waitFor();
  await form('Table');
  await asks(page, 'level:error | count by service, level');
  await page.locator('.result-table').waitFor();
  await form('Lines');
  await asks(page, 'level:error');
  await page.close();
});

test('a bounded answer does not pass for all there is', async () => {
  const page = await ask('order_paid | limit 3');
  await page.getByText('That is all the question gives: 3 lines.').waitFor();
  await page.close();
});

test('an unknown pipe is an error at its column', async () => {
  const page = await ask('level:error | cuont');
  const alert = page.getByRole('alert').first();
  await alert.getByText(/expected a pipe/).waitFor();
  assert.equal(await alert.locator('.caret').innerText(), 'level:error | cuont\n              ^');
  await page.close();
});

test('a view is saved, opened, changed and deleted', async () => {
  const page = await ask('level:error', '&start=now-6h&cols=level%2Cpath%2Cmessage');
  await page.getByRole('button', { name: 'Saved views' }).click();
  await page.getByLabel('Name of the view').fill('Failing paths');
  await page.getByLabel('with the time range').check();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.locator('.views-name', { hasText: 'Failing paths' }).waitFor();
  assert.equal(ui.mock.state.store.views[0].range, '6h');
  await page.goto(`${ui.mock.url}/logs`);
  await page.getByRole('button', { name: 'Saved views' }).click();
  await page.getByRole('link', { name: /Failing paths/ }).click();
  await asks(page, 'level:error');
  assert.deepEqual([params(page).cols, params(page).start], ['level,path,message', 'now-6h']);
  await page.locator('.line').first().waitFor();
  const bar = page.getByRole('combobox', { name: 'Search logs' });
  await bar.fill('level:warn');
  await bar.press('Enter');
  await page.locator('.views-name', { hasText: 'Failing paths *' }).waitFor();
  await page.getByRole('button', { name: 'Saved views' }).click();
  await page.getByRole('button', { name: /Keep the changes/ }).click();
  await page.waitForFunction(() => document.querySelector('.views-name').textContent === 'Failing paths');
  assert.equal(ui.mock.state.store.views[0].query, 'level:warn');
  await page.getByRole('button', { name: 'Saved views' }).click();
  await page.getByRole('button', { name: 'Delete “Failing paths”' }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByText('None yet').waitFor();
  assert.deepEqual(page.problems, []);
  await page.close();
});

async function saved(page, format) {
  await page.getByRole('button', { name: 'Export' }).click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: format }).click()]);
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
}

test('records are exported whole or by columns, and it is said how many', async () => {
  const page = await ask('order_paid', '&start=now-3h&cols=level%2Cpayment_method%2Cmessage');
  await page.locator('.line').first().waitFor();
  const json = await saved(page, /^JSON lines/);
  const lines = json.text.trim().split('\n').map((l) => JSON.parse(l));
  assert.match(json.name, /^logs-.*\.jsonl$/);
  assert.ok(lines.length > 200, 'more than one page');
  assert.ok(lines[0].fields.order_id && /Z$/.test(lines[0].time));
  await page.getByText(`All ${lines.length.toLocaleString('en-US')} records are in the file.`).waitFor();
  await page.keyboard.press('Escape');
  const csv = await saved(page, /^CSV/);
  assert.equal(csv.text.split('\r\n')[0], 'time,level,payment_method,message');
  assert.equal(csv.text.trim().split('\r\n').length, lines.length + 1);
  await page.close();
});

test('a table is exported as it is', async () => {
  const page = await ask('order_paid | top 3 payment_method');
  await page.locator('.result-table').waitFor();
  const csv = await saved(page, /^CSV/);
  assert.match(csv.text, /^payment_method,count,percent\r\n\w+,\d+,[\d.]+\r\n/);
  await page.close();
});

test('fields that the question chose are the columns of the list, of the live tail and of the file', async () => {
  const page = await ask('order_paid | fields service, payment_method');
  const heads = async () => (await page.locator('.lines-table th').allInnerTexts()).map((t) => t.trim());
  await page.locator('.line').first().waitFor();
  assert.deepEqual(await heads(), ['Time', 'Service', 'payment_method']);
  const csv = await saved(page, /^CSV/);
  assert.equal(csv.text.split('\r\n')[0], 'time,service,payment_method');
  assert.match(csv.text.split('\r\n')[1], /^\S+Z,djzen[\w-]*,(card|paypal|invoice)$/);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Live' }).click();
  await page.getByText('Waiting for new lines').waitFor();
  await page.locator('.line').first().waitFor();
  assert.deepEqual(await heads(), ['Time', 'Service', 'payment_method']);
  const live = await saved(page, /^CSV/);
  assert.equal(live.text.split('\r\n')[0], 'time,service,payment_method');
  await page.close();
});

test('a file waits for the answer it is made of, and stops with its panel', async () => {
  const page = await ask('order_paid', '&start=now-3h');
  await page.locator('.line').first().waitFor();
  let hold;
  const held = new Promise((done) => (hold = done));
  await page.route(/api\/app\/search/, async (r) => {
    await held;
    await r.continue().catch(() => {});
  });
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('button', { name: /^JSON lines/ }).click();
  await page.getByText('records fetched').waitFor();
  const [stopped] = await Promise.all([page.waitForEvent('requestfailed'), page.keyboard.press('Escape')]);
  assert.match(stopped.url(), /app\/search/);
  await page.getByRole('group', { name: 'Show as' }).getByRole('button', { name: 'Table' }).click();
  await asks(page, 'order_paid | count by service, level');
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByText('The answer is on its way').waitFor();
  assert.ok(await page.getByRole('button', { name: /^CSV/ }).isDisabled());
  hold();
  await page.locator('.result-table').waitFor();
  assert.ok(await page.getByRole('button', { name: /^CSV/ }).isEnabled());
  await page.close();
});

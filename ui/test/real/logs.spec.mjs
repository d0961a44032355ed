/** The Logs page over the real program: the language, what it makes, and lines that come while one looks. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, watch } from '../../dev/browser.mjs';
import { send, startTripod } from './tripod.mjs';

const LINES = 600;
const begun = Date.now() - 10 * 60_000;
let tripod, browser, page;

const iso = (ms) => new Date(ms).toISOString();
const post = (lines) => send(`${tripod.url}/push/json?stream_fields=service`, 'application/x-ndjson', lines.map((l) => JSON.stringify(l)).join('\n'));

function line(i) {
  const common = { service: i % 3 ? 'shop' : 'rates', timestamp: iso(begun + i * 1000), n: i };
  if (i % 20 === 0) return { ...common, level: 'error', event: `payment ${i} refused: card declined`, path: '/pay', status: 402, duration_ms: 100 + i };
  return { ...common, level: i % 7 ? 'info' : 'warning', event: `order ${i} paid`, path: `/orders/${i % 4}`, status: 200, duration_ms: i % 50 };
}

before(async () => {
  tripod = await startTripod();
  await post(Array.from({ length: LINES }, (_, i) => line(i)));
  // Ten lines of one instant: only the order in which they were stored tells them apart.
  await post(Array.from({ length: 10 }, (_, i) => ({ service: 'burst', level: 'info', timestamp: iso(begun), event: `burst ${i}` })));
  browser = await launch();
  page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  page.setDefaultTimeout(10_000);
  page.problems = watch(page);
  await page.goto(tripod.link);
  await page.getByRole('heading', { name: 'Set a password' }).waitFor();
});

after(async () => {
  await browser?.close();
  await tripod?.stop();
});

const bar = () => page.getByRole('combobox', { name: 'Search logs' });
const open = (params) => page.goto(`${tripod.url}/logs?${new URLSearchParams(params)}`);
const query = () => new URL(page.url()).searchParams.get('q');

async function ask(q) {
  await bar().fill(q);
  await bar().press('Enter');
  await page.waitForFunction((x) => new URL(location).searchParams.get('q') === x, q);
}

test('words, fields and pipes are completed out of the records', async () => {
  await open({});
  await page.locator('.line').first().waitFor();
  await bar().pressSequentially('lev');
  await page.getByRole('listbox').getByRole('option', { name: /^level:/ }).waitFor();
  await bar().press('Tab');
  await page.getByRole('listbox').getByRole('option', { name: /^error/ }).click();
  assert.equal(await bar().inputValue(), 'level:error ');
  await bar().pressSequentially('| cou');
  await page.getByRole('listbox').getByRole('option', { name: /^count/ }).click();
  await bar().pressSequentially('by ser');
  await page.getByRole('listbox').getByRole('option', { name: /^service/ }).first().click();
  await bar().press('Enter');
  await page.locator('.result-table tbody tr').first().waitFor();
  assert.equal(query(), 'level:error | count by service');
  const rows = await page.locator('.result-table tbody tr').allInnerTexts();
  assert.deepEqual(rows.map((r) => r.split(/\s+/)), [['shop', '20'], ['rates', '10']]);
  assert.deepEqual(page.problems, []);
});

test('a row of a table leads to its records, with their number', async () => {
  await page.locator('.result-table tbody tr').nth(1).click();
  await page.locator('.line').first().waitFor();
  assert.equal(query(), 'level:error service:rates');
  await page.getByText('10 lines', { exact: true }).waitFor();
  assert.equal(await page.locator('.line').count(), 10);
});

test('facets take in, beside and out, counted by the server', async () => {
  await ask('order');
  const value = (v) => page.locator('.facet', { hasText: 'level' }).getByRole('button', { name: new RegExp(`^${v}`) }).first();
  await value('warn').click();
  await page.waitForFunction(() => new URL(location).searchParams.get('q') === 'order level:warn');
  await page.getByText('81 lines', { exact: true }).waitFor();
  await value('info').click({ modifiers: ['Shift'] });
  await page.waitForFunction(() => new URL(location).searchParams.get('q') === 'order level:warn -level:info');
  await page.getByText('81 lines', { exact: true }).waitFor();
});

test('patterns lead to exactly their lines', async () => {
  await ask('service:(shop OR rates) | patterns');
  const refused = page.locator('.patterns tbody tr', { hasText: 'refused' });
  await refused.waitFor();
  assert.equal((await refused.locator('td').first().innerText()).trim(), '30');
  await refused.getByRole('button', { name: 'Records' }).click();
  await page.getByText('30 lines', { exact: true }).waitFor();
});

test('series are drawn for each calculated column', async () => {
  await ask('| stats count, p95(duration_ms) by level every 1m');
  await page.locator('.u-over').nth(1).waitFor();
  assert.deepEqual(await page.locator('.series h3').allInnerTexts(), ['count', 'p95(duration_ms)']);
  assert.ok((await page.locator('.series').first().innerText()).includes('error'));
  assert.deepEqual(page.problems, []);
});

test('an error stands under its column', async () => {
  await ask('level:error (card OR');
  const alert = page.getByRole('alert').first();
  await alert.getByText(/^column 21:/).waitFor();
  assert.equal(await alert.locator('.caret').innerText(), `level:error (card OR\n${' '.repeat(20)}^`);
  assert.equal(await bar().getAttribute('aria-invalid'), 'true');
});

test('the lines around one are in the order in which they came, also within one instant', async () => {
  await ask('"burst 4"');
  await page.locator('.line').first().click();
  await page.getByRole('complementary', { name: 'Record' }).getByRole('button', { name: 'Context' }).click();
  await page.locator('.line-anchor').waitFor();
  const shown = await page.locator('.line-message').allInnerTexts();
  assert.deepEqual(shown, Array.from({ length: 10 }, (_, i) => `burst ${i}`));
  assert.match(await page.locator('.line-anchor').innerText(), /burst 4/);
});

test('the address of a line opens it again', async () => {
  const { searchParams } = new URL(page.url());
  await open({ row: searchParams.get('row'), start: 'now-1m' });
  await page.getByRole('complementary', { name: 'Record' }).getByText('burst 4').first().waitFor();
});

test('a view is kept by the server and opened from another page', async () => {
  await open({ q: 'level:error', cols: 'path,message' });
  await page.getByRole('button', { name: 'Saved views' }).click();
  await page.getByLabel('Name of the view').fill('Refused payments');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.locator('.views-name', { hasText: 'Refused payments' }).waitFor();
  await open({});
  await page.getByRole('button', { name: 'Saved views' }).click();
  await page.getByRole('link', { name: /Refused payments/ }).click();
  await page.waitForFunction(() => new URL(location).searchParams.get('q') === 'level:error');
  await page.getByRole('columnheader', { name: 'path' }).waitFor();
  await page.getByRole('button', { name: 'Saved views' }).click();
  await page.getByRole('button', { name: 'Delete “Refused payments”' }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByText('None yet').waitFor();
  assert.deepEqual(page.problems, []);
});

test('spans, errors and all of them are asked in the same bar', async () => {
  await open({ dataset: 'all', q: 'level:error' });
  await page.getByRole('columnheader', { name: 'From' }).waitFor();
  await page.getByText('30 records', { exact: true }).waitFor();
  await page.getByLabel('Dataset').selectOption('spans');
  await page.getByText('No span matches').waitFor();
});

test('the live tail begins with what is there and takes what comes', async () => {
  await open({ q: 'level:error', live: '1' });
  await page.locator('.line').first().waitFor();
  await page.getByText('Waiting for new lines').waitFor();
  await post([{ service: 'shop', level: 'info', timestamp: iso(Date.now()), event: 'not asked for' }, { service: 'shop', level: 'error', timestamp: iso(Date.now()), event: 'payment 1204 refused: live' }]);
  await page.locator('.line').first().filter({ hasText: 'payment 1204 refused: live' }).waitFor();
  await page.getByText('1 new since you switched to live').waitFor();
  await page.keyboard.press('p');
  await post([{ service: 'shop', level: 'error', timestamp: iso(Date.now()), event: 'payment 1205 refused: paused' }]);
  await page.getByText('paused, 1 waiting').waitFor();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.locator('.line').first().filter({ hasText: 'payment 1205' }).waitFor();
  assert.deepEqual(page.problems, []);
});

test('a question that a live tail cannot follow is an error', async () => {
  await open({ q: '| count by level', live: '1' });
  await page.getByRole('alert').getByText(/it takes only \| fields/).waitFor();
});

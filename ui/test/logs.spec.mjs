import assert from 'node:assert/strict';
import { test } from 'node:test';
import { params, useUi } from './helpers.mjs';

const ui = useUi();
const bar = (page) => page.getByRole('combobox', { name: 'Search logs' });

test('a query filters lines and histogram, and stands in the address', async () => {
  const page = await ui.open('/logs');
  await page.locator('.line').first().waitFor();
  await bar(page).fill('severity_text:error');
  await bar(page).press('Enter');
  await page.waitForFunction(() => [...document.querySelectorAll('.line-level')].every((e) => e.textContent === 'error'));
  assert.equal(params(page).q, 'severity_text:error');
  await page.locator('.histogram-legend button', { hasText: 'error' }).waitFor();
  assert.equal(await page.locator('.histogram-legend button').count(), 1);
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('fields and their values are completed', async () => {
  const page = await ui.open('/logs');
  await page.locator('.line').first().waitFor();
  await bar(page).pressSequentially('payment_m');
  await page.getByRole('option', { name: /^payment_method/ }).waitFor();
  await bar(page).press('Tab');
  await page.getByRole('option', { name: /paypal/ }).waitFor();
  await bar(page).press('ArrowDown');
  await bar(page).press('Enter');
  assert.match(await bar(page).inputValue(), /^payment_method:(card|paypal|invoice)$/);
  await page.close();
});

test('a line opens beside the list; its fields filter in and out', async () => {
  const page = await ui.open('/logs?q=order_paid');
  await page.locator('.line').nth(2).click();
  const record = page.getByRole('complementary', { name: 'Record' });
  await record.getByRole('rowheader', { name: 'order_id' }).waitFor();
  assert.ok(params(page).row);
  const method = record.getByRole('row', { name: /^payment_method/ });
  const value = (await method.getByRole('cell').first().innerText()).trim();
  await method.getByTitle('Only this value').click();
  await page.waitForFunction((v) => new URL(location).searchParams.get('q') === `order_paid AND payment_method:"${v}"`, value);
  await page.locator('.line').first().click();
  await record.getByRole('row', { name: /^payment_method/ }).getByTitle('Without this value').click();
  await page.waitForFunction((v) => new URL(location).searchParams.get('q') === `order_paid AND NOT payment_method:"${v}"`, value);
  await page.close();
});

test('a shared link shows its line even where the list does not hold it', async () => {
  const line = ui.mock.state.store.logs[5];
  const page = await ui.open(`/logs?start=now-5m&row=${line.time_ns}.${line.seq}`);
  await page.getByRole('complementary', { name: 'Record' }).getByText(line.fields.request_id, { exact: true }).waitFor();
  await page.close();
});

test('dragging over the histogram zooms into that time', async () => {
  const page = await ui.open('/logs');
  const plot = page.locator('.histogram-plot');
  await plot.waitFor();
  const box = await plot.boundingBox();
  await page.mouse.move(box.x + box.width * 0.25, box.y + 30);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 30, { steps: 4 });
  await page.mouse.up();
  await page.waitForFunction(() => new URL(location).searchParams.has('start'));
  const { start, end } = params(page);
  const minutes = (Date.parse(end) - Date.parse(start)) / 60_000;
  assert.ok(minutes > 13 && minutes < 18, `${minutes} min`);
  await page.goBack();
  await page.getByText('Last 1 hour').waitFor();
  await page.close();
});

test('scrolling fetches more; only what is in sight is in the page', async () => {
  const page = await ui.open('/logs?start=now-3h');
  await page.locator('.line').first().waitFor();
  const asked = () => ui.mock.state.requests.filter((r) => r.includes('GET search') && r.includes('cursor=')).length;
  const before = asked();
  await page.locator('.lines').evaluate((el) => el.scrollTo(0, el.scrollHeight));
  await page.waitForFunction(() => document.querySelector('.lines').scrollHeight > 7000);
  assert.ok(asked() > before);
  assert.ok((await page.locator('.line').count()) < 100);
  await page.close();
});

test('live tail puts new lines on top', async () => {
  const page = await ui.open('/logs');
  await page.locator('.line').first().waitFor();
  await page.getByRole('button', { name: 'Live' }).click();
  await page.getByText('Waiting for new lines').waitFor();
  await page.waitForResponse((r) => r.url().includes('/tail') && r.url().includes('cursor='));
  ui.mock.state.store.grow();
  await page.getByText(/new since you switched to live/).waitFor();
  const newest = ui.mock.state.store.logs.at(-1);
  await page.locator('.line').first().click();
  await page.getByRole('complementary', { name: 'Record' }).getByText(newest.fields.request_id, { exact: true }).first().waitFor();
  await page.close();
});

test('a query that is not valid shows where, not "no results"', async () => {
  const page = await ui.open(`/logs?q=${encodeURIComponent('größe:1 AND (a:2')}`);
  const alert = page.getByRole('alert').first();
  await alert.getByText('this parenthesis is not closed').waitFor();
  assert.equal(await alert.locator('.caret').innerText(), 'größe:1 AND (a:2\n            ^');
  assert.equal(await page.locator('.empty').count(), 0);
  await page.close();
});

test('partial answers and warnings are visible', async () => {
  const row = ui.mock.state.store.logs[0];
  ui.mock.state.override.set('search', { status: 200, body: { rows: [row], cursor: null, partial: true, warnings: ['stopped after 10 s'], stats: { scanned_rows: 1, scanned_bytes: 1, took_ms: 10_000 } } });
  const page = await ui.open('/logs');
  await page.getByText('stopped after 10 s').waitFor();
  await page.getByText('Only part of the data could be read').waitFor();
  ui.mock.state.override.clear();
  await page.close();
});

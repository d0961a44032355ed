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

test('fields, values and pipes are completed, each leading to the next', async () => {
  const page = await ui.open('/logs');
  await page.locator('.line').first().waitFor();
  await bar(page).pressSequentially('payment_m');
  await page.getByRole('option', { name: /^payment_method/ }).waitFor();
  await bar(page).press('Tab');
  await page.getByRole('option', { name: /paypal/ }).waitFor();
  await bar(page).press('ArrowDown');
  await bar(page).press('Enter');
  assert.match(await bar(page).inputValue(), /^payment_method:(card|paypal|invoice) $/);
  assert.equal(params(page).q, undefined, 'nothing is asked while it is written');
  await bar(page).pressSequentially('| pat');
  await page.getByRole('option', { name: /^patterns/ }).waitFor();
  await bar(page).press('Tab');
  await bar(page).press('Enter');
  await page.waitForFunction(() => /^payment_method:\w+ \| patterns$/.test(new URL(location).searchParams.get('q')));
  await page.locator('.pattern-text').first().waitFor();
  await page.close();
});

test('questions asked before are at hand', async () => {
  const page = await ui.open('/logs');
  for (const q of ['order_paid', 'checkout_started']) {
    await bar(page).fill(q);
    await bar(page).press('Enter');
    await page.waitForFunction((x) => new URL(location).searchParams.get('q') === x, q);
  }
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await bar(page).focus();
  await bar(page).press('ArrowUp');
  const past = page.getByRole('listbox').getByRole('option');
  await past.first().waitFor();
  assert.deepEqual((await past.allInnerTexts()).slice(0, 2), ['checkout_started', 'order_paid']);
  await past.nth(1).click();
  await page.waitForFunction(() => new URL(location).searchParams.get('q') === 'order_paid');
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
  await page.waitForFunction((v) => new URL(location).searchParams.get('q') === `order_paid payment_method:${v}`, value);
  await page.locator('.line').first().click();
  await record.getByRole('row', { name: /^payment_method/ }).getByTitle('Without this value').click();
  await page.waitForFunction((v) => new URL(location).searchParams.get('q') === `order_paid -payment_method:${v}`, value);
  await page.close();
});

test('a field becomes a column, and the columns stand in the address', async () => {
  const page = await ui.open('/logs?q=order_paid');
  await page.locator('.line').first().click();
  await page.getByRole('row', { name: /^payment_method/ }).getByRole('button', { name: 'More about payment_method' }).click();
  await page.getByRole('button', { name: 'Show as a column' }).click();
  await page.getByRole('columnheader', { name: 'payment_method' }).waitFor();
  assert.equal(params(page).cols, 'level,service,payment_method,message');
  await page.getByRole('columnheader', { name: 'payment_method' }).dragTo(page.getByRole('columnheader', { name: 'Level' }));
  await page.waitForFunction(() => new URL(location).searchParams.get('cols') === 'payment_method,level,service,message');
  await page.reload();
  assert.match(await page.locator('.line').first().locator('td').nth(1).innerText(), /^(card|paypal|invoice)$/);
  await page.locator('.lines-table th', { hasText: 'payment_method' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => new URL(location).searchParams.get('cols') === 'level,payment_method,service,message');
  await page.keyboard.press('ArrowLeft');
  await page.waitForFunction(() => new URL(location).searchParams.get('cols') === 'payment_method,level,service,message');
  await page.getByRole('columnheader', { name: 'payment_method' }).hover();
  await page.getByRole('button', { name: 'Take out the column payment_method' }).click();
  await page.waitForFunction(() => !new URL(location).searchParams.has('cols'));
  await page.close();
});

test('facets count values; a click takes one in, another one beside it, Shift leaves one out', async () => {
  const page = await ui.open('/logs');
  const value = (name) => page.locator('.facet-values').getByRole('button', { name: new RegExp(`^${name}`) }).first();
  await value('error').click();
  await page.waitForFunction(() => new URL(location).searchParams.get('q') === 'level:error');
  await value('warn').click();
  await page.waitForFunction(() => new URL(location).searchParams.get('q') === 'level:(error OR warn)');
  assert.equal(await value('warn').getAttribute('aria-pressed'), 'true');
  await value('error').click();
  await page.waitForFunction(() => new URL(location).searchParams.get('q') === 'level:warn');
  await value('info').click({ modifiers: ['Shift'] });
  await page.waitForFunction(() => new URL(location).searchParams.get('q') === 'level:warn -level:info');
  await page.getByRole('button', { name: 'Without level = info' }).click();
  await page.waitForFunction(() => new URL(location).searchParams.get('q') === 'level:warn');
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('the rest of a field’s values can be shown, also behind one that is chosen', async () => {
  const page = await ui.open('/logs');
  const facet = page.locator('.facet', { has: page.getByRole('button', { name: 'More about path' }) });
  const values = () => facet.locator('.facet-values li').count();
  await facet.getByRole('button', { name: /^More \(/ }).waitFor();
  const few = await values();
  await facet.locator('.value').first().click();
  await page.waitForFunction(() => new URL(location).searchParams.get('q')?.startsWith('path:'));
  await facet.getByRole('button', { name: /^More \(/ }).click();
  await facet.getByRole('button', { name: 'Fewer' }).waitFor();
  assert.ok((await values()) > few);
  assert.equal(await facet.locator('.value[aria-pressed="true"]').count(), 1);
  await facet.getByRole('button', { name: 'Fewer' }).click();
  await facet.getByRole('button', { name: /^More \(/ }).waitFor();
  assert.equal(await values(), few);
  await page.close();
});

test('a page that could not be fetched is asked for again, what is there stays', async () => {
  const page = await ui.open('/logs?start=now-3h');
  await page.locator('.line').first().waitFor();
  await page.route(/search\?.*cursor=/, (r) => r.fulfill({ status: 503, json: { error: { code: 'unavailable', message: 'too busy just now' } } }));
  const toEnd = () => page.locator('.lines').evaluate((el) => el.scrollTo(0, el.scrollHeight));
  await toEnd();
  await page.getByRole('alert').getByText('too busy just now').waitFor();
  const there = await page.locator('.lines').evaluate((el) => el.scrollTop);
  await page.unroute(/search\?.*cursor=/);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.waitForFunction(() => document.querySelector('.lines').scrollHeight > 7000);
  assert.ok((await page.locator('.lines').evaluate((el) => el.scrollTop)) >= there, 'the list did not begin anew');
  await page.close();
});

test('keys move, open, wrap and close', async () => {
  const page = await ui.open('/logs');
  await page.locator('.line').first().waitFor();
  for (const key of ['j', 'j', 'j', 'k']) await page.keyboard.press(key);
  assert.equal(params(page).row, undefined, 'moving opens nothing');
  const current = () => page.locator('.line[data-row-current="true"]').getAttribute('data-index');
  assert.equal(await current(), '1');
  await page.keyboard.press('Enter');
  await page.getByRole('complementary', { name: 'Record' }).waitFor();
  const before = params(page).row;
  await page.keyboard.press('j');
  await page.waitForFunction((b) => new URL(location).searchParams.get('row') !== b, before);
  await page.keyboard.press('Escape');
  await page.getByRole('complementary', { name: 'Record' }).waitFor({ state: 'detached' });
  await page.keyboard.press('w');
  await page.locator('.lines-wrap').waitFor();
  assert.equal(params(page).wrap, '1');
  await page.close();
});

test('where nothing is found, each condition can be dropped, and its field be changed', async () => {
  const page = await ui.open(`/logs?q=${encodeURIComponent('level:error service:nobody')}`);
  await page.getByText('No line matches').waitFor();
  await page.locator('.facet', { hasText: 'service' }).getByRole('button', { name: /^djzen/ }).first().waitFor();
  await page.getByRole('button', { name: 'Without service:nobody' }).click();
  await page.waitForFunction(() => new URL(location).searchParams.get('q') === 'level:error');
  await page.locator('.line').first().waitFor();
  await page.close();
});

test('the dataset is chosen and kept in the address', async () => {
  const page = await ui.open('/logs');
  await page.getByLabel('Dataset').selectOption('spans');
  await page.waitForFunction(() => new URL(location).searchParams.get('dataset') === 'spans');
  await page.getByRole('columnheader', { name: 'Duration' }).waitFor();
  await page.locator('.line').first().click();
  await page.getByRole('complementary', { name: 'Record' }).getByRole('rowheader', { name: 'kind' }).waitFor();
  assert.match(params(page).row, /^spans\.\d+\.\d+$/);
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
  const dimmed = [];
  await page.route(/search\?.*cursor=/, async (r) => {
    dimmed.push(await page.locator('.stale .lines').count());
    await r.continue();
  });
  await page.locator('.lines').evaluate((el) => el.scrollTo(0, el.scrollHeight));
  await page.waitForFunction(() => document.querySelector('.lines').scrollHeight > 7000);
  assert.ok(asked() > before);
  assert.deepEqual([...new Set(dimmed)], [0], 'what is there is not on its way');
  assert.ok((await page.locator('.line').count()) < 100);
  await page.close();
});

test('a query that is not valid shows where, not "no results"', async () => {
  const page = await ui.open(`/logs?q=${encodeURIComponent('größe:1 AND (a:2')}`);
  const alert = page.getByRole('alert').first();
  await alert.getByText('this parenthesis is not closed').waitFor();
  await page.locator('.q-bad').waitFor();
  assert.equal(await bar(page).getAttribute('aria-invalid'), 'true');
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

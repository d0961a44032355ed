/** A rule tried and saved, a release and a monitor seen, over the program itself. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { launch, watch } from '../../dev/browser.mjs';
import { KEY, send, startTripod } from './tripod.mjs';

const auth = { 'X-Sentry-Auth': `Sentry sentry_version=7, sentry_key=${KEY}` };
const VERSION = 'shop@1.5.0';
const started = new Date(Date.now() - 60_000).toISOString();

function event(phone) {
  const frames = [{ filename: 'shop/rates.py', module: 'shop.rates', function: 'price_of', lineno: 42, in_app: true }];
  return { event_id: randomBytes(16).toString('hex'), timestamp: Date.now() / 1000, platform: 'python', level: 'error', release: VERSION, environment: 'production', exception: { values: [{ type: 'RateMissing', value: 'no rate', stacktrace: { frames } }] }, extra: { phone } };
}
const store = (url, body) => send(`${url}/api/1/store/`, 'application/json', JSON.stringify(body), auth);

let tripod, browser, page;

before(async () => {
  tripod = await startTripod();
  await store(tripod.url, event('0151 23456'));
  const items = [
    [{ type: 'sessions' }, { aggregates: [{ started, exited: 97, crashed: 3 }], attrs: { release: VERSION, environment: 'production' } }],
    [{ type: 'check_in' }, { check_in_id: randomBytes(16).toString('hex'), monitor_slug: 'nightly', status: 'error', duration: 12.5, environment: 'production', monitor_config: { schedule: { type: 'crontab', value: '0 3 * * *' }, timezone: 'Europe/Berlin' } }],
  ];
  const body = ['{}', ...items.flat().map((x) => JSON.stringify(x))].join('\n');
  await send(`${tripod.url}/api/1/envelope/`, 'application/x-sentry-envelope', body, auth);
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

test('a release shows its health and its issue, and its address can be opened again', async () => {
  await page.goto(`${tripod.url}/releases`);
  const row = page.locator('table.releases tbody tr').filter({ hasText: VERSION });
  assert.match(await row.innerText(), /97 %/);
  await row.getByRole('link', { name: VERSION }).click();
  await page.locator('.health-charts .chart').first().waitFor();
  await page.reload();
  await page.getByText('3 of 100 crashed').waitFor();
  await page.getByRole('link', { name: 'RateMissing' }).first().waitFor();
  assert.deepEqual(page.problems, []);
});

test('a monitor that failed says so and leads to its issue', async () => {
  await page.goto(`${tripod.url}/crons`);
  const row = page.locator('table.crons tbody tr').filter({ hasText: 'nightly' });
  await row.getByText('failed', { exact: true }).waitFor();
  assert.match(await row.innerText(), /every day at 03:00/);
  await row.getByRole('link', { name: 'nightly' }).click();
  await page.getByRole('link', { name: /Monitor failure: nightly/ }).waitFor();
  await page.getByRole('link', { name: 'Issue', exact: true }).click();
  await page.waitForURL(/\/issues\/\d+\/events\//);
  assert.deepEqual(page.problems, []);
});

test('a scrubbing rule is refused at its line, tried, saved, and holds for the next event', async () => {
  await page.goto(`${tripod.url}/project/scrubbing`);
  const option = page.getByRole('option', { name: /RateMissing/ });
  await option.waitFor({ state: 'attached' });
  await page.getByLabel('The newest of').selectOption(await option.getAttribute('value'));
  await page.getByLabel('Scrubbing rules').fill('# phones\nhide key:phone');
  await page.getByRole('button', { name: 'Try' }).click();
  await page.getByText('Line 2, column 1: remove, mask or hash was expected').waitFor();
  await page.getByLabel('Scrubbing rules').fill('# phones\nmask key:phone');
  await page.getByRole('button', { name: 'Try' }).click();
  assert.match(await page.getByRole('row').filter({ hasText: 'extra.phone' }).innerText(), /0151 23456\s+\*{4} \*{5}/);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText(/^Saved/).waitFor();
  const next = event('0170 998877');
  await store(tripod.url, next);
  await page.goto(`${tripod.url}/id/${next.event_id}`);
  const stored = await page.evaluate(async (id) => (await fetch(`/api/app/events/${id}`)).json(), next.event_id);
  assert.equal(stored.payload.extra.phone, '**** ******');
  assert.deepEqual(page.problems, []);
});

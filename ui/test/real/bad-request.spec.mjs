/** The way of one bad request through the real program: sent as its SDKs would, followed from the issue to the log line. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { launch, watch } from '../../dev/browser.mjs';
import * as otlp from './otlp.mjs';
import { KEY, send, startTripod } from './tripod.mjs';

const SERVICE = 'shop';
const SQL = 'SELECT price FROM rates WHERE country = $1';
const PATH = '/checkout/';
const METHOD = 'POST';
const ids = {
  request: randomUUID(),
  trace: randomBytes(16).toString('hex'),
  server: randomBytes(8).toString('hex'),
  query: randomBytes(8).toString('hex'),
  sentryTrace: randomBytes(16).toString('hex'),
  event: randomBytes(16).toString('hex'),
};
// One request of 120 ms that began two seconds ago and failed after 100 ms of it.
const MS = 1_000_000n;
const begun = BigInt(Date.now() - 2000) * MS;

function span(more) {
  return { traceId: ids.trace, spanId: ids.server, name: `${METHOD} ${PATH}`, kind: 2, start: begun, end: begun + 120n * MS, ...more };
}

async function sendSpans(url) {
  const server = span({ failed: true, attributes: { 'http.request.method': METHOD, 'url.path': PATH, 'http.response.status_code': 500 } });
  const query = span({
    spanId: ids.query,
    parentId: ids.server,
    name: 'SELECT rates',
    kind: 3,
    start: begun + 10n * MS,
    end: begun + 70n * MS,
    attributes: { 'db.system.name': 'postgresql', 'db.query.text': SQL },
  });
  await send(`${url}/v1/traces`, 'application/x-protobuf', otlp.traces(SERVICE, [server, query]));
}

// Sentry's own trace id, as the SDK sends it where both tracers run: nothing in the event names the OpenTelemetry trace.
async function sendError(url) {
  const frame = { filename: 'shop/rates.py', module: 'shop.rates', function: 'price_of', lineno: 42, in_app: true, context_line: '    raise RateMissing(country)', vars: { country: "'NO'" } };
  const event = {
    event_id: ids.event,
    timestamp: Number(begun / MS + 100n) / 1000,
    platform: 'python',
    level: 'error',
    transaction: PATH,
    release: 'abc124',
    environment: 'production',
    exception: { values: [{ type: 'RateMissing', value: 'no rate for NO', mechanism: { type: 'django', handled: false }, stacktrace: { frames: [frame] } }] },
    contexts: { trace: { trace_id: ids.sentryTrace, span_id: ids.server } },
    request: { method: METHOD, url: `http://shop.example${PATH}`, data: { password: 'hunter2-of-the-test' } },
  };
  const header = { 'X-Sentry-Auth': `Sentry sentry_version=7, sentry_key=${KEY}` };
  const answer = await send(`${url}/api/1/store/`, 'application/json', JSON.stringify(event), header);
  assert.equal(JSON.parse(answer).id, ids.event);
}

// The record that joins the two worlds: it carries the request id of the lines and the trace id of the spans.
async function sendLogs(url) {
  const record = {
    time: begun + 101n * MS,
    severity: 17,
    level: 'ERROR',
    body: 'no rate for NO',
    traceId: ids.trace,
    spanId: ids.server,
    attributes: { request_id: ids.request },
  };
  await send(`${url}/v1/logs`, 'application/x-protobuf', otlp.logs(SERVICE, [record]));
  const line = (event, at, level) =>
    JSON.stringify({ event, level, timestamp: new Date(Number(begun / MS) + at).toISOString(), request_id: ids.request, path: PATH, order_id: 4711 });
  const lines = [line('checkout_started', 5, 'info'), line('request_finished', 119, 'error')].join('\n');
  const answer = await send(`${url}/push/json?extra_fields=service_name=${SERVICE}`, 'application/x-ndjson', lines);
  assert.equal(JSON.parse(answer).accepted, 2);
}

let tripod, browser, page;
let violations;

before(async () => {
  tripod = await startTripod();
  await sendSpans(tripod.url);
  await sendError(tripod.url);
  await sendLogs(tripod.url);
  await send(`${tripod.url}/v1/metrics`, 'application/x-protobuf', otlp.gauge(SERVICE, 'checkout_failures', begun, 1));
  browser = await launch();
  page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  page.setDefaultTimeout(10_000);
  page.problems = watch(page);
  violations = [];
  await page.exposeFunction('violated', (what) => violations.push(what));
  await page.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', (e) => window.violated(`${e.violatedDirective} ${e.blockedURI}`)),
  );
});

after(async () => {
  await browser?.close();
  await tripod?.stop();
});

function clean() {
  assert.deepEqual(page.problems, []);
  assert.deepEqual(violations, []);
}

const pathOf = () => new URL(page.url()).pathname;

test('the printed link signs in once, and Get started has four ticks', async () => {
  await page.goto(tripod.link);
  await page.getByRole('heading', { name: 'Set a password' }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get('token'), null);
  await page.goto(`${tripod.url}/start`);
  await page.getByText('All four signals are arriving.').waitFor();
  assert.equal(await page.locator('.lane .tick.on').count(), 4);
  assert.match(await page.locator('[data-lane=errors] .tick').innerText(), /1 event/);
  assert.match(await page.locator('[data-lane=logs] .tick').innerText(), /3 lines/);
  await page.getByText('Nothing has been refused.').waitFor();
  clean();

  const again = await fetch(`${tripod.url}/api/app/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ token: new URL(tripod.link).searchParams.get('token') }),
  });
  assert.equal(again.status, 401);
});

test('from the issue to everything linked to it', async () => {
  await page.getByRole('navigation').getByRole('link', { name: 'Issues' }).click();
  await page.getByRole('link', { name: 'RateMissing' }).click();
  await page.locator('.exception').first().waitFor();
  assert.match(pathOf(), /^\/issues\/\d+$/);
  assert.match(await page.locator('.exception').first().innerText(), /no rate for NO/);
  assert.match(await page.locator('.source-line.current').first().innerText(), /raise RateMissing\(country\)/);
  assert.equal(await page.getByText('hunter2-of-the-test').count(), 0);

  await page.getByRole('link', { name: 'Everything linked' }).click();
  await page.getByRole('heading', { name: 'Identities' }).waitFor();
  const identities = await page.locator('table.table').first().innerText();
  for (const id of [ids.request, ids.trace, ids.sentryTrace, ids.event]) assert.match(identities, new RegExp(id));
  const guessed = page.getByRole('row').filter({ hasText: ids.trace });
  assert.match(await guessed.innerText(), /probable/);
  assert.match(await guessed.innerText(), /only server span of that path/);
  await page.getByRole('heading', { name: '3 log lines' }).waitFor();
  clean();
});

test('from there to the trace and the statement it waited for', async () => {
  await page.locator('table.traces a').filter({ hasText: `${METHOD} ${PATH}` }).click();
  await page.getByRole('tree', { name: 'Spans' }).waitFor();
  assert.equal(pathOf(), `/traces/${ids.trace}`);
  assert.equal(await page.locator('.span-row').count(), 2);
  assert.equal(await page.locator('.span-row.failed').count(), 1);
  await page.locator('.span-row').nth(1).click();
  await page.getByText(`span ${ids.query}`).waitFor();
  const detail = await page.getByRole('complementary').last().innerText();
  assert.ok(detail.replace(/\s+/g, ' ').includes(SQL), detail);
  assert.match(detail, /60(\.0)? ms/);

  await page.getByRole('tab', { name: /^Errors/ }).click();
  await page.getByRole('link', { name: 'RateMissing: no rate for NO' }).waitFor();
  clean();
});

test('from the trace to its lines, and one line as the whole record', async () => {
  await page.getByRole('tab', { name: /^Logs/ }).click();
  await page.getByRole('link', { name: 'checkout_started' }).waitFor();
  assert.deepEqual(await page.locator('.line-message').allInnerTexts(), ['checkout_started', 'no rate for NO', 'request_finished']);
  await page.getByRole('link', { name: 'checkout_started' }).click();
  const record = page.getByRole('complementary', { name: 'Record' });
  await record.getByText('order_id').first().waitFor();
  assert.equal(pathOf(), '/logs');
  const shown = await record.innerText();
  for (const part of ['checkout_started', ids.request, '4711', PATH, SERVICE]) assert.ok(shown.includes(part), `${part} in ${shown}`);
  clean();
});

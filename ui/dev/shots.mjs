/**
 * Screenshots of every page in dark and light over the mock server, into ui/.screens (or the folder given).
 *
 *   node dev/shots.mjs [folder] [only-these,names]
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { launch, watch } from './browser.mjs';
import { startMock } from './mock.mjs';

const folder = process.argv[2] ?? fileURLToPath(new URL('../.screens', import.meta.url));
const only = process.argv[3]?.split(',');
mkdirSync(folder, { recursive: true });

const full = await startMock({ signedIn: true, grow: true });
const empty = await startMock({ signedIn: true, empty: true });
const out = await startMock({});
const { store } = full.state;
const failed = store.requests.filter((q) => q.failed && q.route.event === 'checkout_started').at(-1);
const plusOne = store.requests.filter((q) => q.route.plusOne && q.sentry).at(-1);
const line = store.logs.findLast((l) => l.fields.severity_text === 'error');

const SHOTS = [
  ['overview', full, '/', async (p) => hover(p, '.chart-panel .u-over', 0.7)],
  ['issues', full, '/issues?start=now-24h'],
  ['issues-chosen', full, '/issues?start=now-24h', async (p) => {
    for (const key of ['j', 'x', 'j', 'j', 'Shift+X']) await p.keyboard.press(key);
    await p.getByRole('button', { name: 'Archive', exact: true }).click();
  }],
  ['issues-error', full, '/issues?query=level%3Aerror+is%3Abroken'],
  ['issues-searches', full, '/issues?start=now-24h', async (p) => p.getByRole('button', { name: 'Searches' }).click()],
  ['issue', full, '/issues/12'],
  ['issue-activity', full, '/issues/9/activity'],
  ['issue-grouping', full, '/issues/12/grouping', async (p) => p.getByLabel('with what did not count').check()],
  ['issue-feedback', full, '/issues/12/feedback'],
  ['issue-resolved', full, '/issues/3'],
  ['issue-events', full, '/issues/12/all-events'],
  ['issue-recursion', full, '/issues/7'],
  ['map', full, '/map'],
  ['map-node', full, '/map?node=djzen'],
  ['map-empty', empty, '/map'],
  ['logs', full, '/logs', async (p) => hover(p, '.histogram-plot', 0.55)],
  ['logs-record', full, `/logs?q=level%3Aerror&row=${line.time_ns}.${line.seq}`],
  ['logs-complete', full, '/logs', async (p) => {
    await p.fill('.querybar-input', '');
    await p.type('.querybar-input', 'pa');
    await p.waitForSelector('.suggestions');
  }],
  ['logs-live', full, '/logs?live=1', async (p) => p.waitForTimeout(3000)],
  ['logs-error', full, '/logs?q=(level%3Aerror'],
  ['logs-none', full, '/logs?q=zzzzz+level%3Aerror'],
  ['logs-table', full, '/logs?start=now-3h&q=%7C+count+by+path%2C+level'],
  ['logs-chart', full, '/logs?start=now-3h&q=%7C+count+by+level+every+5m', async (p) => hover(p, '.u-over', 0.6)],
  ['logs-patterns', full, '/logs?start=now-3h&q=%7C+patterns'],
  ['logs-context', full, `/logs?around=${line.time_ns}.${line.seq}&row=${line.time_ns}.${line.seq}`],
  ['logs-columns', full, '/logs?cols=level%2Cpath%2Cstatus%2Cmessage&wrap=1'],
  ['traces', full, '/traces'],
  ['trace', full, `/traces/${plusOne.traceId}`],
  ['trace-span', full, `/traces/${plusOne.traceId}`, async (p) => p.click('.span-row:nth-child(9)')],
  ['trace-failed', full, `/traces/${failed.traceId}`, async (p) => p.click('.span-row:nth-child(1)')],
  ['trace-flame', full, `/traces/${plusOne.traceId}?view=flame`, async (p) => p.locator('.flame-table button').first().click()],
  ['trace-logs', full, `/traces/${failed.traceId}?view=logs`],
  ['trace-links', full, `/traces/${failed.traceId}?view=links`],
  ['metrics', full, '/explore'],
  ['metrics-graph', full, `/explore?a=${encodeURIComponent('sum by (view) (rate(django_http_requests_total_by_view_transport_method_total[5m]))')}&b=${encodeURIComponent('histogram_quantile(0.95, sum by (le) (rate(django_http_requests_latency_seconds_by_view_method_bucket[5m])))')}`, async (p) => hover(p, '.graph .u-over', 0.6)],
  ['metrics-complete', full, '/explore?a=orders_total', async (p) => {
    await p.locator('.editor-host').first().click();
    await p.keyboard.press('End');
    await p.keyboard.type(' + django_h');
    await p.waitForTimeout(900);
  }],
  ['metrics-table', full, '/explore?a=orders_total&view=table'],
  ['metrics-error', full, '/explore?a=rate(orders_total)'],
  ['releases', full, '/releases'],
  ['releases-empty', empty, '/releases'],
  ['release', full, '/release?version=shop%401.5.0', async (p) => hover(p, '.health-charts .u-over', 0.95)],
  ['release-no-sessions', full, '/release?version=worker%4077'],
  ['compare', full, '/releases/compare?base=shop%401.4.2&release=shop%401.5.0'],
  ['crons', full, '/crons'],
  ['crons-empty', empty, '/crons'],
  ['cron', full, '/crons/2?period=24h'],
  ['project', full, '/project'],
  ['project-limits', full, '/project/limits'],
  ['project-scrubbing', full, '/project/scrubbing', async (p) => {
    await p.getByLabel('Scrubbing rules').fill('remove key:*server*');
    await p.getByRole('button', { name: 'Try' }).click();
    await p.getByLabel('What would change').waitFor();
  }],
  ['project-grouping', full, '/project/grouping'],
  ['project-discarded', full, '/project/discarded'],
  ['project-feedback', full, '/project/feedback'],
  ['linked', full, `/id/${failed.id}`],
  ['start', full, '/start'],
  ['start-empty', empty, '/start'],
  ['overview-empty', empty, '/'],
  ['settings', full, '/settings'],
  ['tokens', full, '/settings/tokens', async (p) => {
    await p.fill('.token-form input.input', 'laptop');
    await p.click('.token-form .primary');
    await p.waitForSelector('.made');
  }],
  ['account', full, '/settings/account'],
  ['signin', out, '/signin'],
  ['palette', full, '/', async (p) => {
    await p.keyboard.press('Control+k');
    await p.keyboard.type('ship');
    await p.waitForTimeout(500);
  }],
  ['timepicker', full, '/issues', async (p) => {
    await p.keyboard.press('d');
    await p.keyboard.type('since 10:30');
  }],
  ['help', full, '/issues', async (p) => p.keyboard.press('?')],
];

async function hover(page, selector, at) {
  const box = await page.locator(selector).first().boundingBox();
  await page.mouse.move(box.x + box.width * at, box.y + box.height * 0.4);
  await page.waitForTimeout(100);
}

const browser = await launch();
for (const scheme of ['light', 'dark']) {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width: 1440, height: 900 } });
  for (const [name, mock, path, act] of SHOTS) {
    if (only && !only.includes(name)) continue;
    const page = await context.newPage();
    const problems = watch(page);
    await page.goto(mock.url + path);
    await page.waitForLoadState('networkidle').catch(() => {});
    await page.waitForTimeout(250);
    try {
      await act?.(page);
      await page.waitForTimeout(150);
    } catch (e) {
      problems.push(String(e));
    }
    await page.screenshot({ path: `${folder}/${name}-${scheme}.png` });
    for (const p of problems) console.log(`${name}-${scheme}: ${p}`);
    await page.close();
  }
  await context.close();
}
await browser.close();
await Promise.all([full.close(), empty.close(), out.close()]);

/** Rules that hold for the whole UI: the policy, the network, the size, names for what can be pressed. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { useUi } from './helpers.mjs';

const ui = useUi();
const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const KB = 1000;

const pages = () => {
  const q = ui.mock.state.store.requests.filter((r) => r.failed && r.route.event === 'checkout_started').at(-1);
  return ['/', '/start', '/issues', '/issues/12', '/issues/7', '/issues/12/all-events', '/issues/9/activity', '/issues/12/grouping', '/issues/12/feedback', '/logs', '/traces', `/traces/${q.traceId}`, `/traces/${q.traceId}?view=links`, '/map', '/map?node=djzen', '/explore?a=up', '/series', '/dashboards', '/dashboards/django', '/dashboards/new', '/releases', '/release?version=shop%401.5.0', '/release?version=worker%4077', '/releases/compare?base=shop%401.4.2&release=shop%401.5.0', '/crons', '/crons/3', '/project', '/project/limits', '/project/scrubbing', '/project/grouping', '/project/discarded', '/project/feedback', `/id/${q.id}`, '/settings', '/settings/tokens', '/settings/account'];
};

test('no page breaks the policy, reports an error, or asks another host', async () => {
  for (const path of pages()) {
    const page = await ui.open(path);
    await page.locator('main').waitFor();
    await page.waitForFunction(() => !document.querySelector('.loading'));
    assert.deepEqual(page.problems, [], path);
    await page.close();
  }
});

test('everything that can be pressed has a name, every field a label', async () => {
  for (const path of pages()) {
    const page = await ui.open(path);
    await page.locator('main').waitFor();
    await page.waitForFunction(() => !document.querySelector('.loading'));
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll('button, a[href], input, select')]
        .filter((el) => {
          const label = el.getAttribute('aria-label') || el.textContent.trim() || el.title || el.closest('label')?.textContent.trim();
          return !label;
        })
        .map((el) => el.outerHTML.slice(0, 120)),
    );
    assert.deepEqual(nameless, [], path);
    await page.close();
  }
});

test('pages fit a narrow window without scrolling sideways', async () => {
  for (const path of pages()) {
    const page = await ui.open(path);
    await page.setViewportSize({ width: 760, height: 800 });
    await page.waitForFunction(() => !document.querySelector('.loading'));
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${path}: ${over} px too wide`);
    await page.close();
  }
});

test('the document holds no inline script or style', () => {
  const html = readFileSync(`${DIST}index.html`, 'utf8');
  assert.doesNotMatch(html, /<style|style="|<script(?![^>]*src=)|\son\w+="/);
  assert.doesNotMatch(html, /https?:\/\//);
});

test('the whole UI is under 420 kB gzip, the first page under 120 kB', async () => {
  const size = (name) => gzipSync(readFileSync(`${DIST}assets/${name}`), { level: 9 }).length;
  const all = readdirSync(`${DIST}assets`).reduce((n, f) => n + size(f), 0);
  const page = await ui.context.newPage();
  const fetched = new Set();
  page.on('request', (r) => r.url().includes('/assets/') && fetched.add(r.url().split('/assets/')[1]));
  await page.goto(`${ui.mock.url}/`);
  await page.locator('table.services').waitFor();
  const first = [...fetched].reduce((n, f) => n + size(f), 0);
  console.log(`whole ${(all / KB).toFixed(1)} kB, first page ${(first / KB).toFixed(1)} kB gzip`);
  assert.ok(all < 420 * KB, `whole ${all}`);
  assert.ok(first < 120 * KB, `first ${first}`);
  assert.ok(first > 20 * KB, 'the first page was measured');
  await page.close();
});

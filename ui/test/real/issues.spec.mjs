/** Issues over the real program: an error that is sent shows at once; what is done with an issue, and what brings it back. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { launch, watch } from '../../dev/browser.mjs';
import { KEY, send, startTripod } from './tripod.mjs';

/** Counts and pages follow within a second or so; a busy machine has some more. */
const SOON = 5000;
let tripod, browser, page;

/** One error event as an SDK sends it; `more` stands in place of what it says itself. */
async function raise(type, release, more = {}) {
  const name = type.toLowerCase();
  const frame = { module: `shop.${name}`, function: 'run', filename: `shop/${name}.py`, lineno: 7, in_app: true, context_line: `    raise ${type}()` };
  const library = { module: 'django.core.handlers.base', function: '_get_response', filename: 'django/core/handlers/base.py', abs_path: '/srv/venv/lib/python3.11/site-packages/django/core/handlers/base.py', lineno: 197, in_app: false, context_line: '    response = callback(request)' };
  const event = { event_id: randomBytes(16).toString('hex'), timestamp: Date.now() / 1000, platform: 'python', level: 'error', release, environment: 'production', tags: { browser: 'Firefox' }, user: { id: 'u1' }, request: { method: 'POST', url: 'http://shop.example/pay', data: { password: 'hunter2' } }, exception: { values: [{ type, value: 'it broke', stacktrace: { frames: [library, frame] } }] }, ...more };
  await send(`${tripod.url}/api/1/store/`, 'application/json', JSON.stringify(event), { 'X-Sentry-Auth': `Sentry sentry_version=7, sentry_key=${KEY}` });
  return event.event_id;
}

before(async () => {
  tripod = await startTripod();
  await raise('KeyError', 'shop@1.0.0');
  await raise('ValueError', 'shop@1.0.0', { tags: { browser: 'Chrome' } });
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

const row = (name) => page.locator('table.issues tbody tr', { has: page.getByRole('link', { name, exact: true }) });
const state = (text) => page.waitForFunction((t) => document.querySelector('.issue-state .badge')?.textContent === t, text, { timeout: SOON });
const tab = (name) => page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name });
const problems = () => assert.deepEqual(page.problems, []);

async function search(text) {
  await page.getByLabel('Search issues').fill(text);
  await page.keyboard.press('Enter');
  await page.waitForFunction((q) => (new URL(location).searchParams.get('query') ?? '') === q, text);
}

test('an error that is sent is in the open list within a second or so', async () => {
  await page.goto(`${tripod.url}/issues`);
  await row('KeyError').waitFor();
  await raise('TypeError', 'shop@1.0.0');
  await row('TypeError').waitFor({ timeout: SOON });
  await raise('TypeError', 'shop@1.0.0');
  await row('TypeError').locator('.num.strong', { hasText: /^2$/ }).waitFor({ timeout: SOON });
  problems();
});

test('issues are found in Sentry’s words; an error names its place', async () => {
  await page.goto(`${tripod.url}/issues`);
  await search('is:new browser:Chrome times_seen:<5 firstSeen:-24h release:latest');
  await row('ValueError').waitFor();
  assert.equal(await page.locator('.issue-title').count(), 1);
  await search('level:error assigned:somebody');
  await page.getByText('column 22: no user "somebody"').waitFor();
  assert.equal(await page.locator('.q-bad').innerText(), 'somebody');
  problems();
});

test('resolved in the next release: an event of the same leaves it, one of a later brings it back', async () => {
  await page.goto(`${tripod.url}/issues`);
  await row('KeyError').getByRole('link', { name: 'KeyError' }).click();
  await page.getByRole('button', { name: 'Resolve in a release' }).click();
  await page.getByRole('button', { name: /^In the next release/ }).click();
  await state('Resolved in the release after shop@1.0.0');
  await raise('KeyError', 'shop@1.0.0');
  await page.locator('.issue-side').getByText('2', { exact: true }).waitFor({ timeout: SOON });
  await state('Resolved in the release after shop@1.0.0');
  await raise('KeyError', 'shop@1.1.0');
  await state('Regressed');
  await page.getByText(/^A newer event came/).waitFor();
  await tab('Activity').click();
  await page.getByText('It came back in release shop@1.1.0').waitFor();
  await page.getByText('resolved it in the release after shop@1.0.0').waitFor();
  problems();
});

test('archived until two more events, and it is escalating then', async () => {
  await page.goto(`${tripod.url}/issues`);
  await row('TypeError').getByRole('link', { name: 'TypeError' }).click();
  await page.getByRole('button', { name: 'Archive', exact: true }).click();
  await page.getByLabel('More events').fill('2');
  await page.getByRole('button', { name: 'Archive until then' }).click();
  await state('Archived until 2 more events');
  await raise('TypeError', 'shop@1.1.0');
  await raise('TypeError', 'shop@1.1.0');
  await state('Escalating');
  problems();
});

test('a comment is written and changed, the issue is taken', async () => {
  await tab('Activity').click();
  await page.getByLabel('Write a comment').fill('seen in June');
  await page.getByRole('button', { name: 'Comment', exact: true }).click();
  await page.locator('.comment', { hasText: 'seen in June' }).waitFor();
  await page.getByRole('button', { name: 'Change the comment' }).click();
  await page.getByRole('textbox', { name: 'Change the comment' }).fill('seen in July');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('.comment', { hasText: 'seen in July' }).waitFor();
  await page.keyboard.press('m');
  await page.locator('.activity').getByText('took it').waitFor();
  problems();
});

test('two are merged and taken apart again, with what came meanwhile', async () => {
  await page.goto(`${tripod.url}/issues`);
  await row('KeyError').getByRole('checkbox').click();
  await row('ValueError').getByRole('checkbox').click();
  const chosen = page.getByRole('region', { name: 'Chosen issues' });
  await chosen.getByRole('button', { name: 'Merge' }).click();
  await page.getByRole('dialog', { name: 'Merge' }).getByRole('button', { name: /^KeyError/ }).click();
  await row('ValueError').waitFor({ state: 'detached' });
  await row('KeyError').locator('.num.strong', { hasText: /^4$/ }).waitFor();
  await raise('ValueError', 'shop@1.1.0');
  await row('KeyError').locator('.num.strong', { hasText: /^5$/ }).waitFor({ timeout: SOON });
  await row('KeyError').getByRole('link', { name: 'KeyError' }).click();
  await tab(/^Grouping/).click();
  await page.getByRole('row', { name: /ValueError/ }).getByRole('button', { name: 'Take it out' }).click();
  await page.getByText(/^Nothing: all its events/).waitFor();
  await page.goto(`${tripod.url}/issues`);
  await row('ValueError').locator('.num.strong', { hasText: /^2$/ }).waitFor();
  await row('KeyError').locator('.num.strong', { hasText: /^3$/ }).waitFor();
  problems();
});

test('why it is one issue, and what was removed from its events', async () => {
  await row('KeyError').getByRole('link', { name: 'KeyError' }).click();
  await page.getByText('What was removed').click();
  await page.getByRole('rowheader', { name: 'request.data.password' }).waitFor();
  await page.getByRole('link', { name: 'Why this issue' }).click();
  await page.getByText('Events with this exception').waitFor();
  await page.getByLabel('with what did not count').check();
  await page.getByText("not the application's own: says the client").first().waitFor();
  await page.locator('.hashes').getByText('this event').first().waitFor();
  problems();
});

test('deleted after a question: gone with its events, and an error like it begins anew', async () => {
  await page.goto(`${tripod.url}/issues`);
  await row('TypeError').getByRole('checkbox').click();
  await page.getByRole('region', { name: 'Chosen issues' }).getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await row('TypeError').waitFor({ state: 'detached' });
  await raise('TypeError', 'shop@1.1.0');
  await row('TypeError').locator('.num.strong', { hasText: /^1$/ }).waitFor({ timeout: SOON });
  problems();
});

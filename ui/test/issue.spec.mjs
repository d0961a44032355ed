/** The page of one issue: its state in words, its history, why it is one, what came with it, and how it follows what comes in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathOf, useUi } from './helpers.mjs';

const ui = useUi();
const issue = (id) => ui.mock.state.store.issues.find((i) => i.id === id);
const state = (page) => page.locator('.issue-state .badge');
const tab = (page, name) => page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name });
const resolve = (page) => page.getByRole('button', { name: 'Resolve', exact: true });

test('its state is said in words, and an event brings it back before one’s eyes', async () => {
  const page = await ui.open('/issues/14');
  await resolve(page).waitFor();
  await page.getByRole('button', { name: 'Resolve in a release' }).click();
  await page.getByRole('button', { name: /^In the next release/ }).click();
  await page.waitForFunction(() => document.querySelector('.issue-state .badge')?.textContent === 'Resolved in the release after shop@1.5.0');
  await page.getByText(/^by admin,/).waitFor();
  ui.mock.state.arrive(14);
  await page.waitForFunction(() => document.querySelector('.issue-state .badge')?.textContent === 'Regressed', null, { timeout: 2500 });
  await page.getByRole('status').getByText(/^A newer event came/).waitFor();
  await page.getByRole('button', { name: 'Show it' }).click();
  await page.getByText(/^A newer event came/).waitFor({ state: 'detached' });
  await tab(page, 'Activity').click();
  await page.getByText('It came back in release shop@1.5.0').waitFor();
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('archived by menu, reopened by key, taken back', async () => {
  const page = await ui.open('/issues/7');
  await page.getByRole('button', { name: 'Archive', exact: true }).click();
  await page.getByLabel('More users').fill('5');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('.issue-state .badge')?.textContent === 'Archived until 5 more users');
  await page.keyboard.press('u');
  await resolve(page).waitFor();
  await page.keyboard.press('i');
  await page.waitForFunction(() => document.querySelector('.issue-state .badge')?.textContent === 'Archived for ever');
  await page.keyboard.press('z');
  await resolve(page).waitFor();
  await page.close();
});

test('comments are written, changed and deleted', async () => {
  const page = await ui.open('/issues/14/activity');
  await page.getByLabel('Write a comment').fill('seen in June\n<b>twice</b>');
  await page.keyboard.press('Control+Enter');
  const comment = page.locator('.comment');
  await comment.waitFor();
  assert.equal(await comment.innerText(), 'seen in June\n<b>twice</b>', 'text, not markup');
  assert.equal(await page.getByLabel('Write a comment').inputValue(), '');
  await page.getByRole('button', { name: 'Change the comment' }).click();
  await page.getByRole('textbox', { name: 'Change the comment' }).fill('seen in July');
  await page.getByRole('button', { name: 'Save' }).click();
  await comment.getByText('seen in July').waitFor();
  await page.getByText('changed since').waitFor();
  await page.getByRole('button', { name: 'Delete the comment' }).click();
  await page.getByRole('button', { name: 'Delete it' }).click();
  await comment.waitFor({ state: 'detached' });
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('the history names who did what', async () => {
  const page = await ui.open('/issues/9/activity');
  await page.locator('.activity').waitFor();
  const lines = await page.locator('.activity-line').allTextContents();
  assert.match(lines[0], /^ ?It came back in release shop@1\.5\.0/);
  assert.match(lines[1], /^ann@example\.com wrote/);
  assert.match(lines[2], /^ann@example\.com resolved it in the release after shop@1\.4\.2/);
  assert.match(lines[3], /^ann@example\.com took it/);
  await page.close();
});

test('merged issues are listed, and taken out again', async () => {
  issue(7).merged_into = 9;
  const page = await ui.open('/issues/7');
  await page.getByText('It is part of').waitFor();
  await page.getByRole('link', { name: 'DEFAULT-9', exact: true }).click();
  await page.waitForURL(/\/issues\/9$/);
  await tab(page, /^Grouping/).click();
  await page.getByRole('row', { name: /DEFAULT-7/ }).getByRole('button', { name: 'Take it out' }).click();
  await page.getByText(/^Nothing: all its events/).waitFor();
  assert.equal(issue(7).merged_into, null);
  await tab(page, 'Activity').click();
  await page.getByText(/took DEFAULT-7 out again/).waitFor();
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('why it is one issue: what counted, and with a tick what did not and why', async () => {
  const page = await ui.open('/issues/12');
  await page.getByRole('link', { name: 'Why this issue' }).click();
  await page.getByText('Events with this chain of exceptions').waitFor();
  const app = page.locator('.variant').first();
  await app.getByText('RateTable').or(app.getByText('by_speed = self._table[zone]')).first().waitFor();
  assert.equal(await app.getByText(/site-packages/).count(), 0);
  await page.getByLabel('with what did not count').check();
  await app.getByText(/built-in stack trace rule/).first().waitFor();
  await app.getByText('not used: the stack trace takes precedence').first().waitFor();
  const hash = (await app.locator('.variant-hash').innerText()).trim();
  await page.locator('.hashes li', { hasText: hash }).getByText('this event').waitFor();
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('of a flood an event that is whole says why it is one issue', async () => {
  const { events } = issue(9);
  events.slice(0, 3).forEach((e) => (e.thinned = true));
  const page = await ui.open('/issues/9');
  await page.getByText('One of a flood').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Why this issue' }).count(), 0);
  await tab(page, 'Grouping').click();
  await page.getByRole('link', { name: events[3].event_id.slice(0, 8) }).waitFor();
  events.forEach((e) => (e.thinned = false));
  await page.close();
});

test('what came with an event can be downloaded, what was removed is told by place', async () => {
  const page = await ui.open('/issues/12');
  const log = page.getByRole('link', { name: 'Download requests.log' });
  await log.waitFor();
  assert.match(await log.getAttribute('href'), /^\/api\/app\/attachments\/1{32}$/);
  assert.notEqual(await log.getAttribute('download'), null);
  await page.getByText('What was removed').click();
  await page.getByRole('row', { name: /request\.headers\.Cookie 2 times/ }).waitFor();
  assert.match(await page.getByRole('link', { name: 'JSON' }).getAttribute('href'), /^\/api\/app\/events\/[0-9a-f]{32}$/);
  await page.close();
});

test('what users wrote leads to its event; where nobody wrote that is said', async () => {
  const page = await ui.open('/issues/12/feedback');
  await page.getByText('My basket is empty now.').waitFor();
  await page.getByRole('link', { name: /^Event / }).click();
  await page.waitForURL(/\/issues\/12\/events\//);
  await page.goto(`${ui.mock.url}/issues/14/feedback`);
  await page.getByText('No user wrote about it').waitFor();
  await page.close();
});

test('a panel that cannot be loaded says so, the others stand', async () => {
  const { override } = ui.mock.state;
  const broken = { status: 503, body: { error: { code: 'unavailable', message: 'the store of items is closed' } } };
  for (const path of ['issues/12/tags', 'issues/12/feedback', `events/${issue(12).events[0].event_id}/attachments`]) override.set(path, broken);
  const page = await ui.open('/issues/12');
  await page.locator('.exception').first().waitFor();
  await page.locator('.issue-side').getByText('the store of items is closed').waitFor();
  await page.locator('.issue-main').getByText('the store of items is closed').waitFor();
  await tab(page, 'Feedback').click();
  await page.locator('.issue-main').getByText('the store of items is closed').waitFor();
  override.clear();
  await page.locator('.issue-main').getByRole('button', { name: 'Try again' }).click();
  await page.getByText('My basket is empty now.').waitFor();
  await page.close();
});

test('many users are counted about, and it says so', async () => {
  Object.assign(issue(12), { users: 12_345, users_estimated: true });
  const page = await ui.open('/issues/12');
  await page.getByText('about 12.3k').waitFor();
  await page.getByText(/^Up to about .* users a day/).waitFor();
  await page.close();
});

test('a tag leads to the events that have it', async () => {
  const page = await ui.open('/issues/12');
  await page.locator('.facet').getByRole('link', { name: 'web-1' }).click();
  await page.waitForURL(/\/logs\?/);
  assert.equal(new URL(page.url()).searchParams.get('q'), 'issue.id:12 server_name:web-1');
  assert.equal(new URL(page.url()).searchParams.get('dataset'), 'errors');
  await page.close();
});

test('a new event comes on top of all events', async () => {
  const page = await ui.open('/issues/9/all-events');
  await page.locator('tbody tr').first().waitFor();
  const event = ui.mock.state.arrive(9);
  await page.waitForFunction((id) => document.querySelector('tbody tr a')?.textContent === id, event.event_id.slice(0, 8), { timeout: 2500 });
  await page.close();
});

test('a deleted issue leads back to the list', async () => {
  const page = await ui.open('/issues/5');
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.waitForURL(/\/issues$/);
  assert.equal(pathOf(page), '/issues');
  assert.equal(issue(5), undefined);
  await page.close();
});

/** The list of issues: found, chosen by mouse and keys, changed many at once, taken back; and how it follows what comes in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { params, useUi } from './helpers.mjs';

const ui = useUi();
const LIST = '/issues?start=now-7d';
const issue = (id) => ui.mock.state.store.issues.find((i) => i.id === id);
const titles = (page) => page.locator('.issue-title').allTextContents();
const row = (page, name) => page.locator('table.issues tbody tr', { has: page.getByRole('link', { name, exact: true }) });
const chosen = (page) => page.getByRole('region', { name: 'Chosen issues' });
const said = (page, text) => page.getByRole('status').getByText(text).waitFor();

async function open(path = LIST) {
  const page = await ui.open(path);
  await page.locator('table.issues tbody tr').first().waitFor();
  return page;
}

async function search(page, text) {
  await page.getByLabel('Search issues').fill(text);
  await page.keyboard.press('Enter');
  await page.waitForFunction((q) => (new URL(location).searchParams.get('query') ?? '') === q, text);
}

test('tabs, words about the status and the sort are in the address', async () => {
  const page = await open();
  await page.getByRole('button', { name: 'Resolved', exact: true }).click();
  await row(page, 'Product.DoesNotExist').waitFor();
  assert.deepEqual(await titles(page), ['Product.DoesNotExist']);
  assert.equal(params(page).status, 'resolved');
  await page.getByRole('button', { name: 'Archived' }).click();
  await page.getByText('No archived issues in this time range').waitFor();

  await search(page, 'is:regressed');
  await row(page, 'ReadTimeout').waitFor();
  assert.deepEqual(await titles(page), ['ReadTimeout']);
  assert.equal(await page.getByRole('group', { name: 'Status' }).locator('[aria-pressed=true]').count(), 0, 'the query says the status');
  await page.getByRole('button', { name: 'All', exact: true }).click();
  await row(page, 'MailboxFull').waitFor();
  assert.equal(params(page).query, undefined, 'a tab takes the place of the word');

  await page.getByLabel('Sort by').selectOption('count');
  await page.waitForFunction(() => document.querySelector('.issue-title')?.textContent === 'ShippingError');
  assert.equal(params(page).sort, 'count');
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('what is wrong in a search is pointed at', async () => {
  const page = await open();
  await search(page, 'é is:broken');
  const box = page.getByRole('alert');
  await box.getByText('column 6: expected one of unresolved').waitFor();
  const lines = (await box.locator('.caret').innerText()).split('\n');
  assert.equal(lines[1].indexOf('^'), lines[0].indexOf('broken'));
  assert.equal(await page.locator('.q-bad').innerText(), 'broken');
  await page.close();
});

test('words are suggested, and so is what events have', async () => {
  const page = await open();
  const bar = page.getByLabel('Search issues');
  await bar.pressSequentially('ass');
  await page.getByRole('option', { name: /^assigned:/ }).click();
  await page.getByRole('option', { name: /^ann@example.com/ }).click();
  await page.keyboard.press('Enter');
  await row(page, 'ReadTimeout').waitFor();
  assert.equal(params(page).query, 'assigned:ann@example.com');
  assert.deepEqual(await titles(page), ['ReadTimeout']);
  await page.close();
});

test('searches are at hand, and kept by name in the browser', async () => {
  const page = await open();
  await page.getByRole('button', { name: 'Searches' }).click();
  await page.getByRole('button', { name: /^Came back/ }).click();
  await row(page, 'ReadTimeout').waitFor();
  await search(page, 'level:warning');
  await page.getByRole('button', { name: 'Searches' }).click();
  await page.getByLabel('Name of the search').fill('Only warnings');
  await page.getByRole('button', { name: 'Keep', exact: true }).click();
  await page.goto(ui.mock.url + LIST);
  await page.getByRole('button', { name: 'Searches' }).click();
  await page.getByRole('button', { name: 'Only warnings', exact: true }).click();
  await row(page, 'stock is low for 12 products').waitFor();
  await page.getByRole('button', { name: 'Searches' }).click();
  await page.getByRole('button', { name: 'Delete “Only warnings”' }).click();
  await page.getByText('None yet').waitFor();
  await page.close();
});

test('rows are chosen by keys and by mouse, one and many', async () => {
  const page = await open();
  const order = await titles(page);
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Shift+X');
  await chosen(page).getByText('3 chosen').waitFor();
  await page.keyboard.press('x');
  await chosen(page).getByText('2 chosen').waitFor();
  await page.keyboard.press('Escape');
  await chosen(page).waitFor({ state: 'detached' });
  await page.keyboard.press('Shift+A');
  await chosen(page).getByText(`${order.length} chosen`).waitFor();
  await page.getByLabel('All issues of this page').click();
  await chosen(page).waitFor({ state: 'detached' });

  await row(page, order[0]).getByRole('checkbox').click();
  await row(page, order[3]).getByRole('checkbox').click({ modifiers: ['Shift'] });
  await chosen(page).getByText('4 chosen').waitFor();
  assert.equal(await page.locator('tbody input:checked').count(), 4);
  await row(page, order[1]).getByRole('checkbox').click();
  await chosen(page).getByText('3 chosen').waitFor();
  assert.equal(await page.locator('tr[aria-selected=true]').count(), 3);
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('many are resolved in a release, and it is taken back', async () => {
  const page = await open();
  await row(page, 'MailboxFull').getByRole('checkbox').click();
  await row(page, 'RecursionError').getByRole('checkbox').click();
  await chosen(page).getByRole('button', { name: 'Resolve in a release' }).click();
  await page.getByRole('button', { name: /^In the current release/ }).click();
  await said(page, '2 issues resolved in release shop@1.5.0.');
  assert.deepEqual(issue(14).resolution, { kind: 'release', release: 'shop@1.5.0' });
  await row(page, 'MailboxFull').waitFor({ state: 'detached' });
  await page.keyboard.press('z');
  await said(page, 'Undone.');
  await row(page, 'MailboxFull').waitFor();
  assert.equal(issue(7).status, 'unresolved');

  await row(page, 'MailboxFull').getByRole('checkbox').click();
  await chosen(page).getByRole('button', { name: 'Resolve in a release' }).click();
  await page.getByLabel('In this release').fill('shop@2.0.0');
  await page.keyboard.press('Enter');
  await said(page, 'DEFAULT-14 resolved in release shop@2.0.0.');
  await page.getByRole('button', { name: 'Undo' }).click();
  await said(page, 'Undone.');
  await page.close();
});

test('archived until so many more events; a number that is none is not taken', async () => {
  const page = await open();
  await row(page, 'MailboxFull').getByRole('checkbox').click();
  await chosen(page).getByRole('button', { name: 'Archive', exact: true }).click();
  const archive = page.getByRole('button', { name: 'Archive until then' });
  assert.ok(await archive.isDisabled());
  await page.getByLabel('More events').fill('many');
  assert.ok(await archive.isDisabled());
  await page.getByLabel('More events').fill('100');
  await page.getByLabel('Time', { exact: true }).selectOption('7 days');
  await archive.click();
  await said(page, 'DEFAULT-14 archived for 7d or until 100 more events.');
  assert.equal(issue(14).archive.events, 100);
  assert.ok(issue(14).archive.until_ns);
  await page.getByRole('button', { name: 'Archived' }).click();
  await row(page, 'MailboxFull').getByRole('checkbox').click();
  await chosen(page).getByRole('button', { name: 'Reopen' }).click();
  await said(page, 'DEFAULT-14 reopened.');
  assert.equal(await page.getByRole('button', { name: 'Undo' }).count(), 0, 'counts would begin anew');
  await page.close();
});

test('assigned to oneself by key, to another and to nobody by menu', async () => {
  const page = await open();
  const name = await page.locator('.issue-title').first().innerText();
  await page.keyboard.press('j');
  await page.keyboard.press('m');
  await said(page, /assigned to you/);
  await row(page, name).getByText('admin').waitFor();
  await row(page, name).getByRole('checkbox').click();
  await chosen(page).getByRole('button', { name: 'Assign' }).click();
  await page.getByRole('button', { name: 'bo@example.com' }).click();
  await row(page, name).getByText('bo@example.com').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await row(page, name).getByText('admin').waitFor();
  await row(page, name).getByRole('checkbox').click();
  await chosen(page).getByRole('button', { name: 'Assign' }).click();
  await page.getByRole('button', { name: 'Nobody' }).click();
  await said(page, /assigned to nobody/);
  await page.close();
});

test('merged into the one that is chosen, and apart again', async () => {
  const page = await open();
  await row(page, 'MailboxFull').getByRole('checkbox').click();
  await row(page, 'RecursionError').getByRole('checkbox').click();
  await chosen(page).getByRole('button', { name: 'Merge' }).click();
  await page.getByRole('dialog', { name: 'Merge' }).getByRole('button', { name: /^MailboxFull/ }).click();
  await said(page, 'DEFAULT-7 merged into DEFAULT-14.');
  await row(page, 'RecursionError').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await row(page, 'RecursionError').waitFor();
  assert.equal(issue(7).merged_into, null);
  await page.close();
});

test('a change that is refused says so', async () => {
  const page = await open();
  await row(page, 'MailboxFull').getByRole('checkbox').click();
  await chosen(page).getByText('1 chosen').waitFor();
  await page.route('**/api/app/issues', (r) => r.fulfill({ status: 404, contentType: 'application/json', body: '{"error":{"code":"not_found","message":"there is no issue 14"}}' }));
  await page.keyboard.press('e');
  await page.getByRole('alert').getByText('there is no issue 14').waitFor();
  assert.equal(issue(14).status, 'unresolved');
  await page.close();
});

test('what comes in is shown within two seconds; no row moves while some are chosen', async () => {
  const page = await open();
  const last = page.locator('table.issues tbody tr').last();
  const name = await last.locator('.issue-title').innerText();
  const id = Number((await last.locator('.issue-title').getAttribute('href')).match(/\d+/)[0]);
  ui.mock.state.arrive(id);
  await page.waitForFunction((n) => document.querySelector('.issue-title').textContent === n, name, { timeout: 2500 });

  const order = await titles(page);
  await row(page, order[0]).getByRole('checkbox').click();
  const lowest = page.locator('table.issues tbody tr').last();
  const other = Number((await lowest.locator('.issue-title').getAttribute('href')).match(/\d+/)[0]);
  const before = await lowest.locator('.num.strong').innerText();
  ui.mock.state.arrive(other);
  ui.mock.state.arrive(3);
  await page.getByText('1 new issue will show once none is chosen.').waitFor({ timeout: 2500 });
  assert.deepEqual(await titles(page), order);
  assert.equal(Number(await lowest.locator('.num.strong').innerText()), Number(before) + 1);
  await page.keyboard.press('Escape');
  await row(page, 'Product.DoesNotExist').getByText('Regressed').waitFor();
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('a server that is away is told, with what was known still there', async () => {
  const page = await open();
  ui.mock.state.override.set('issues', { status: 503, body: { error: { code: 'unavailable', message: 'the store is being opened' } } });
  ui.mock.state.arrive(12);
  await page.getByText('Not the newest: the store is being opened').waitFor({ timeout: 3000 });
  assert.ok((await titles(page)).length > 2);
  ui.mock.state.override.delete('issues');
  ui.mock.state.arrive(12);
  await page.getByText('Not the newest').waitFor({ state: 'detached', timeout: 3000 });
  await page.close();
});

test('deleting asks first, and says what goes', async () => {
  const page = await open();
  await row(page, 'stock is low for 12 products').getByRole('checkbox').click();
  await chosen(page).getByRole('button', { name: 'Delete' }).click();
  const ask = page.getByRole('dialog', { name: 'Delete issues' });
  await ask.getByText('This cannot be undone').waitFor();
  await ask.getByRole('button', { name: 'Cancel' }).click();
  assert.ok(issue(5));
  await chosen(page).getByRole('button', { name: 'Delete' }).click();
  await ask.getByRole('button', { name: 'Delete' }).click();
  await said(page, 'DEFAULT-5 deleted, with events and history.');
  assert.equal(issue(5), undefined);
  await page.close();
});

test('the help has the keys and words of issues', async () => {
  const page = await open();
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: /Shortcuts/ });
  await help.getByText('Choose all up to here').waitFor();
  await help.getByText('times_seen:>100 users:>=10').waitFor();
  await page.close();
});

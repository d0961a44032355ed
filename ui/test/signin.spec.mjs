import assert from 'node:assert/strict';
import { test } from 'node:test';
import { params, pathOf, useUi } from './helpers.mjs';

const ui = useUi({ signedIn: false });

test('a one-time link signs in, leaves the address bar, and offers a password that can be skipped', async () => {
  const page = await ui.open('/signin?token=one-time-token');
  await page.getByRole('heading', { name: 'Set a password' }).waitFor();
  assert.equal(page.url().includes('one-time-token'), false);
  await page.getByRole('button', { name: 'Skip this step' }).click();
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  assert.equal(pathOf(page), '/');
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('a used link says so and shows the form', async () => {
  ui.mock.state.session = false;
  const page = await ui.open('/signin?token=one-time-token');
  await page.getByText('has been used or has expired').waitFor();
  await page.getByLabel('Password').waitFor();
  await page.close();
});

test('a wrong password is said plainly, the right one leads to where the reader wanted to be', async () => {
  ui.mock.state.session = false;
  const page = await ui.open('/issues?status=all&start=now-24h');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.getByLabel('E-mail or user name').fill('admin');
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('The e-mail or the password is not right.').waitFor();
  await page.getByLabel('Password').fill('correct horse');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Issues', level: 1 }).waitFor();
  assert.deepEqual(params(page), { status: 'all', start: 'now-24h' });
  await page.close();
});

test('throttling says how long to wait', async () => {
  ui.mock.state.session = false;
  ui.mock.state.override.set('session', { status: 429, headers: { 'Retry-After': '30' }, body: { error: { code: 'resource_exhausted', message: 'too many attempts' } } });
  const page = await ui.open('/signin');
  await page.getByLabel('E-mail or user name').fill('admin');
  await page.getByLabel('Password').fill('x');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Try again in 30 s').waitFor();
  ui.mock.state.override.clear();
  await page.close();
});

test('a session that ends sends to the sign-in page and back', async () => {
  ui.mock.state.session = true;
  const page = await ui.open('/logs?q=timeout');
  await page.getByRole('heading', { name: 'Logs', level: 1 }).waitFor();
  // With the page's own first questions answered, it is the click that finds the session ended.
  await page.waitForLoadState('networkidle');
  ui.mock.state.session = false;
  await page.getByRole('button', { name: 'Refresh' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(params(page).next, '/logs?q=timeout');
  await page.close();
});

test('a foreign address behind next is not followed', async () => {
  ui.mock.state.session = true;
  const page = await ui.open('/signin?next=//example.org/');
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  assert.equal(new URL(page.url()).origin, ui.mock.url);
  await page.close();
});

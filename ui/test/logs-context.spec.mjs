/** The lines around one, on the Logs page. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { params, useUi } from './helpers.mjs';

const ui = useUi();
const some = () => {
  const line = ui.mock.state.store.logs.at(-400);
  return `${line.time_ns}.${line.seq}`;
};

test('the lines around one: same stream, more of them, and back', async () => {
  const line = ui.mock.state.store.logs.at(-200);
  const key = `${line.time_ns}.${line.seq}`;
  const page = await ui.open(`/logs?q=zzzz&around=${key}`);
  await page.locator('.line-anchor').waitFor();
  await page.getByText('service.name=').waitFor();
  const times = await page.locator('.line-time').allInnerTexts();
  assert.deepEqual(times, [...times].sort(), 'oldest first');
  await page.getByRole('button', { name: 'Everything' }).click();
  await page.waitForFunction(() => new URL(location).searchParams.get('scope') === 'all');
  await page.locator('.lines').evaluate((el) => el.scrollTo(0, 0));
  await Promise.all([page.waitForResponse((r) => r.url().includes('before=250')), page.getByRole('button', { name: '200 more before' }).click()]);
  await page.getByRole('checkbox', { name: 'only what the question finds' }).check();
  await page.waitForFunction(() => document.querySelectorAll('.line').length === 1);
  await page.getByRole('button', { name: 'Back', exact: true }).click();
  await page.getByText('No line matches').waitFor();
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('Esc closes another record first, then leaves', async () => {
  const page = await ui.open(`/logs?around=${some()}&row=${some()}`);
  await page.locator('.line-anchor').waitFor();
  await page.keyboard.press('j');
  await page.waitForFunction((r) => new URL(location).searchParams.get('row') !== r, some());
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !new URL(location).searchParams.has('row'));
  assert.equal(params(page).around, some());
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !new URL(location).searchParams.has('around'));
  await page.getByRole('group', { name: 'Show as' }).waitFor();
  await page.close();
});

test('lines that come in before it leave what is read where it is', async () => {
  const page = await ui.open(`/logs?around=${some()}`);
  await page.locator('.line-anchor').waitFor();
  await page.locator('.lines').evaluate((el) => el.scrollTo(0, 0));
  await page.waitForFunction(() => document.querySelector('.lines').scrollTop === 0);
  // What stands under one point of the list, once the list has drawn what it was scrolled to; `other` asks until it is that.
  const top = async (other = null) => (await page.waitForFunction((expected) => {
    const box = document.querySelector('.lines').getBoundingClientRect();
    const row = document.elementFromPoint(box.left + 300, box.top + 80)?.closest('tr.line');
    const seen = row && [row.textContent, Math.round(row.getBoundingClientRect().top)];
    return expected === null || JSON.stringify(seen) === JSON.stringify(expected) ? seen : false;
  }, other)).jsonValue();
  await page.waitForFunction(() => document.querySelectorAll('.lines tr.line').length > 0);
  const read = await top();
  await Promise.all([page.waitForResponse((r) => r.url().includes('before=250')), page.getByRole('button', { name: '200 more before' }).click()]);
  await page.waitForFunction(() => document.querySelector('.lines').scrollTop >= 200 * 24);
  assert.deepEqual(await top(read), read);
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('an address of no record, and of one that is gone, are said', async () => {
  const page = await ui.open('/logs?around=nothing');
  await page.getByText('The address names no record').waitFor();
  await page.goto(`${ui.mock.url}/logs?around=123.4`);
  await page.getByText('This record is not kept any more').waitFor();
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !new URL(location).searchParams.has('around'));
  await page.close();
});

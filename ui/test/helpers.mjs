/** One browser and one mock server for a file of tests. */
import { existsSync } from 'node:fs';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch, watch } from '../dev/browser.mjs';
import { startMock } from '../dev/mock.mjs';

const BUILT = fileURLToPath(new URL('../dist/index.html', import.meta.url));

/** Starts both around the file's tests. `ui.open(path)` gives a page; its problems are checked by `ui.clean(page)`. */
export function useUi(options = {}) {
  const ui = {};
  let browser;
  before(async () => {
    if (!existsSync(BUILT)) throw new Error('ui/dist is missing: run `npm run build` first');
    ui.mock = await startMock({ signedIn: true, ...options });
    browser = await launch();
    ui.context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  });
  after(async () => {
    await browser?.close();
    await ui.mock?.close();
  });
  ui.open = async (path) => {
    const page = await ui.context.newPage();
    page.setDefaultTimeout(10_000);
    page.problems = watch(page);
    await page.goto(ui.mock.url + path);
    return page;
  };
  ui.browser = () => browser;
  return ui;
}

/** Query parameters of the page's address. */
export function params(page) {
  return Object.fromEntries(new URL(page.url()).searchParams);
}

export const pathOf = (page) => new URL(page.url()).pathname;

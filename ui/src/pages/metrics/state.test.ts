import { beforeAll, beforeEach, expect, it, vi } from 'vitest';

let state: typeof import('./state');
let router: typeof import('../../app/router');

const at = (search: string) => (router.url.value = new URL(`http://localhost/explore${search}`));

// The router reads the page's address when it is loaded.
beforeAll(async () => {
  vi.stubGlobal('window', { location: { href: 'http://localhost/explore', origin: 'http://localhost' } });
  vi.stubGlobal('history', { pushState: () => undefined, replaceState: () => undefined });
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
  router = await import('../../app/router');
  state = await import('./state');
});
beforeEach(() => at(''));

it('an emptied hidden query leaves nothing behind, so that the next of its letter is seen', () => {
  at('?a=up&b=x&hide=b&explain=b');
  state.run('b', '  ');
  expect(router.url.value.search).toBe('?a=up');
  state.run('b', 'y');
  expect(state.readQueries()).toEqual([
    { letter: 'a', text: 'up', hidden: false },
    { letter: 'b', text: 'y', hidden: false },
  ]);
});

it('a letter hidden by a link without its query is seen once it is asked', () => {
  at('?a=up&hide=b');
  state.run('b', 'y');
  expect(state.readQueries()[1]).toEqual({ letter: 'b', text: 'y', hidden: false });
});

it('a hidden query that is changed stays hidden', () => {
  at('?a=up&hide=a');
  state.run('a', 'y');
  expect(state.readQueries()[0]).toEqual({ letter: 'a', text: 'y', hidden: true });
});

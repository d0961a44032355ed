import { afterEach, beforeEach, expect, it } from 'vitest';
import { dropSearch, keepSearch, readSearches } from './keptsearches';

const search = (name: string, query = 'x') => ({ name, query, status: '', sort: '' });

beforeEach(() => {
  const kept = new Map<string, string>();
  globalThis.localStorage = { getItem: (k: string) => kept.get(k) ?? null, setItem: (k: string, v: string) => void kept.set(k, v) } as Storage;
});
afterEach(() => {
  Reflect.deleteProperty(globalThis, 'localStorage');
});

it('keeps by name, in order, one of each', () => {
  keepSearch(search('b'));
  keepSearch(search('a'));
  keepSearch(search('b', 'y'));
  expect(readSearches().map((s) => [s.name, s.query])).toEqual([['a', 'x'], ['b', 'y']]);
  dropSearch('a');
  expect(readSearches()).toHaveLength(1);
});

it('says when nothing can be kept, and survives what is no list', () => {
  localStorage.setItem('tripod.searches.issues', '{"a":1}');
  expect(readSearches()).toEqual([]);
  localStorage.setItem('tripod.searches.issues', '[{"name":1},{"name":"a","query":"","status":"","sort":""}]');
  expect(readSearches()).toHaveLength(1);
  globalThis.localStorage.setItem = () => {
    throw new Error('full');
  };
  expect(keepSearch(search('z'))).toBe(false);
});

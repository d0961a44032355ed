import { describe, expect, it } from 'vitest';
import { sortTable } from './tablesort';

describe('sorting a table', () => {
  const lines = [['b', 2], [null, null], ['a10', 10], ['a9', 1]];
  it('leaves it alone unless asked', () => expect(sortTable(lines, null)).toBe(lines));
  it('counts in texts as people do, and keeps the missing last', () => {
    expect(sortTable(lines, { column: 0, descending: false }).map((l) => l[0])).toEqual(['a9', 'a10', 'b', null]);
    expect(sortTable(lines, { column: 1, descending: true }).map((l) => l[1])).toEqual([10, 2, 1, null]);
    expect(sortTable([['x'], [3], [1]], { column: 0, descending: false })).toEqual([[1], [3], ['x']]);
  });
});

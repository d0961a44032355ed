import { describe, expect, it } from 'vitest';
import { statsOf, switched } from './seriesstats';

describe('a legend', () => {
  it('sums a line up without its gaps', () => {
    expect(statsOf([null, 4, -2, null, 1, null])).toEqual({ last: 1, mean: 1, min: -2, max: 4 });
    expect(statsOf([null, null])).toEqual({ last: null, mean: null, min: null, max: null });
    expect(statsOf([0])).toEqual({ last: 0, mean: 0, min: 0, max: 0 });
  });
  it('shows one line, and all again', () => {
    const all = ['a', 'b', 'c'];
    const alone = switched(new Set(), 'b', true, all);
    expect([...alone]).toEqual(['a', 'c']);
    expect([...switched(alone, 'a', true, all)]).toEqual(['b', 'c']);
    expect([...switched(alone, 'b', true, all)]).toEqual([]);
  });
  it('switches one line, and is not misled by lines that are gone', () => {
    expect([...switched(new Set(['a']), 'b', false, ['a', 'b'])]).toEqual(['a', 'b']);
    expect([...switched(new Set(['a']), 'a', false, ['a', 'b'])]).toEqual([]);
    expect([...switched(new Set(['gone']), 'b', true, ['a', 'b'])]).toEqual(['a']);
  });
});

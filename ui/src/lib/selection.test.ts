import { describe, expect, it } from 'vitest';
import { all, extend, held, NONE, toggle, within } from './selection';

const ids = (c: { ids: ReadonlySet<number> }) => [...c.ids].sort((a, b) => a - b);

describe('choosing rows', () => {
  const order = [5, 3, 9, 1];
  it('takes one, and lets it go', () => {
    const one = toggle(NONE, 3);
    expect(ids(one)).toEqual([3]);
    expect(ids(toggle(one, 3))).toEqual([]);
  });
  it('takes a stretch from what was touched last, up or down', () => {
    expect(ids(extend(toggle(NONE, 3), 1, order))).toEqual([1, 3, 9]);
    expect(ids(extend(toggle(NONE, 9), 5, order))).toEqual([3, 5, 9]);
    expect(ids(extend(NONE, 9, order))).toEqual([9]);
    const twice = extend(extend(toggle(NONE, 3), 9, order), 5, order);
    expect(ids(twice)).toEqual([3, 5, 9]);
  });
  it('keeps only what is shown', () => {
    expect(ids(within(all(order), [3, 1, 8]))).toEqual([1, 3]);
    const same = toggle(NONE, 3);
    expect(within(same, order)).toBe(same);
  });
});

describe('a list that is held', () => {
  const rows = (...list: [number, string][]) => list.map(([id, v]) => ({ id, v }));
  it('keeps its order with what the rows are now, and counts those that wait', () => {
    const shown = rows([1, 'a'], [2, 'b'], [3, 'c']);
    expect(held(shown, rows([9, 'new'], [2, 'B'], [1, 'A']))).toEqual({ rows: rows([1, 'A'], [2, 'B'], [3, 'c']), waiting: 1 });
  });
});

import { expect, it } from 'vitest';
import { marksOf } from './releases';

const h = (series: Record<string, number[]>, startMs = 0) => ({
  start_ns: String(startMs * 1e6),
  step_ns: String(10_000 * 1e6),
  series: Object.entries(series).map(([key, counts]) => ({ key, counts })),
  total: 1,
  warnings: [],
});

it('a release is marked where it is first seen after another', () => {
  expect(marksOf([h({ old: [1, 1, 1, 0], new: [0, 0, 2, 2] }), h({ new: [0, 1, 0, 0] })], 5_000)).toEqual([{ time: 10, label: 'Release new' }]);
});

it('one that nothing came before is not, nor one that came before the window', () => {
  expect(marksOf([h({ only: [0, 0, 1] })], 0)).toEqual([]);
  expect(marksOf([h({ a: [1, 1, 1], b: [0, 1, 1] })], 15_000)).toEqual([]);
  expect(marksOf([h({ a: [1], '': [1], b: [0] })], 0)).toEqual([]);
});

import { describe, expect, it } from 'vitest';
import { strength, toHeatmap } from './heatmap';

const s = (metric: Record<string, string>, ...values: string[]) => ({ metric, values: values.map((v, i): [number, string] => [i * 10, v]) });

describe('a heatmap', () => {
  it('has between two bounds what the upper one has more', () => {
    const h = toHeatmap([s({ le: '+Inf' }, '5', '9'), s({ le: '0.1' }, '1', '2'), s({ le: '1' }, '4', '8')], 0, 10, 10)!;
    expect(h.bounds).toEqual([0.1, 1, Infinity]);
    expect(h.cells).toEqual([[1, 2], [3, 6], [1, 1]]);
    expect(h.max).toBe(6);
  });
  it('adds several histograms up and never falls below zero', () => {
    const h = toHeatmap([s({ le: '1', v: 'a' }, '2'), s({ le: '1', v: 'b' }, '3'), s({ le: '2', v: 'a' }, '4')], 0, 10, 10)!;
    expect(h.cells).toEqual([[5, null], [0, null]]);
  });
  it('needs buckets', () => {
    expect(toHeatmap([s({ job: 'a' }, '2'), s({ le: 'x' }, '2')], 0, 10, 10)).toBeNull();
  });
  it('shows rare values beside common ones', () => {
    expect([strength(0, 4), strength(1, 4), strength(4, 4), strength(null, 4), strength(1, 0)]).toEqual([0, 0.5, 1, 0, 0]);
  });
});

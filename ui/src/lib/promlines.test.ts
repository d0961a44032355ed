import { describe, expect, it } from 'vitest';
import type { PromData } from '../api/types';
import { fillLegend, toPromLines } from './promlines';

const grid = { startS: 0, endS: 20, step: 10 };
const matrix = (...series: [Record<string, string>, ...string[]][]): PromData => ({
  resultType: 'matrix',
  result: series.map(([metric, ...values]) => ({ metric, values: values.map((v, i): [number, string] => [i * 10, v]) })),
});

describe('lines of answers', () => {
  it('of several queries share the grid and say whose they are', () => {
    const out = toPromLines(
      [
        { letter: 'a', text: 'up', data: matrix([{ __name__: 'up', job: 'x' }, '1', '1', '0'], [{ __name__: 'up', job: 'y' }, '1']) },
        { letter: 'b', text: 'sum(up)', data: matrix([{}, '2', '1', '0']) },
      ],
      grid,
      10,
      true,
    );
    expect(out.x).toEqual([0, 10, 20]);
    expect(out.lines.map((l) => l.label)).toEqual(['A: {job="x"}', 'A: {job="y"}', 'B: sum(up)']);
    expect(out.lines[1]!.values).toEqual([1, null, null]);
    expect(out.lines.map((l) => l.color)).toEqual(['--c1', '--c2', '--c3']);
    expect(out.lines[0]!.key).toBe('a up{job="x"}');
  });
  it('are the largest where there are too many, in their own order', () => {
    const data = matrix([{ i: '1' }, '1'], [{ i: '2' }, '3'], [{ i: '3' }, '2']);
    const out = toPromLines([{ letter: 'a', text: 'x', data }], grid, 2, false);
    expect(out.lines.map((l) => l.label)).toEqual(['{i="2"}', '{i="3"}']);
    expect(out.total).toBe(3);
  });
  it('are named by a pattern where there is one', () => {
    expect(fillLegend('{{view}} {{ method }}', { view: 'pay', method: 'GET' })).toBe('pay GET');
    expect(fillLegend('{{none}}', { view: 'pay' })).toBe('{view="pay"}');
  });
});

import { describe, expect, it } from 'vitest';
import type { SearchAnswer } from '../api/types';
import { stacked, toLines } from './resultseries';

const answer = {
  kind: 'series',
  start_ns: '60000000000',
  step_ns: '60000000000',
  points: 3,
  columns: [{ name: 'time', role: 'time' }, { name: 'level', role: 'key', key: '"level"' }, { name: 'count', role: 'value' }],
  series: [
    { keys: { level: 'info' }, value: 'count', points: [3, 0, 1] },
    { keys: { level: 'info' }, value: 'max(d)', points: [1, null, 2] },
    { keys: { level: null }, value: 'count', points: [null, 2, null] },
  ],
} as unknown as SearchAnswer;

describe('series', () => {
  it('become lines of one column', () => {
    const { x, lines, total } = toLines(answer, 'count', 10);
    expect(x).toEqual([60, 120, 180]);
    expect(total).toBe(2);
    expect(lines.map((l) => [l.label, l.color])).toEqual([['info', '--info-fill'], ['(none)', '--debug-fill']]);
    expect(lines[0]!.stats).toEqual({ last: 1, mean: 4 / 3, min: 0, max: 3 });
    expect(lines[1]!.stats.last).toBe(2);
    expect(toLines(answer, 'count', 1)).toMatchObject({ total: 2, lines: [{ label: 'info' }] });
  });
  it('lead on by keys as a question writes them, and are apart where they are called alike', () => {
    const { lines } = toLines({ ...answer, series: [...answer.series, { keys: { level: '(none)' }, value: 'count', points: [1, 1, 1] }] }, 'count', 10);
    expect(lines.map((l) => l.pairs)).toEqual([[['"level"', 'info']], [['"level"', null]], [['"level"', '(none)']]]);
    expect(lines.map((l) => l.label)).toEqual(['info', '(none)', '(none)']);
    expect(new Set(lines.map((l) => l.key)).size).toBe(3);
  });
  it('without keys are named by their column', () => {
    expect(toLines({ ...answer, columns: [], series: [{ keys: {}, value: 'count', points: [1, 2, 3] }] }, 'count', 5).lines[0]!.label).toBe('count');
  });
  it('are stacked without the hidden ones', () => {
    expect(stacked([{ values: [1, null] }, { values: [5, 5], hidden: true }, { values: [2, 3] }])).toEqual([[1, 0], [null, null], [3, 3]]);
  });
});

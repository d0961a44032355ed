import { describe, expect, it } from 'vitest';
import type { SearchAnswer } from '../api/types';
import { exportable } from './exportable';

const of = (a: object) => exportable(a as unknown as SearchAnswer);

describe('answers as tables', () => {
  it('keep tables as they are', () => {
    expect(of({ kind: 'table', columns: [{ name: 'a' }, { name: 'count' }], table: [['x', 1]] })).toEqual({ columns: ['a', 'count'], lines: [['x', 1]] });
  });
  it('give series a line for each point', () => {
    const a = of({ kind: 'series', columns: [{ name: 'time', role: 'time' }, { name: 'level', role: 'key' }], start_ns: '0', step_ns: '1000000000', series: [{ keys: { level: 'info' }, value: 'count', points: [1, null] }] });
    expect(a.columns).toEqual(['time', 'level', 'value_of', 'value']);
    expect(a.lines).toEqual([['1970-01-01T00:00:00.000000000Z', 'info', 'count', 1], ['1970-01-01T00:00:01.000000000Z', 'info', 'count', null]]);
  });
  it('keep every value where a field is called as a column', () => {
    const column = (name: string) => ({ name, role: 'key' });
    const a = of({ kind: 'series', columns: [column('time'), column('value')], start_ns: '0', step_ns: '1', series: [{ keys: { time: 'noon', value: 'x' }, value: 'count', points: [1] }] });
    expect(a.columns).toEqual(['time', 'time_2', 'value', 'value_of', 'value_2']);
    expect(a.lines).toEqual([['1970-01-01T00:00:00.000000000Z', 'noon', 'x', 'count', 1]]);
    expect(of({ kind: 'table', columns: [column('count'), { name: 'count' }], table: [['a', 1]] }).columns).toEqual(['count', 'count_2']);
  });
  it('give patterns their example and their term', () => {
    const a = of({ kind: 'patterns', patterns: [{ pattern: 'a <_>', dataset: 'logs', count: 2, share: 1, is_new: true, first_seen_ns: '0', last_seen_ns: '0', example: 'a 1', query: 'body:/a/' }] });
    expect(a.lines[0]!.slice(0, 3)).toEqual(['a <_>', 'logs', 2]);
    expect(a.columns).toHaveLength(a.lines[0]!.length);
  });
});

import { describe, expect, it } from 'vitest';
import { columnWidth, formatColumns, moveColumn, parseColumns, toggleColumn } from './columns';

describe('columns', () => {
  it('stand in the address and come back', () => {
    for (const c of [['a'], ['a', 'b.c', 'odd, name', 'back\\slash'], []]) expect(parseColumns(formatColumns(c))).toEqual(c);
    expect(parseColumns('a,,a,b')).toEqual(['a', 'b']);
  });
  it('come and go before the message', () => {
    expect(toggleColumn(['level', 'message'], 'path')).toEqual(['level', 'path', 'message']);
    expect(toggleColumn(['level', 'path', 'message'], 'path')).toEqual(['level', 'message']);
    expect(toggleColumn(['level'], 'path')).toEqual(['level', 'path']);
  });
  it('move to where they are dropped', () => {
    expect(moveColumn(['a', 'b', 'c'], 'c', 'a')).toEqual(['c', 'a', 'b']);
    expect(moveColumn(['a', 'b', 'c'], 'a', 'c')).toEqual(['b', 'c', 'a']);
    expect(moveColumn(['a', 'b'], 'a', 'a')).toEqual(['a', 'b']);
  });
  it('are as wide as most of their values', () => {
    const rows = Array.from({ length: 100 }, (_, i) => ({ time_ns: '1', seq: '1', fields: { p: 'x'.repeat(i === 99 ? 400 : 12) } }));
    expect(columnWidth('p', rows)).toBe(14);
    expect(columnWidth('a_rather_long_name', rows)).toBe(21);
    expect(columnWidth('p', [])).toBe(7);
  });
});

import { describe, expect, it } from 'vitest';
import type { Row } from '../api/types';
import { SEVERITIES, severity, slot, slots } from './color';
import { glance, messageOf, orderedFields, parseRowKey, rowKey } from './record';

const row = (fields: Row['fields']): Row => ({ time_ns: '5', seq: '7', fields });

describe('a record', () => {
  it('has a message, whatever its sender called it', () => {
    expect(messageOf(row({ body: 'b', event: 'e' }))).toBe('b');
    expect(messageOf(row({ body: '', event: 'e' }))).toBe('e');
    expect(messageOf(row({ original: 'raw' }))).toBe('raw');
    expect(messageOf(row({ body: { a: 1 } }))).toBe('{"a":1}');
    expect(messageOf(row({}))).toBe('');
  });
  it('shows beside it what is its own', () => {
    const r = row({ body: 'x', order_id: 12, 'service.name': 's', 'process.pid': 3, trace_id: 't', empty: '', none: null, path: '/a', 'stream.label.path': true });
    expect(glance(r)).toEqual([['order_id', '12'], ['path', '/a']]);
    expect(glance(r, 1)).toHaveLength(1);
  });
  it('lists all fields, known ones first and the raw line last', () => {
    const r = row({ original: 'o', 'process.pid': 1, 'stream.label.zeta': true, zeta: 1, trace_id: 't', body: 'b' });
    expect(orderedFields(r).map(([k]) => k)).toEqual(['body', 'trace_id', 'zeta', 'process.pid', 'original']);
  });
  it('is told by time and sequence', () => {
    expect(rowKey(row({}))).toBe('5.7');
    expect(rowKey({ ...row({}), dataset: 'spans' })).toBe('spans.5.7');
    expect(parseRowKey('5.7')).toEqual({ dataset: 'logs', time_ns: '5', seq: '7' });
    expect(parseRowKey('errors.5.7')).toEqual({ dataset: 'errors', time_ns: '5', seq: '7' });
    expect(parseRowKey('5')).toBeNull();
  });
});

describe('severity', () => {
  it.each([
    ['CRITICAL', 'fatal'],
    ['err', 'error'],
    ['Warning', 'warn'],
    ['notice', 'info'],
    ['DEBUG', 'debug'],
    ['trace2', 'trace'],
    ['', 'unknown'],
    ['odd', 'unknown'],
  ])('%s', (text, want) => expect(severity(text)).toBe(want));
  it('falls back to the number', () => {
    expect([1, 5, 9, 13, 17, 21, 24].map((n) => severity('', n))).toEqual(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'fatal']);
    expect(SEVERITIES).toHaveLength(6);
  });
});

describe('colours', () => {
  it('stay with a name and differ between few names', () => {
    expect(slot('djzen')).toBe(slot('djzen'));
    const names = Array.from({ length: 10 }, (_, i) => `service-${i}`);
    expect(new Set(slots(names).values()).size).toBe(10);
  });
});

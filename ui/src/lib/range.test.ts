import { describe, expect, it } from 'vitest';
import { absoluteRange, describeRange, isRelative, parseRangeText, resolveInstant, resolveRange } from './range';

const now = new Date(2026, 10, 22, 18, 0, 0).getTime();
const local = (h: number, m = 0, d = 22) => new Date(2026, 10, d, h, m).toISOString();
const range = (text: string) => {
  const r = parseRangeText(text, now);
  if ('error' in r) throw new Error(`${text}: ${r.error}`);
  return r.range;
};

describe('an instant', () => {
  it('is relative, RFC 3339, or unix time of any unit', () => {
    expect(resolveInstant('now', now)).toBe(now);
    expect(resolveInstant('now-2h30m', now)).toBe(now - 9_000_000);
    expect(resolveInstant('2026-11-22T16:38:00Z', now)).toBe(Date.UTC(2026, 10, 22, 16, 38));
    expect(resolveInstant('1795365477', now)).toBe(1795365477000);
    expect(resolveInstant('1795365477.5', now)).toBe(1795365477500);
    expect(resolveInstant('1795365477941', now)).toBe(1795365477941);
    expect(resolveInstant('1795365477941434000', now)).toBeCloseTo(1795365477941.434, 2);
  });
  it('is nothing else', () => {
    for (const t of ['', 'then', 'now-', 'now-5', '42', '2026', '22.11.2026']) expect(resolveInstant(t, now)).toBeNull();
  });
});

describe('a range', () => {
  it('falls back to the last hour where an end cannot be read', () => {
    expect(resolveRange({ start: 'x', end: 'y' }, now)).toEqual({ startMs: now - 3_600_000, endMs: now });
  });
  it('is never empty or backwards', () => {
    const r = resolveRange({ start: 'now', end: 'now-1h' }, now);
    expect(r.startMs).toBeLessThan(r.endMs);
  });
  it('knows whether it moves', () => {
    expect(isRelative({ start: 'now-1h', end: 'now' })).toBe(true);
    expect(isRelative(absoluteRange(now - 1000, now))).toBe(false);
  });
  it('covers what it was made of', () => {
    const r = absoluteRange(1000.4, 2000.4);
    expect(Date.parse(r.start)).toBe(1000);
    expect(Date.parse(r.end)).toBe(2001);
  });
});

describe('free text', () => {
  it.each([
    ['5h', 'now-5h'],
    ['last 90 minutes', 'now-1h30m'],
    ['past 2 days', 'now-2d'],
    ['15 min ago', 'now-15m'],
    ['NOW-3h', 'now-3h'],
  ])('%s', (text, start) => expect(range(text)).toEqual({ start, end: 'now' }));

  it('since a clock means its last occurrence', () => {
    expect(range('since 10:30')).toEqual({ start: local(10, 30), end: 'now' });
    expect(range('since 20:00')).toEqual({ start: local(20, 0, 21), end: 'now' });
    expect(range('since 4:15 pm')).toEqual({ start: local(16, 15), end: 'now' });
    expect(range('since yesterday')).toEqual({ start: local(0, 0, 21), end: 'now' });
    expect(range('since yesterday 22:10')).toEqual({ start: local(22, 10, 21), end: 'now' });
    expect(range('since 2 h ago')).toEqual({ start: new Date(now - 7_200_000).toISOString(), end: 'now' });
  });
  it('takes two points', () => {
    expect(range('09:00 to 10:15')).toEqual({ start: local(9), end: local(10, 15) });
    expect(range('from 09:00 until 10:15')).toEqual({ start: local(9), end: local(10, 15) });
    expect(range('23:00 – 01:00')).toEqual({ start: local(23, 0, 21), end: local(1) });
    expect(range('2026-11-20 14:00 to 2026-11-20 15:00')).toEqual({ start: local(14, 0, 20), end: local(15, 0, 20) });
    expect(range('2026-11-20T14:00:00Z/2026-11-20T15:00:00Z')).toEqual({ start: '2026-11-20T14:00:00.000Z', end: '2026-11-20T15:00:00.000Z' });
    expect(range('09:00 to now')).toEqual({ start: local(9), end: 'now' });
  });
  it('knows days and surroundings', () => {
    expect(range('today')).toEqual({ start: local(0), end: 'now' });
    expect(range('yesterday')).toEqual({ start: local(0, 0, 21), end: local(0) });
    expect(range('2026-11-20')).toEqual({ start: local(0, 0, 20), end: local(0, 0, 21) });
    expect(range('around 10:30')).toEqual({ start: local(10, 25), end: local(10, 35) });
  });
  it('says what it does not understand', () => {
    for (const t of ['', 'soon', '25:99', 'since never', '10:00 to', 'a to b', '2026-11-20T15:00:00Z/2026-11-20T14:00:00Z', 'since 2030-01-01']) {
      expect(parseRangeText(t, now), t).toHaveProperty('error');
    }
  });
});

describe('the picker’s label', () => {
  it('names presets, other durations, starts and both ends', () => {
    expect(describeRange({ start: 'now-1h', end: 'now' }, now)).toBe('Last 1 hour');
    expect(describeRange({ start: 'now-1h30m', end: 'now' }, now)).toBe('Last 1 h 30 min');
    expect(describeRange({ start: local(10, 30), end: 'now' }, now)).toBe('Since 10:30');
    expect(describeRange({ start: local(9), end: local(10, 15) }, now)).toBe('09:00 – 10:15');
    expect(describeRange({ start: local(9, 0, 20), end: local(10, 0, 20) }, now)).toBe('20 Nov, 09:00 – 10:00');
    expect(describeRange({ start: local(9, 0, 20), end: local(10, 0, 21) }, now)).toBe('20 Nov 09:00 – 21 Nov 10:00');
  });
});

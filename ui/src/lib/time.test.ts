import { describe, expect, it } from 'vitest';
import { ago, clockTime, compareNs, compactTime, diffMs, durationText, durationWords, fullTime, msToNs, nsToMs, parseDuration } from './time';

describe('nanoseconds', () => {
  it('keeps microseconds of an instant', () => {
    expect(nsToMs('1795365477941434000')).toBe(1795365477941.434);
  });
  it('reads nothing and nonsense as zero', () => {
    expect(nsToMs(null)).toBe(0);
    expect(nsToMs('')).toBe(0);
    expect(nsToMs('soon')).toBe(0);
  });
  it('goes there and back at microsecond precision', () => {
    expect(msToNs(1795365477941.434)).toBe('1795365477941434000');
  });
  it('subtracts large instants without losing nanoseconds', () => {
    expect(diffMs('1795365477941434001', '1795365477941434000')).toBeCloseTo(1e-6, 9);
    expect(diffMs('1000000', '3000000')).toBe(-2);
  });
  it('orders as numbers, not as text', () => {
    expect(compareNs('999', '1000')).toBe(-1);
    expect(compareNs('1000', '999')).toBe(1);
    expect(compareNs('1000', '1000')).toBe(0);
  });
});

describe('durations', () => {
  it.each([
    ['5h', 5 * 3_600_000],
    ['2h30m', 9_000_000],
    ['90 s', 90_000],
    ['1 hour 30 minutes', 5_400_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
    ['2w', 1_209_600_000],
  ])('%s', (text, ms) => expect(parseDuration(text)).toBe(ms));
  it.each(['', 'h', '5', '5 parsecs', '5h!', '0s', '-5h'])('%s is none', (text) => expect(parseDuration(text)).toBeNull());
  it('writes whole units, largest first', () => {
    expect(durationText(9_000_000)).toBe('2h30m');
    expect(durationText(90_061_000)).toBe('1d1h1m1s');
    expect(durationText(10)).toBe('1s');
    expect(durationWords(9_000_000)).toBe('2 h 30 min');
  });
});

describe('for people', () => {
  const now = new Date(2026, 10, 22, 18, 0, 0).getTime();
  it('says how long ago', () => {
    expect(ago(now - 400, now)).toBe('just now');
    expect(ago(now - 12_000, now)).toBe('12 s ago');
    expect(ago(now - 200_000, now)).toBe('3 min ago');
    expect(ago(now - 7_300_000, now)).toBe('2 h ago');
    expect(ago(now - 200_000_000, now)).toBe('2 d ago');
    expect(ago(now + 5000, now)).toBe('in 5 s');
  });
  it('leaves out today’s date', () => {
    expect(compactTime(new Date(2026, 10, 22, 9, 5).getTime(), now)).toBe('09:05');
    expect(compactTime(new Date(2026, 10, 21, 9, 5).getTime(), now)).toBe('21 Nov 09:05');
    expect(compactTime(new Date(2025, 10, 21, 9, 5).getTime(), now)).toBe('21 Nov 2025 09:05');
  });
  it('shows milliseconds where asked', () => {
    const at = new Date(2026, 10, 22, 9, 5, 7, 42).getTime();
    expect(clockTime(at)).toBe('09:05:07');
    expect(clockTime(at, true)).toBe('09:05:07.042');
    expect(fullTime(at)).toBe('22 Nov 2026, 09:05:07.042');
  });
});

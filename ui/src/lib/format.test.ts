import { describe, expect, it } from 'vitest';
import { bytes, count, duration, middle, percent, plural, rate, sample, valueText } from './format';

describe('numbers', () => {
  it.each([
    [0, '0'],
    [9999, '9,999'],
    [12_345, '12.3k'],
    [999_400, '999k'],
    [1_904_220, '1.9M'],
    [3.14159, '3.14'],
    [NaN, '–'],
  ])('count %s', (n, text) => expect(count(n)).toBe(text));
  it.each([
    [0, '0 B'],
    [38.412, '38.4 B'],
    [1024, '1 KiB'],
    [331_350_016, '316 MiB'],
    [1_073_741_824, '1 GiB'],
  ])('bytes %s', (n, text) => expect(bytes(n)).toBe(text));
  it.each([
    [0, '0 %'],
    [0.00001, '< 0.01 %'],
    [0.0042, '0.42 %'],
    [0.027, '2.7 %'],
    [0.5, '50 %'],
    [null, '–'],
  ])('percent %s', (n, text) => expect(percent(n)).toBe(text));
  it.each([
    [0, '0 /s'],
    [0.004, '0.24 /min'],
    [0.58, '0.58 /s'],
    [123.4, '123 /s'],
    [25_000, '25k /s'],
  ])('rate %s', (n, text) => expect(rate(n)).toBe(text));
  it('counts in words', () => {
    expect(plural(1, 'span')).toBe('1 span');
    expect(plural(1234, 'span')).toBe('1,234 spans');
    expect(plural(2, 'series', 'series')).toBe('2 series');
  });
});

describe('durations in milliseconds', () => {
  it.each([
    [0, '0 ms'],
    [0.0005, '500 ns'],
    [0.42, '420 µs'],
    [1.234, '1.23 ms'],
    [12.34, '12.3 ms'],
    [840, '840 ms'],
    [1840, '1.84 s'],
    [95_000, '1 min 35 s'],
    [7_260_000, '2 h 1 min'],
    [187_200_000, '2 d 4 h'],
    [null, '–'],
  ])('%s', (ms, text) => expect(duration(ms)).toBe(text));
});

describe('samples', () => {
  it.each([
    [0, '0'],
    [0.123456, '0.1235'],
    [1828.4, '1,828'],
    [12345.6, '12.3k'],
    [0.00001, '1.00e-5'],
    [Infinity, '+Inf'],
    [NaN, 'NaN'],
    [null, '–'],
  ])('%s', (v, text) => expect(sample(v)).toBe(text));
});

describe('text', () => {
  it('shows values as they are', () => {
    expect(valueText('a "b"')).toBe('a "b"');
    expect(valueText({ a: [1] })).toBe('{"a":[1]}');
    expect(valueText(null)).toBe('null');
    expect(valueText(false)).toBe('false');
  });
  it('cuts in the middle and keeps both ends', () => {
    expect(middle('abcdef', 10)).toBe('abcdef');
    expect(middle('0123456789', 7)).toBe('012…789');
  });
});

import { describe, expect, it } from 'vitest';
import { csv, csvField, isoNanos, rowsAsJson, tableAsJson } from './export';

describe('CSV', () => {
  it('quotes what needs it', () => {
    expect(csv(['a', 'b'], [['x,y', 'say "hi"'], [null, 1.5], ['two\nlines', true]])).toBe('a,b\r\n"x,y","say ""hi"""\r\n,1.5\r\n"two\nlines",true\r\n');
    expect(csvField({ a: 1 })).toBe('"{""a"":1}"');
  });
  it('gives spreadsheets no formulas', () => {
    expect(csvField('=1+1')).toBe("'=1+1");
    expect(csvField('@x')).toBe("'@x");
    expect(csvField('-cmd')).toBe("'-cmd");
    expect(['=1', '-2+3', '+1', '-', '-1e', "-1-cmd|' /C calc'!A0", '\t=1'].map(csvField)).toEqual(["'=1", "'-2+3", "'+1", "'-", "'-1e", "'-1-cmd|' /C calc'!A0", "'\t=1"]);
    expect(['-5', '-.5', '-5.', '-1.5e-3', '7'].map(csvField)).toEqual(['-5', '-.5', '-5.', '-1.5e-3', '7']);
    expect(csvField('-12.5')).toBe('-12.5');
    expect(csvField(-3)).toBe('-3');
  });
});

describe('JSON lines', () => {
  it('hold every field and the whole time', () => {
    const [line] = rowsAsJson([{ dataset: 'logs', time_ns: '1795408984459488123', seq: '7', fields: { body: 'x', n: 1 } }]).split('\n');
    expect(JSON.parse(line!)).toEqual({ time: '2026-11-23T04:43:04.459488123Z', dataset: 'logs', time_ns: '1795408984459488123', seq: '7', fields: { body: 'x', n: 1 } });
  });
  it('hold tables line by line', () => {
    expect(tableAsJson(['a', 'n'], [['x', 1], [null, 2]])).toBe('{"a":"x","n":1}\n{"a":null,"n":2}\n');
  });
  it('tell times apart that differ in the last digit', () => {
    expect(isoNanos('1000000001')).toBe('1970-01-01T00:00:01.000000001Z');
  });
});

import { describe, expect, it } from 'vitest';
import { withUnit } from './units';

describe('values with units', () => {
  const of = (unit: string) => ({ unit, type: 'number' as const });
  it('are written as people write them', () => {
    expect(withUnit(2724.97, of('ms'))).toBe('2.72 s');
    expect(withUnit(1_500_000, of('ns'))).toBe('1.5 ms');
    expect(withUnit(0.5, of('per_second'))).toBe('0.5 /s');
    expect(withUnit(12.5, of('percent'))).toBe('12.5 %');
    expect(withUnit(2048, of('bytes'))).toBe('2 KiB');
    expect(withUnit(123456, of(''))).toBe('123,456');
    expect(withUnit(null, of('ms'))).toBe('–');
    expect(withUnit('x', of(''))).toBe('x');
  });
});

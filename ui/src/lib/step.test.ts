import { describe, expect, it } from 'vitest';
import { stepFor } from './step';

describe('steps', () => {
  it('give a number of points one can read', () => {
    expect(stepFor(3_600_000)).toBe('1m');
    expect(stepFor(3 * 3_600_000)).toBe('2m');
    expect(stepFor(60_000)).toBe('1s');
    expect(stepFor(7 * 86_400_000)).toBe('2h');
    expect(stepFor(900 * 86_400_000)).toBe('1d');
  });
});

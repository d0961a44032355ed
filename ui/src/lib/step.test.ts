import { describe, expect, it } from 'vitest';
import { autoStep, stepText } from './step';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('steps', () => {
  it('give a number of points one can read', () => {
    const forBars = (rangeMs: number) => stepText(autoStep(rangeMs, 90));
    expect([60_000, HOUR, 3 * HOUR, 7 * DAY].map(forBars)).toEqual(['1s', '1m', '2m', '2h']);
    expect([autoStep(HOUR, 300), autoStep(DAY, 300), autoStep(60_000, 300)]).toEqual([15, 300, 1]);
  });
  it('go on in whole days where the range is long', () => {
    expect(stepText(autoStep(90 * DAY, 90))).toBe('1d');
    expect(stepText(autoStep(900 * DAY, 90))).toBe('10d');
    expect(stepText(autoStep(1000 * DAY, 90))).toBe('12d');
  });
  it('are written short', () => {
    expect([15, 90, 300, 7200, 86_400].map(stepText)).toEqual(['15s', '90s', '5m', '2h', '1d']);
  });
});

import { describe, expect, it } from 'vitest';
import type { Release } from '../api/releases';
import { changeText, crashFreeTone, fixesOf, healthSeries, previousOf, sharePercent, usersText } from './releases';

const health = (sessions: number, crashed = 0) => ({ sessions, crashed, errored: crashed, abnormal: 0, crash_free_sessions: null, users: 0, crashed_users: 0, users_exact: true, crash_free_users: null });

describe('sharePercent', () => {
  it('never says 100 % of what is not whole', () => {
    expect(sharePercent(1)).toBe('100 %');
    expect(sharePercent(0.99999)).toBe('99.99 %');
    expect(sharePercent(0.9615789)).toBe('96.15 %');
    expect(sharePercent(0.985)).toBe('98.5 %');
    expect(sharePercent(0)).toBe('0 %');
    expect(sharePercent(null)).toBe('–');
  });
});

describe('crashFreeTone', () => {
  it('is calm without sessions and above the marks', () => {
    expect([null, 1, 0.995, 0.994, 0.98, 0.9].map(crashFreeTone)).toEqual(['', '', '', 'warned', 'warned', 'bad']);
  });
});

describe('usersText', () => {
  it('says where users are estimated', () => {
    expect(usersText({ users: 1200, users_exact: true })).toBe('1,200');
    expect(usersText({ users: 48_211, users_exact: false })).toBe('about 48,211');
  });
});

describe('previousOf', () => {
  const list = ['c', 'b', 'a'].map((version) => ({ version }) as Release);
  it('is the next of a list that is newest first', () => {
    expect(previousOf(list, 'c')?.version).toBe('b');
    expect(previousOf(list, 'a')).toBeNull();
    expect(previousOf(list, 'x')).toBeNull();
  });
});

describe('fixesOf', () => {
  it('reads what a message says it fixes', () => {
    expect(fixesOf({ message: 'Round totals once\n\nFixes DEFAULT-2' })).toEqual(['DEFAULT-2']);
    expect(fixesOf({ message: 'closes DEFAULT-2, DEFAULT-3 and default-4; resolved SHOP-9' })).toEqual(['DEFAULT-2', 'DEFAULT-3', 'DEFAULT-4', 'SHOP-9']);
    expect(fixesOf({ message: 'prefixes DEFAULT-2 and mentions DEFAULT-3' })).toEqual([]);
  });
});

describe('healthSeries', () => {
  it('puts in the steps that had no sessions', () => {
    const of = { start_ns: '0', end_ns: '4000000000', step_ns: '1000000000', series: [{ ...health(10, 1), time_ns: '1000000000' }, { ...health(4), time_ns: '3000000000' }] };
    const s = healthSeries(of);
    expect(s.x).toEqual([0, 1, 2, 3]);
    expect(s.sessions).toEqual([0, 10, 0, 4]);
    expect(s.crash_rate).toEqual([null, 0.1, null, 0]);
  });
  it('follows steps that begin before the range', () => {
    const s = healthSeries({ start_ns: '1500000000', end_ns: '3500000000', step_ns: '1000000000', series: [{ ...health(2), time_ns: '1000000000' }, { ...health(3), time_ns: '3000000000' }] });
    expect(s.x).toEqual([1, 2, 3]);
    expect(s.sessions).toEqual([2, 0, 3]);
  });
});

describe('changeText', () => {
  it('has a sign', () => {
    expect([0.86, -0.034, 0.001, Infinity].map(changeText)).toEqual(['+86 %', '−3 %', '±0 %', '–']);
  });
});

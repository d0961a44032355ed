import { describe, expect, it } from 'vitest';
import type { CheckIn, Monitor, MonitorEnvironment } from '../api/monitors';
import { scheduleWords, sortMonitors, stateOf, statisticsOf } from './monitors';

const crontab = (text: string) => scheduleWords({ type: 'crontab', crontab: text });

describe('scheduleWords', () => {
  it('says plain schedules in words', () => {
    expect(crontab('0 3 * * *')).toBe('every day at 03:00');
    expect(crontab('30 3,15 * * *')).toBe('every day at 03:30, 15:30');
    expect(crontab('* * * * *')).toBe('every minute');
    expect(crontab('*/5 * * * *')).toBe('every 5 minutes');
    expect(crontab('15 * * * MON-FRI')).toBe('every hour at :15 Monday to Friday');
    expect(crontab('5 */2 * * *')).toBe('every 2 hours at :05');
    expect(crontab('0 9 * * 1,7')).toBe('on Monday, Sunday at 09:00');
    expect(crontab('0 9 1 * *')).toBe('on day 1 of the month at 09:00');
    expect(crontab('@daily')).toBe('every day at 00:00');
    expect(crontab('@weekly')).toBe('on Sunday at 00:00');
    expect(scheduleWords({ type: 'interval', value: 1, unit: 'hour' })).toBe('every hour');
    expect(scheduleWords({ type: 'interval', value: 5, unit: 'minute' })).toBe('every 5 minutes');
    expect(scheduleWords(null)).toBe('no schedule');
  });
  it('leaves the rest as it was written', () => {
    for (const text of ['0 0 L * *', '0 9 * * 5#2', '0-30 9 * * *', '0 9 1 6 *', '0 9 1 * MON', 'nonsense']) expect(crontab(text)).toBe(text);
  });
});

const env = (more: Partial<MonitorEnvironment> = {}): MonitorEnvironment => ({ environment: 'production', status: 'ok', last_check_in_ns: null, expected_ns: null, failures: 0, failing_since_ns: null, failing_event_id: '', ...more });
const run = (status: CheckIn['status'], more: Partial<CheckIn> = {}): CheckIn => ({ id: 'x', environment: 'production', status, added_ns: '0', updated_ns: '0', expected_ns: null, late_ns: '0', duration_ns: null, release: '', trace_id: '', ...more });

describe('stateOf', () => {
  it('tells failures apart by the last run that failed', () => {
    const failing = env({ status: 'error', failures: 1 });
    expect(stateOf(failing, [run('missed')], 0).word).toBe('missed');
    expect(stateOf(failing, [run('timeout')], 0).word).toBe('hung');
    expect(stateOf(failing, [run('in_progress'), run('error'), run('ok')], 0).word).toBe('failed');
    expect(stateOf(env({ status: 'error', failures: 3 }), [run('missed')], 0).why).toMatch(/^3 failures in a row/);
  });
  it('looks at its own environment alone', () => {
    expect(stateOf(env(), [run('in_progress', { environment: 'staging' }), run('ok')], 0).word).toBe('ok');
  });
  it('is late from the expected time on, running while it runs, waiting before the first end', () => {
    const due = env({ expected_ns: '1000000000' });
    expect(stateOf(due, [run('ok')], 999).word).toBe('ok');
    expect(stateOf(due, [run('ok')], 1001).word).toBe('late');
    expect(stateOf(due, [run('in_progress')], 1001).word).toBe('running');
    expect(stateOf(env({ status: 'active' }), [], 0).word).toBe('waiting');
  });
});

describe('sortMonitors', () => {
  it('has those that fail first, muted ones not', () => {
    const m = (slug: string, status: Monitor['status'], muted = false) => ({ slug, status, muted }) as Monitor;
    expect(sortMonitors([m('b', 'ok'), m('a', 'ok'), m('z', 'error'), m('c', 'error', true)]).map((x) => x.slug)).toEqual(['z', 'a', 'b', 'c']);
  });
});

describe('statisticsOf', () => {
  it('counts outcomes, and durations of what ran', () => {
    const s = statisticsOf([run('ok', { duration_ns: '3000000000' }), run('ok', { duration_ns: '1000000000' }), run('missed', { duration_ns: '0' }), run('error', { duration_ns: '9000000000' }), run('timeout'), run('in_progress')]);
    expect(s).toEqual({ runs: 6, ok: 2, failed: 1, missed: 1, hung: 1, p50_ms: 3000, longest_ms: 9000 });
    expect(statisticsOf([]).p50_ms).toBeNull();
  });
});

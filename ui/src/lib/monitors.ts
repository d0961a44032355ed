/** Cron monitors in words. */
import type { CheckIn, Monitor, MonitorEnvironment, Schedule } from '../api/monitors';
import { nsToMs } from './time';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const SHORT_DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const NICKNAMES: Record<string, string> = { '@yearly': '0 0 1 1 *', '@annually': '0 0 1 1 *', '@monthly': '0 0 1 * *', '@weekly': '0 0 * * 0', '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@hourly': '0 * * * *' };

const pad = (n: string) => n.padStart(2, '0');
const isNumber = (text: string) => /^\d+$/.test(text);

/** `every day at 03:00`; what has no plain words stays a crontab line. */
export function scheduleWords(s: Schedule): string {
  if (!s) return 'no schedule';
  if (s.type === 'interval') return s.value === 1 ? `every ${s.unit}` : `every ${s.value} ${s.unit}s`;
  const fields = (NICKNAMES[s.crontab.trim().toLowerCase()] ?? s.crontab).trim().split(/\s+/);
  if (fields.length !== 5) return s.crontab;
  const [minute, hour, day, month, weekday] = fields as [string, string, string, string, string];
  const every = /^\*\/(\d+)$/.exec(minute);
  const days = month === '*' ? dayWords(day, weekday) : null;
  if (days === null) return s.crontab;
  const on = days ? ` ${days}` : '';
  if (minute === '*' && hour === '*') return `every minute${on}`;
  if (every && hour === '*') return `every ${every[1]} minutes${on}`;
  if (isNumber(minute) && hour === '*') return `every hour at :${pad(minute)}${on}`;
  const hours = /^\*\/(\d+)$/.exec(hour);
  if (isNumber(minute) && hours) return `every ${hours[1]} hours at :${pad(minute)}${on}`;
  if (!isNumber(minute) || !/^\d+(,\d+)*$/.test(hour)) return s.crontab;
  const times = hour.split(',').map((h) => `${pad(h)}:${pad(minute)}`);
  return `${days || 'every day'} at ${times.join(', ')}`;
}

/** Empty: every day. null: not to be said in few words. */
function dayWords(day: string, weekday: string): string | null {
  if (day === '*' && weekday === '*') return '';
  if (weekday === '*') return isNumber(day) ? `on day ${day} of the month` : null;
  if (day !== '*') return null;
  const number = (name: string) => (isNumber(name) ? Number(name) % 7 : SHORT_DAYS.indexOf(name.toUpperCase()));
  const span = /^(\w+)-(\w+)$/.exec(weekday);
  if (span) {
    const [from, to] = [number(span[1]!), number(span[2]!)];
    return from < 0 || to < 0 ? null : `${DAYS[from]} to ${DAYS[to]}`;
  }
  const list = weekday.split(',').map(number);
  return list.some((d) => d < 0 || Number.isNaN(d)) ? null : `on ${list.map((d) => DAYS[d]).join(', ')}`;
}

export type Tone = 'plain' | 'ok' | 'warn' | 'error' | 'info';
export interface State {
  word: 'ok' | 'missed' | 'hung' | 'failed' | 'late' | 'running' | 'waiting';
  tone: Tone;
  /** The sentence behind the word. */
  why: string;
}

/** What a run came to. */
export const RUN: Record<CheckIn['status'], { word: string; tone: Tone; why: string }> = {
  ok: { word: 'ok', tone: 'ok', why: 'it ended well' },
  error: { word: 'failed', tone: 'error', why: 'it said that it failed' },
  missed: { word: 'missed', tone: 'error', why: 'nothing came in time' },
  timeout: { word: 'hung', tone: 'error', why: 'it did not end in time' },
  in_progress: { word: 'running', tone: 'info', why: 'it has not ended yet' },
};

/** The newest of an environment; check-ins are newest first. */
export const newestOf = (checkIns: CheckIn[], environment: string) => checkIns.find((c) => c.environment === environment);

/** How it stands now: by the last run that ended, and by the clock. */
export function stateOf(env: MonitorEnvironment, checkIns: CheckIn[], now: number): State {
  const own = checkIns.filter((c) => c.environment === env.environment);
  const running = own[0]?.status === 'in_progress';
  if (env.status === 'error') {
    const last = own.find((c) => c.status === 'error' || c.status === 'missed' || c.status === 'timeout');
    const run = last ? RUN[last.status] : RUN.error;
    return { word: run.word as State['word'], tone: 'error', why: `${env.failures > 1 ? `${env.failures} failures in a row; the last: ` : ''}${last ? run.why : 'its last run failed'}` };
  }
  if (running) return { word: 'running', tone: 'info', why: RUN.in_progress.why };
  if (env.expected_ns && nsToMs(env.expected_ns) < now) return { word: 'late', tone: 'warn', why: 'it was expected, and is not yet counted as missed' };
  return env.status === 'ok' ? { word: 'ok', tone: 'ok', why: 'its last run ended well' } : { word: 'waiting', tone: 'plain', why: 'no run has ended yet' };
}

/** Those that need a look come first, then by name. */
export function sortMonitors(monitors: Monitor[]): Monitor[] {
  const rank = (m: Monitor) => (m.status === 'error' && !m.muted ? 0 : 1);
  return [...monitors].sort((a, b) => rank(a) - rank(b) || (a.slug < b.slug ? -1 : 1));
}

export interface RunStatistics {
  runs: number;
  ok: number;
  failed: number;
  missed: number;
  hung: number;
  p50_ms: number | null;
  longest_ms: number | null;
}

export function statisticsOf(checkIns: CheckIn[]): RunStatistics {
  const durations = checkIns.filter((c) => c.status !== 'in_progress' && c.status !== 'missed' && c.duration_ns !== null).map((c) => nsToMs(c.duration_ns));
  durations.sort((a, b) => a - b);
  const n = (status: CheckIn['status']) => checkIns.filter((c) => c.status === status).length;
  return {
    runs: checkIns.length,
    ok: n('ok'),
    failed: n('error'),
    missed: n('missed'),
    hung: n('timeout'),
    p50_ms: durations.length ? durations[Math.floor((durations.length - 1) / 2)]! : null,
    longest_ms: durations.at(-1) ?? null,
  };
}

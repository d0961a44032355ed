/**
 * The time range of a page. Each end is either relative (`now`, `now-2h30m`) or an instant (RFC 3339), which is also
 * how it stands in the URL and what the API takes.
 */
import { clockTime, compactTime, durationText, durationWords, parseDuration, shortDate } from './time';

export interface Range {
  start: string;
  end: string;
}

export interface Resolved {
  startMs: number;
  endMs: number;
}

export const DEFAULT_RANGE: Range = { start: 'now-1h', end: 'now' };

export const PRESETS: { label: string; range: Range }[] = [
  ['Last 5 minutes', '5m'],
  ['Last 15 minutes', '15m'],
  ['Last 30 minutes', '30m'],
  ['Last 1 hour', '1h'],
  ['Last 3 hours', '3h'],
  ['Last 6 hours', '6h'],
  ['Last 12 hours', '12h'],
  ['Last 24 hours', '24h'],
  ['Last 2 days', '2d'],
  ['Last 7 days', '7d'],
  ['Last 30 days', '30d'],
].map(([label, d]) => ({ label: label!, range: { start: `now-${d}`, end: 'now' } }));

/** An end of a range to milliseconds; null when it cannot be read. */
export function resolveInstant(text: string, now: number): number | null {
  const t = text.trim();
  if (t === 'now') return now;
  const rel = /^now\s*([-+])\s*(.+)$/.exec(t);
  if (rel) {
    const d = parseDuration(rel[2]!);
    return d === null ? null : rel[1] === '-' ? now - d : now + d;
  }
  if (/^\d+(\.\d+)?$/.test(t)) return unixToMs(t);
  if (!/^\d{4}-\d{2}-\d{2}/.test(t)) return null;
  const ms = Date.parse(t.length === 10 ? `${t}T00:00:00` : t.replace(' ', 'T'));
  return Number.isNaN(ms) ? null : ms;
}

/** Seconds, milliseconds, microseconds or nanoseconds, told apart by their size. */
function unixToMs(text: string): number | null {
  const n = Number(text);
  if (n > 1e17) return n / 1e6;
  if (n > 1e14) return n / 1e3;
  if (n > 1e11) return n;
  return n > 1e8 ? n * 1000 : null;
}

export function resolveRange(range: Range, now: number): Resolved {
  const end = resolveInstant(range.end, now) ?? now;
  const start = resolveInstant(range.start, now) ?? end - 3_600_000;
  return start < end ? { startMs: start, endMs: end } : { startMs: end, endMs: start + 1 };
}

export function isRelative(range: Range): boolean {
  return range.end === 'now' && range.start.startsWith('now-');
}

export function absoluteRange(startMs: number, endMs: number): Range {
  return { start: new Date(Math.floor(startMs)).toISOString(), end: new Date(Math.ceil(endMs)).toISOString() };
}

/** What the picker's button says. */
export function describeRange(range: Range, now: number): string {
  if (isRelative(range)) {
    const preset = PRESETS.find((p) => p.range.start === range.start);
    if (preset) return preset.label;
    const d = parseDuration(range.start.slice(4));
    return d === null ? range.start : `Last ${durationWords(d)}`;
  }
  const { startMs, endMs } = resolveRange(range, now);
  if (range.end === 'now') return `Since ${compactTime(startMs, now)}`;
  const short = endMs - startMs < 300_000;
  const sameDay = new Date(startMs).toDateString() === new Date(endMs).toDateString();
  const today = new Date(now).toDateString() === new Date(startMs).toDateString();
  const clock = (ms: number) => (short ? clockTime(ms, endMs - startMs < 10_000) : clockTime(ms).slice(0, 5));
  if (sameDay) return `${today ? '' : `${shortDate(startMs)}, `}${clock(startMs)} – ${clock(endMs)}`;
  return `${compactTime(startMs, now)} – ${compactTime(endMs, now)}`;
}

export type ParsedRange = { range: Range } | { error: string };

const HELP = 'Try 5h, 90 min, since 10:30, 09:00 to 10:15, yesterday, or 2026-11-22 14:00 to 2026-11-22 15:00.';

/** Free text of the picker to a range. */
export function parseRangeText(text: string, now: number): ParsedRange {
  const t = text.trim().replace(/\s+/g, ' ');
  if (!t) return { error: HELP };
  const lower = t.toLowerCase();

  const plain = parseDuration(lower.replace(/^(last|past|in the last|the last) /, '').replace(/ ago$/, ''));
  if (plain !== null) return { range: { start: `now-${durationText(plain)}`, end: 'now' } };
  if (lower.startsWith('now-')) {
    const d = parseDuration(lower.slice(4));
    return d === null ? { error: HELP } : { range: { start: `now-${durationText(d)}`, end: 'now' } };
  }

  const day = wholeDay(lower, now);
  if (day) return { range: day };

  const since = /^(?:since|from|after) (.+?)(?: (?:to|until|till) now)?$/.exec(lower);
  if (since && !/ (to|until|till) /.test(since[1]!)) return sincePoint(since[1]!, now);

  const around = /^(?:around|at|near) (.+)$/.exec(lower);
  if (around) {
    const at = readPoint(around[1]!, now);
    return at === null ? { error: HELP } : { range: absoluteRange(at - 300_000, at + 300_000) };
  }
  return betweenPoints(t, now);
}

function sincePoint(text: string, now: number): ParsedRange {
  const start = readPoint(text, now);
  if (start === null) return { error: HELP };
  if (start >= now) return { error: 'That start lies in the future.' };
  return { range: { start: new Date(start).toISOString(), end: 'now' } };
}

function betweenPoints(text: string, now: number): ParsedRange {
  const body = text.replace(/^(from|between) /i, '');
  const parts = body.split(/ (?:to|until|till|and|-|–|—) |\.\.|\/|–|—/i).map((p) => p.trim());
  if (parts.length !== 2 || !parts[0] || !parts[1]) return { error: HELP };
  const start = readPoint(parts[0].toLowerCase(), now);
  const end = readPoint(parts[1].toLowerCase(), now, start ?? undefined);
  if (start === null || end === null) return { error: HELP };
  if (end <= start) return { error: 'The end must lie after the start.' };
  if (parts[1].toLowerCase() === 'now') {
    return { range: { start: new Date(start).toISOString(), end: 'now' } };
  }
  return { range: absoluteRange(start, end) };
}

function wholeDay(text: string, now: number): Range | null {
  const midnight = new Date(now);
  midnight.setHours(0, 0, 0, 0);
  if (text === 'today') return { start: midnight.toISOString(), end: 'now' };
  if (text === 'yesterday') {
    const before = new Date(midnight);
    before.setDate(before.getDate() - 1);
    return { start: before.toISOString(), end: midnight.toISOString() };
  }
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    const start = resolveInstant(text, now);
    if (start === null) return null;
    const next = new Date(start);
    next.setDate(next.getDate() + 1);
    return { start: new Date(start).toISOString(), end: next.toISOString() };
  }
  return null;
}

/** One point in time. A bare clock means its last occurrence, or the day of `near` where that is given. */
function readPoint(text: string, now: number, near?: number): number | null {
  const t = text.trim();
  const clock = /^(?:(today|yesterday) )?(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?(am|pm))?$/.exec(t);
  if (clock) return readClock(clock, now, near);
  if (t === 'today' || t === 'yesterday') {
    const day = wholeDay(t, now);
    return day && Date.parse(day.start);
  }
  const agoMatch = /^(.+) ago$/.exec(t);
  if (agoMatch) {
    const d = parseDuration(agoMatch[1]!);
    return d === null ? null : now - d;
  }
  return resolveInstant(t.replace(/(\d)t(\d)/, '$1T$2').replace(/z$/, 'Z'), now);
}

function readClock(m: RegExpExecArray, now: number, near?: number): number | null {
  let hour = Number(m[2]);
  const minute = Number(m[3]);
  const second = Number(m[4] ?? 0);
  if (m[5]) hour = (hour % 12) + (m[5] === 'pm' ? 12 : 0);
  if (hour > 23 || minute > 59 || second > 59) return null;
  const d = new Date(near ?? now);
  d.setHours(hour, minute, second, 0);
  if (m[1] === 'yesterday') d.setDate(d.getDate() - 1);
  else if (!m[1] && near === undefined && d.getTime() > now) d.setDate(d.getDate() - 1);
  else if (!m[1] && near !== undefined && d.getTime() <= near) d.setDate(d.getDate() + 1);
  return d.getTime();
}

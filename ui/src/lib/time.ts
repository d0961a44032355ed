/** Instants: the API speaks decimal strings of unix nanoseconds, the browser milliseconds. */

/** Unix nanoseconds as text to (fractional) milliseconds; microseconds survive, nanoseconds do not. */
export function nsToMs(ns: string | null | undefined): number {
  if (!ns) return 0;
  return Number(toBig(ns) / 1000n) / 1000;
}

/** A duration in nanoseconds as text to milliseconds. */
export const durationMs = nsToMs;

export function msToNs(ms: number): string {
  return (BigInt(Math.round(ms * 1000)) * 1000n).toString();
}

/** `a - b` in milliseconds without losing the small digits of large instants. */
export function diffMs(a: string, b: string): number {
  return Number(toBig(a) - toBig(b)) / 1e6;
}

export function compareNs(a: string, b: string): number {
  const x = toBig(a);
  const y = toBig(b);
  return x < y ? -1 : x > y ? 1 : 0;
}

function toBig(ns: string): bigint {
  try {
    return BigInt(ns);
  } catch {
    return 0n;
  }
}

const pad = (n: number, width = 2) => String(n).padStart(width, '0');

export function clockTime(ms: number, withMs = false): string {
  const d = new Date(ms);
  const base = `${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}`;
  return withMs ? `${base}.${pad(d.getMilliseconds(), 3)}` : base;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function shortDate(ms: number): string {
  const d = new Date(ms);
  return `${d.getDate()} ${MONTHS[d.getMonth()]}`;
}

/** `22 Nov 2026, 16:38:00.397` in the reader's time zone. */
export function fullTime(ms: number, withMs = true): string {
  const d = new Date(ms);
  return `${shortDate(ms)} ${d.getFullYear()}, ${clockTime(ms, withMs)}`;
}

/** As short as it can be said: the clock today, the date with it on another day. */
export function compactTime(ms: number, now: number): string {
  const d = new Date(ms);
  const n = new Date(now);
  const clock = `${pad(d.getHours())}:${pad(d.getMinutes())}`;
  if (d.toDateString() === n.toDateString()) return clock;
  const year = d.getFullYear() === n.getFullYear() ? '' : ` ${d.getFullYear()}`;
  return `${shortDate(ms)}${year} ${clock}`;
}

/** `just now`, `12 s ago`, `3 min ago`, `5 h ago`, `2 d ago`, `in 4 s`. */
export function ago(ms: number, now: number): string {
  const delta = (now - ms) / 1000;
  const s = Math.abs(delta);
  if (s < 1.5) return 'just now';
  const text =
    s < 60
      ? `${Math.floor(s)} s`
      : s < 3600
        ? `${Math.floor(s / 60)} min`
        : s < 86400
          ? `${Math.floor(s / 3600)} h`
          : `${Math.floor(s / 86400)} d`;
  return delta < 0 ? `in ${text}` : `${text} ago`;
}

const UNIT_MS: Record<string, number> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  secs: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  min: 60_000,
  mins: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
  w: 604_800_000,
  week: 604_800_000,
  weeks: 604_800_000,
};

/** `5h`, `2h30m`, `90 s`, `1 hour 30 minutes` to milliseconds; null when it is not a duration. */
export function parseDuration(text: string): number | null {
  const compact = text.trim().toLowerCase();
  if (!compact) return null;
  const part = /(\d+(?:\.\d+)?)\s*([a-z]+)\s*/y;
  let total = 0;
  let at = 0;
  while (at < compact.length) {
    part.lastIndex = at;
    const m = part.exec(compact);
    if (!m) return null;
    const unit = UNIT_MS[m[2]!];
    if (unit === undefined) return null;
    total += Number(m[1]) * unit;
    at = part.lastIndex;
  }
  return total > 0 ? total : null;
}

/** The form the API takes after `now-`: whole units, largest first (`2h30m`). */
export function durationText(ms: number): string {
  let rest = Math.max(1000, Math.round(ms / 1000) * 1000);
  let out = '';
  for (const [unit, size] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const) {
    const n = Math.floor(rest / size);
    if (n) out += `${n}${unit}`;
    rest -= n * size;
  }
  return out;
}

/** For people: `last 90 minutes` is `1 h 30 min`. */
export function durationWords(ms: number): string {
  const words: Record<string, string> = { d: ' d', h: ' h', m: ' min', s: ' s' };
  return durationText(ms)
    .replace(/[dhms]/g, (u) => `${words[u]} `)
    .trim();
}

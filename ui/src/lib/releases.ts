/** Releases in words and numbers. */
import type { Commit, Health, Release } from '../api/releases';
import { integer } from './format';
import { nsToMs } from './time';

/** `99.87 %`: cut, not rounded, so that only what is whole reads 100 %. */
export function sharePercent(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return '–';
  const hundredths = Math.floor(share * 10_000 + 1e-6);
  return `${(hundredths / 100).toFixed(2).replace(/\.?0+$/, '')} %`;
}

export type HealthTone = '' | 'warned' | 'bad';

/** Below 99.5 % crash-free is worth a look, below 98 % is bad. */
export function crashFreeTone(share: number | null): HealthTone {
  if (share === null) return '';
  return share < 0.98 ? 'bad' : share < 0.995 ? 'warned' : '';
}

export const usersText = (h: Pick<Health, 'users' | 'users_exact'>) => (h.users_exact ? integer(h.users) : `about ${integer(h.users)}`);

/** When it came out: as it was said, or when it was first seen. */
export const dateOf = (r: Release) => r.released_ns ?? r.first_seen_ns;

/** The one that came out before it; the list is newest first. */
export function previousOf(releases: Release[], version: string): Release | null {
  const at = releases.findIndex((r) => r.version === version);
  return at < 0 ? null : (releases[at + 1] ?? null);
}

const FIXES = /\b(?:fix|fixes|fixed|close|closes|closed|resolve|resolves|resolved)\b:?\s+((?:[A-Z][A-Z0-9_-]*-\d+(?:\s*(?:,|and)\s*)?)+)/gi;

/** Short ids of the issues that a commit's message says it fixes. */
export function fixesOf(commit: Pick<Commit, 'message'>): string[] {
  const out = new Set<string>();
  for (const m of commit.message.matchAll(FIXES)) for (const id of m[1]!.match(/[A-Z][A-Z0-9_-]*-\d+/gi) ?? []) out.add(id.toUpperCase());
  return [...out];
}

export interface HealthSeries {
  /** Unix seconds. */
  x: number[];
  sessions: number[];
  errored: number[];
  crashed: number[];
  /** Share of the sessions that crashed; null where there were none. */
  crash_rate: (number | null)[];
}

/** One point a step from `start` to `end`: steps that an answer leaves out had no sessions. */
export function healthSeries(of: { start_ns: string; end_ns: string; step_ns: string; series: (Health & { time_ns: string })[] }): HealthSeries {
  const startMs = nsToMs(of.start_ns);
  const stepMs = Math.max(1, nsToMs(of.step_ns));
  const steps = Math.min(1000, Math.max(1, Math.ceil((nsToMs(of.end_ns) - startMs) / stepMs)));
  const first = of.series[0] ? nsToMs(of.series[0].time_ns) : startMs;
  // The server's steps need not begin with the range.
  const begin = first - Math.ceil((first - startMs) / stepMs - 1e-9) * stepMs;
  const found = new Map(of.series.map((p) => [Math.round((nsToMs(p.time_ns) - begin) / stepMs), p]));
  const at = Array.from({ length: Math.max(steps, ...[...found.keys()].map((k) => k + 1)) }, (_, i) => found.get(i));
  return {
    x: at.map((_, i) => (begin + i * stepMs) / 1000),
    sessions: at.map((p) => p?.sessions ?? 0),
    errored: at.map((p) => p?.errored ?? 0),
    crashed: at.map((p) => p?.crashed ?? 0),
    crash_rate: at.map((p) => (p?.sessions ? p.crashed / p.sessions : null)),
  };
}

/** `+86 %`, `−3 %`. */
export function changeText(change: number): string {
  if (!Number.isFinite(change)) return '–';
  const p = Math.round(change * 100);
  return p === 0 ? '±0 %' : `${p > 0 ? '+' : '−'}${integer(Math.abs(p))} %`;
}

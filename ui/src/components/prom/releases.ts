/** Releases that came into use within a window: their first span, or their first error, after another release was there. */
import { getHistogram, type Window } from '../../api/endpoints';
import type { Histogram } from '../../api/types';
import { useData } from '../../lib/data';
import { nsToMs } from '../../lib/time';
import type { ChartMark } from '../chart';

const BUCKETS = 200;
/** More than these are a pattern, not marks. */
const MOST = 20;

export function useReleases(w: Window, on: boolean): ChartMark[] {
  // Twice as far back: what ran before the window is not new in it.
  const wide = { startMs: w.startMs - (w.endMs - w.startMs), endMs: w.endMs };
  const found = useData(
    (s) => (on ? Promise.all([getHistogram('spans', 'has:service.version', wide, 'service.version', BUCKETS, s), getHistogram('errors', 'has:release', wide, 'release', BUCKETS, s)]) : null),
    [w, on],
  );
  return on && found.data ? marksOf(found.data, w.startMs) : NONE;
}

const NONE: ChartMark[] = [];

/** A release that nothing came before is not marked: it may have run long before the first telemetry. */
export function marksOf(histograms: Histogram[], fromMs: number): ChartMark[] {
  const first = new Map<string, number>();
  for (const h of histograms) {
    const start = nsToMs(h.start_ns);
    const step = nsToMs(h.step_ns);
    for (const s of h.series) {
      const at = s.counts.findIndex((n) => n > 0);
      // What a histogram could not tell apart has no name.
      if (at < 0 || !s.key || s.key === '(other)') continue;
      const ms = start + at * step;
      first.set(s.key, Math.min(ms, first.get(s.key) ?? Infinity));
    }
  }
  const earliest = Math.min(...first.values());
  return [...first]
    .filter(([, ms]) => ms > earliest && ms >= fromMs)
    .sort((a, b) => a[1] - b[1])
    .slice(-MOST)
    .map(([name, ms]) => ({ time: ms / 1000, label: `Release ${name}` }));
}

/** Series of histogram buckets (`le`) as cells: what lies between two bounds at each step. */
import type { PromSeries } from '../api/types';
import { alignSeries, parseSample } from './promql';

export interface Heatmap {
  /** Unix seconds. */
  x: number[];
  /** Upper bounds, rising; the last may be infinite. */
  bounds: number[];
  /** Per bound, per step; null where a bucket has no value. */
  cells: (number | null)[][];
  max: number;
}

/** Null where no series is a bucket. Buckets of several histograms are added up. */
export function toHeatmap(series: PromSeries[], startS: number, endS: number, step: number): Heatmap | null {
  const buckets = series.filter((s) => s.metric.le !== undefined && !Number.isNaN(parseSample(s.metric.le)));
  if (!buckets.length) return null;
  const { x, ys } = alignSeries(buckets, startS, endS, step);
  const sums = new Map<number, (number | null)[]>();
  buckets.forEach((s, i) => {
    const bound = parseSample(s.metric.le!);
    const own = sums.get(bound);
    if (!own) sums.set(bound, [...ys[i]!]);
    else ys[i]!.forEach((v, t) => v !== null && (own[t] = (own[t] ?? 0) + v));
  });
  const bounds = [...sums.keys()].sort((a, b) => a - b);
  let max = 0;
  const cells = bounds.map((bound, b) =>
    sums.get(bound)!.map((v, t) => {
      if (v === null) return null;
      const below = b > 0 ? (sums.get(bounds[b - 1]!)![t] ?? 0) : 0;
      // Buckets are cumulative; scrapes between two of them may make one smaller than the one below.
      const own = Math.max(0, v - below);
      max = Math.max(max, own);
      return own;
    }),
  );
  return { x, bounds, cells, max };
}

/** How strong a cell's colour is, 0 to 1: by the square root, so that rare values are seen beside common ones. */
export function strength(value: number | null, max: number): number {
  return value === null || max <= 0 ? 0 : Math.sqrt(value / max);
}

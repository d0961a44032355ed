/** PromQL results and steps, as far as the browser needs them. */
import type { PromData, PromSeries } from '../api/types';
import { parseDuration } from './time';

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];

/** A round step (seconds) that gives about `points` points, never under 1 s. */
export function autoStep(startMs: number, endMs: number, points = 300): number {
  const rough = (endMs - startMs) / 1000 / points;
  return STEPS.find((s) => s >= rough) ?? Math.ceil(rough / 86400) * 86400;
}

/** The step field: `auto` (or empty), `30s`, `5m`, or seconds. */
export function parseStep(text: string, startMs: number, endMs: number): { step: number } | { error: string } {
  const t = text.trim().toLowerCase();
  if (!t || t === 'auto') return { step: autoStep(startMs, endMs) };
  const step = /^\d+(\.\d+)?$/.test(t) ? Number(t) : (parseDuration(t) ?? NaN) / 1000;
  if (!(step > 0)) return { error: 'A step is a duration such as 15s or 5m, or auto.' };
  if ((endMs - startMs) / 1000 / step > 11_000) {
    return { error: 'This step would give more than 11,000 points per series. Use a longer one.' };
  }
  return { step };
}

export function stepText(seconds: number): string {
  if (seconds % 86400 === 0) return `${seconds / 86400}d`;
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  if (seconds % 60 === 0) return `${seconds / 60}m`;
  return `${seconds}s`;
}

/** `name{a="b"}`, the way Prometheus writes a series. */
export function seriesName(metric: Record<string, string>): string {
  const { __name__: name = '', ...labels } = metric;
  const pairs = Object.keys(labels)
    .sort()
    .map((k) => `${k}=${JSON.stringify(labels[k])}`);
  return pairs.length ? `${name}{${pairs.join(', ')}}` : name || '{}';
}

/** Names of many series without what all of them share: a legend shows what differs. */
export function legendNames(metrics: Record<string, string>[]): string[] {
  if (metrics.length < 2) return metrics.map(seriesName);
  const first = metrics[0]!;
  const shared = Object.keys(first).filter((k) => metrics.every((m) => m[k] === first[k]));
  return metrics.map((m) => {
    const own = Object.fromEntries(Object.entries(m).filter(([k]) => !shared.includes(k)));
    return Object.keys(own).length ? seriesName(own) : seriesName(m);
  });
}

export function parseSample(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  return Number(text);
}

export interface Aligned {
  /** Unix seconds. */
  x: number[];
  /** One array per series, null where a sample is missing. */
  ys: (number | null)[][];
}

/** Series of a range query on the one grid that a chart needs; gaps stay gaps. */
export function alignSeries(series: PromSeries[], startS: number, endS: number, step: number): Aligned {
  const n = Math.floor((endS - startS) / step + 1e-6) + 1;
  const x = Array.from({ length: n }, (_, i) => startS + i * step);
  const ys = series.map((s) => {
    const y: (number | null)[] = new Array(n).fill(null);
    for (const [t, v] of s.values ?? []) {
      const i = Math.round((t - startS) / step);
      const value = parseSample(v);
      if (i >= 0 && i < n && Number.isFinite(value)) y[i] = value;
    }
    return y;
  });
  return { x, ys };
}

/** Every answer as series: a scalar or a string becomes one without labels. */
export function asSeries(data: PromData): PromSeries[] {
  if (data.resultType === 'scalar' || data.resultType === 'string') {
    const [t, v] = data.result as [number, string];
    return [{ metric: {}, value: [t, v], values: [[t, v]] }];
  }
  return data.result as PromSeries[];
}

/** PromQL results and the step field, as far as the browser needs them. */
import type { PromData, PromSeries } from '../api/types';
import { byteToIndex } from './query';
import { autoStep } from './step';
import { parseDuration } from './time';

/** Points of a graph where no step is given. */
const POINTS = 300;

/** The step field: `auto` (or empty), `30s`, `5m`, or seconds. */
export function parseStep(text: string, startMs: number, endMs: number): { step: number } | { error: string } {
  const t = text.trim().toLowerCase();
  if (!t || t === 'auto') return { step: autoStep(endMs - startMs, POINTS) };
  const step = /^\d+(\.\d+)?$/.test(t) ? Number(t) : (parseDuration(t) ?? NaN) / 1000;
  if (!(step > 0)) return { error: 'A step is a duration such as 15s or 5m, or auto.' };
  if ((endMs - startMs) / 1000 / step > 11_000) {
    return { error: 'This step would give more than 11,000 points per series. Use a longer one.' };
  }
  return { step };
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

/** Where a message of PromQL points to: `1:6: parse error: …` or `… (1:6)`, as the place in UTF-16 units. */
export function placeOf(message: string, query: string): number | null {
  const m = /(?:^|: )(\d+):(\d+): parse error/.exec(message) ?? /\((\d+):(\d+)\)$/.exec(message);
  if (!m) return null;
  const lines = query.split('\n');
  const line = Number(m[1]) - 1;
  if (line < 0 || line >= lines.length) return null;
  const before = lines.slice(0, line).reduce((n, l) => n + l.length + 1, 0);
  return Math.min(query.length, before + byteToIndex(lines[line]!, Number(m[2]) - 1));
}

/** A message without what the place beside it says already. */
export function messageText(message: string): string {
  return message.replace(/^invalid parameter "query": /, '').replace(/^\d+:\d+: parse error: /, '').replace(/^PromQL (warning|info): /, '').replace(/ \(\d+:\d+\)$/, '');
}

/** Metric names in a query, as far as they can be told without parsing it whole: for what is offered beside it. */
export function metricNames(query: string): string[] {
  const bare = query.replace(/\b\d[\w.]*/g, ' ').replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g, '""').replace(/\{[^}]*\}|\[[^\]]*\]/g, ' ').replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  const found = bare.match(/[a-zA-Z_:][\w:]*(?!\s*\()(?![\w:])/g) ?? [];
  return [...new Set(found.filter((w) => !/^(and|or|unless|atan2|bool|by|without|on|ignoring|group_left|group_right|offset|inf|nan|\d.*)$/i.test(w)))];
}

/** Answers of several range queries as the lines of one chart. */
import type { PromData } from '../api/types';
import { alignSeries, asSeries, legendNames, seriesName } from './promql';
import { guessUnit, type Unit } from './promunits';
import { statsOf, type SeriesStats } from './seriesstats';

export interface PromLine {
  /** The query's name and the series' own: a line keeps it when the answer comes anew. */
  key: string;
  label: string;
  color: string;
  values: (number | null)[];
  stats: SeriesStats;
  unit: Unit;
}

export interface Answered {
  letter: string;
  text: string;
  data: PromData;
  /** `{{label}}` is replaced by the series' value of it; empty: what differs. */
  legend?: string;
}

export interface Grid {
  startS: number;
  endS: number;
  step: number;
}

export interface PromLines {
  x: number[];
  lines: PromLine[];
  /** Of all answers; `lines` has at most as many as were asked for. */
  total: number;
}

/** Where there are more series than `most`, those with the largest values are kept. `named`: lines say whose they are. */
export function toPromLines(answers: Answered[], grid: Grid, most: number, named: boolean): PromLines {
  const all = answers.flatMap((a) => {
    const series = asSeries(a.data);
    const names = legendNames(series.map((s) => s.metric));
    const { ys } = alignSeries(series, grid.startS, grid.endS, grid.step);
    const unit = guessUnit(a.text);
    return series.map((s, i) => {
      const own = a.legend ? fillLegend(a.legend, s.metric) : names[i] === '{}' ? a.text : names[i]!;
      return { key: `${a.letter} ${seriesName(s.metric)}`, label: named ? `${a.letter.toUpperCase()}: ${own}` : own, values: ys[i]!, stats: statsOf(ys[i]!), unit };
    });
  });
  const kept = all.length > most ? largest(all, most) : all;
  const { x } = alignSeries([], grid.startS, grid.endS, grid.step);
  return { x, lines: kept.map((l, i) => ({ ...l, color: `--c${(i % 10) + 1}` })), total: all.length };
}

/** In the order they came in. */
function largest<L extends { stats: SeriesStats }>(lines: L[], most: number): L[] {
  const kept = new Set([...lines].sort((a, b) => (b.stats.max ?? -Infinity) - (a.stats.max ?? -Infinity)).slice(0, most));
  return lines.filter((l) => kept.has(l));
}

/** `{{view}} {{method}}` with a series' values; what it does not have is empty. */
export function fillLegend(pattern: string, metric: Record<string, string>): string {
  return pattern.replace(/\{\{\s*([^{}]*?)\s*\}\}/g, (_, name: string) => metric[name] ?? '').trim() || seriesName(metric);
}

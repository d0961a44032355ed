/** Answers of kind series as lines of a chart. */
import type { Cell, SearchAnswer } from '../api/types';
import { PALETTE, SEVERITY_VAR, severity, slots } from './color';
import { valueText } from './format';
import { statsOf, type SeriesStats } from './seriesstats';
import { nsToMs } from './time';

export interface ResultLine {
  /** Of the keys' values: labels may be alike. */
  key: string;
  label: string;
  /** The keys as a question writes them, with their values. */
  pairs: [string, Cell][];
  color: string;
  values: (number | null)[];
  stats: SeriesStats;
}

/** The lines of one calculated column; `total` counts those that `most` cuts off too. */
export function toLines(answer: SearchAnswer, column: string, most: number): { x: number[]; lines: ResultLine[]; total: number } {
  const start = nsToMs(answer.start_ns) / 1000;
  const step = nsToMs(answer.step_ns) / 1000;
  const keys = answer.columns.filter((c) => c.role === 'key');
  const own = answer.series.filter((s) => s.value === column);
  const kept = own.slice(0, most);
  const labels = kept.map((s) => Object.values(s.keys).map(cellLabel).join(' · ') || column);
  const taken = slots(labels);
  // A name keeps its colour as far as the colours reach; of more lines the largest ones differ.
  const slotOf = (i: number) => (labels.length > PALETTE ? (i % PALETTE) + 1 : taken.get(labels[i]!));
  const levels = labels.every((l) => severity(l) !== 'unknown' || l === '(none)');
  const lines = kept.map((s, i) => ({
    key: JSON.stringify(keys.map((c) => s.keys[c.name] ?? null)),
    label: labels[i]!,
    pairs: keys.map((c): [string, Cell] => [c.key, s.keys[c.name] ?? null]),
    color: levels && labels.length > 1 ? SEVERITY_VAR[severity(labels[i])] : `--c${slotOf(i)}`,
    values: s.points,
    stats: statsOf(s.points),
  }));
  return { x: Array.from({ length: answer.points }, (_, i) => start + i * step), lines, total: own.length };
}

const cellLabel = (c: Cell) => (c === null ? '(none)' : c === '' ? '(empty)' : valueText(c));

/** Each line on top of those before it; hidden ones take no room. Where no line has a value there is a gap. */
export function stacked(lines: { values: (number | null)[]; hidden?: boolean }[]): (number | null)[][] {
  const floor: number[] = [];
  const shown = lines.filter((l) => !l.hidden);
  return lines.map((l) =>
    l.values.map((v, i) => {
      if (l.hidden || shown.every((s) => s.values[i] === null)) return null;
      floor[i] = (floor[i] ?? 0) + (v ?? 0);
      return floor[i]!;
    }),
  );
}

/** Answers of kind series as lines of a chart. */
import type { Cell, SearchAnswer } from '../api/types';
import { PALETTE, SEVERITY_VAR, severity, slots } from './color';
import { valueText } from './format';
import { nsToMs } from './time';

export interface LineStats {
  last: number | null;
  mean: number | null;
  min: number | null;
  max: number | null;
}

export interface ResultLine {
  label: string;
  keys: Record<string, Cell>;
  color: string;
  values: (number | null)[];
  stats: LineStats;
}

/** The lines of one calculated column; `total` counts those that `most` cuts off too. */
export function toLines(answer: SearchAnswer, column: string, most: number): { x: number[]; lines: ResultLine[]; total: number } {
  const start = nsToMs(answer.start_ns) / 1000;
  const step = nsToMs(answer.step_ns) / 1000;
  const own = answer.series.filter((s) => s.value === column);
  const kept = own.slice(0, most);
  const labels = kept.map((s) => Object.values(s.keys).map(cellLabel).join(' · ') || column);
  const taken = slots(labels);
  // A name keeps its colour as far as the colours reach; of more lines the largest ones differ.
  const slotOf = (i: number) => (labels.length > PALETTE ? (i % PALETTE) + 1 : taken.get(labels[i]!));
  const levels = labels.every((l) => severity(l) !== 'unknown' || l === '(none)');
  const lines = kept.map((s, i) => ({
    label: labels[i]!,
    keys: s.keys,
    color: levels && labels.length > 1 ? SEVERITY_VAR[severity(labels[i])] : `--c${slotOf(i)}`,
    values: s.points,
    stats: statsOf(s.points),
  }));
  return { x: Array.from({ length: answer.points }, (_, i) => start + i * step), lines, total: own.length };
}

const cellLabel = (c: Cell) => (c === null ? '(none)' : c === '' ? '(empty)' : valueText(c));

function statsOf(values: (number | null)[]): LineStats {
  const known = values.filter((v): v is number => v !== null);
  if (!known.length) return { last: null, mean: null, min: null, max: null };
  return { last: known.at(-1)!, mean: known.reduce((a, b) => a + b, 0) / known.length, min: Math.min(...known), max: Math.max(...known) };
}

/** Each line on top of those before it; hidden ones take no room. */
export function stacked(lines: { values: (number | null)[]; hidden?: boolean }[]): (number | null)[][] {
  const floor: number[] = [];
  return lines.map((l) =>
    l.values.map((v, i) => {
      if (l.hidden) return null;
      floor[i] = (floor[i] ?? 0) + (v ?? 0);
      return floor[i]!;
    }),
  );
}

/** Answers that are no records, as columns and lines. */
import type { Cell, SearchAnswer } from '../api/types';
import { isoNanos } from './export';

export function exportable(answer: SearchAnswer): { columns: string[]; lines: Cell[][] } {
  if (answer.kind === 'patterns') {
    return {
      columns: ['pattern', 'dataset', 'count', 'share', 'is_new', 'first_seen', 'last_seen', 'example', 'query'],
      lines: answer.patterns.map((p) => [p.pattern, p.dataset, p.count, p.share, p.is_new, isoNanos(p.first_seen_ns), isoNanos(p.last_seen_ns), p.example, p.query]),
    };
  }
  if (answer.kind === 'series') {
    const keys = answer.columns.filter((c) => c.role === 'key').map((c) => c.name);
    const start = BigInt(answer.start_ns);
    const step = BigInt(answer.step_ns);
    return {
      columns: distinct(['time', ...keys, 'value_of', 'value']),
      lines: answer.series.flatMap((s) => s.points.map((p, i) => [isoNanos(String(start + step * BigInt(i))), ...keys.map((k) => s.keys[k] ?? null), s.value, p])),
    };
  }
  return { columns: distinct(answer.columns.map((c) => c.name)), lines: answer.table };
}

/** A field may be called as a column of ours is: the later one gets a number, so that no line loses a value. */
function distinct(names: string[]): string[] {
  const out: string[] = [];
  for (const name of names) {
    let own = name;
    for (let n = 2; out.includes(own); n++) own = `${name}_${n}`;
    out.push(own);
  }
  return out;
}

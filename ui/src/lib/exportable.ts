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
      columns: ['time', ...keys, 'value_of', 'value'],
      lines: answer.series.flatMap((s) => s.points.map((p, i) => [isoNanos(String(start + step * BigInt(i))), ...keys.map((k) => s.keys[k] ?? null), s.value, p])),
    };
  }
  return { columns: answer.columns.map((c) => c.name), lines: answer.table };
}

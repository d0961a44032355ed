/** Sorting a table of mixed cells: numbers before texts, what is missing last either way. */
import type { Cell } from '../api/types';

export interface Sort {
  column: number;
  descending: boolean;
}

const collator = new Intl.Collator('en', { numeric: true });

export function compareCells(a: Cell, b: Cell): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'number') return -1;
  if (typeof b === 'number') return 1;
  return collator.compare(String(a), String(b));
}

export function sortTable(lines: Cell[][], sort: Sort | null): Cell[][] {
  if (!sort) return lines;
  const { column, descending } = sort;
  return [...lines].sort((x, y) => {
    const a = x[column] ?? null;
    const b = y[column] ?? null;
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    return descending ? compareCells(b, a) : compareCells(a, b);
  });
}

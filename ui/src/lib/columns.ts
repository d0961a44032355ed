/** The columns of a list of records, as they stand in the URL, and how wide they must be. */
import type { Datasets, Row } from '../api/types';
import { valueText } from './format';

/** Columns that are made of several fields, or of none. */
export const MESSAGE = 'message';
export const LEVEL = 'level';
export const SERVICE = 'service';
export const DATASET = 'dataset';

const DEFAULTS: Record<Datasets, string[]> = {
  logs: [LEVEL, SERVICE, MESSAGE],
  spans: [LEVEL, SERVICE, 'duration_ns', MESSAGE],
  errors: [LEVEL, SERVICE, MESSAGE],
  all: [DATASET, LEVEL, SERVICE, MESSAGE],
};

export const defaultColumns = (dataset: Datasets): string[] => DEFAULTS[dataset];

/** `a,b`; a comma or a backslash in a name has a backslash before it. */
export function formatColumns(columns: string[]): string {
  return columns.map((c) => c.replace(/[\\,]/g, '\\$&')).join(',');
}

export function parseColumns(text: string): string[] {
  const out: string[] = [];
  let one = '';
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\' && i + 1 < text.length) one += text[++i];
    else if (text[i] === ',') {
      out.push(one);
      one = '';
    } else one += text[i];
  }
  out.push(one);
  return [...new Set(out.filter(Boolean))];
}

export function toggleColumn(columns: string[], name: string): string[] {
  if (columns.includes(name)) return columns.filter((c) => c !== name);
  // A new one goes before the message, which takes what is left of the width.
  const at = columns.at(-1) === MESSAGE ? columns.length - 1 : columns.length;
  return [...columns.slice(0, at), name, ...columns.slice(at)];
}

export function moveColumn(columns: string[], from: string, before: string): string[] {
  if (from === before) return columns;
  const rest = columns.filter((c) => c !== from);
  const at = rest.indexOf(before);
  // Dragged to the right it goes behind the one it is dropped on.
  const behind = columns.indexOf(from) < columns.indexOf(before) ? 1 : 0;
  return at < 0 ? columns : [...rest.slice(0, at + behind), from, ...rest.slice(at + behind)];
}

/** Letters that a column of a field needs: as most of the values in sight, within bounds. */
export function columnWidth(name: string, rows: Row[], shown: (row: Row) => string = (r) => valueText(r.fields[name] ?? '')): number {
  const lengths = rows
    .slice(0, 200)
    .map((r) => shown(r).length)
    .sort((a, b) => a - b);
  const most = lengths.length ? lengths[Math.floor((lengths.length - 1) * 0.95)]! : 0;
  return Math.min(44, Math.max(name.length + 3, most + 2, 7));
}

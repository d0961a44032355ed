/** Results as files: CSV (RFC 4180) and JSON lines. */
import type { Cell, Row } from '../api/types';
import { valueText } from './format';
import { nsToMs } from './time';

const PLAIN_NUMBER = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * One field of a CSV line. Text that a spreadsheet would take for a formula gets an apostrophe before it: lines come from
 * whoever sends requests.
 */
export function csvField(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = valueText(value);
  const safe = /^[=+@\t\r-]/.test(text) && !PLAIN_NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

export function csv(header: string[], lines: unknown[][]): string {
  return [header, ...lines].map((l) => l.map(csvField).join(',')).join('\r\n') + '\r\n';
}

/** RFC 3339 with all nine digits. */
export function isoNanos(ns: string): string {
  const digits = ns.padStart(10, '0');
  return `${new Date(Math.floor(nsToMs(ns) / 1000) * 1000).toISOString().slice(0, 19)}.${digits.slice(-9)}Z`;
}

/** Every record whole, one a line, as the API and `tripod logs --json` have it, with its time in letters too. */
export function rowsAsJson(rows: Row[]): string {
  return rows.map((r) => `${JSON.stringify({ time: isoNanos(r.time_ns), ...r })}\n`).join('');
}

export function tableAsJson(columns: string[], lines: Cell[][]): string {
  return lines.map((l) => `${JSON.stringify(Object.fromEntries(columns.map((c, i) => [c, l[i] ?? null])))}\n`).join('');
}

/** Hands a text to the browser as a file to keep. */
export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const a = document.createElement('a');
  a.href = url;
  a.download = name;
  document.body.append(a);
  a.click();
  a.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

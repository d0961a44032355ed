/** Reading a flat record of the search API: what is its message, what is worth a glance beside it. */
import type { Row } from '../api/types';
import { valueText } from './format';

export const rowKey = (r: Row) => `${r.time_ns}.${r.seq}`;

const MESSAGE_FIELDS = ['body', 'message', 'event', 'msg', 'original', 'name'];

export function messageOf(row: Row): string {
  for (const f of MESSAGE_FIELDS) {
    const v = row.fields[f];
    if (v !== undefined && v !== null && v !== '') return valueText(v);
  }
  return '';
}

/** Shown in columns of their own, or the same on every line of a process. */
const QUIET = new Set([
  'body', 'original', 'message', 'severity_number', 'severity_text', 'level', 'service.name', 'timestamp', 'time_ns', 'observed_time_ns',
  'trace_id', 'span_id', 'trace_flags', 'parent_span_id', 'request_id', 'stream', 'logger', 'source',
]);
const QUIET_PREFIX = /^(telemetry\.|process\.|host\.|os\.|code\.|k8s\.|container\.|cloud\.|service\.|deployment\.|otel\.|scope\.|log\.|link\.)/;

/** Only say which fields were labels of a pushed stream. */
const MARK_PREFIX = 'stream.label.';

/** `key=value` pairs that tell this line from its neighbours, in the order they were sent. */
export function glance(row: Row, most = 7): [string, string][] {
  const out: [string, string][] = [];
  for (const [k, v] of Object.entries(row.fields)) {
    if (QUIET.has(k) || QUIET_PREFIX.test(k) || k.startsWith(MARK_PREFIX) || v === null || v === '') continue;
    out.push([k, valueText(v)]);
    if (out.length === most) break;
  }
  return out;
}

const FIRST = ['body', 'severity_text', 'service.name', 'request_id', 'trace_id', 'span_id'];

/** Fields in reading order: the ones everybody looks for, then the line's own, then what describes the process. */
export function orderedFields(row: Row): [string, unknown][] {
  const rank = (k: string) => {
    const i = FIRST.indexOf(k);
    if (i >= 0) return i;
    return k === 'original' ? 300 : QUIET_PREFIX.test(k) || k === 'severity_number' ? 200 : 100;
  };
  const own = Object.entries(row.fields).filter(([k]) => !k.startsWith(MARK_PREFIX));
  return own.sort(([a], [b]) => rank(a) - rank(b));
}

export function text(row: Row, field: string): string {
  const v = row.fields[field];
  return v === undefined || v === null ? '' : valueText(v);
}

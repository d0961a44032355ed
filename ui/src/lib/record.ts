/** Reading a flat record of the search API: what is its message, what is worth a glance beside it. */
import type { Dataset, Row } from '../api/types';
import { valueText } from './format';

/** Names one record in an address: `time.seq`, with its dataset before it where that is not the logs. */
export const rowKey = (r: Row) => `${r.dataset && r.dataset !== 'logs' ? `${r.dataset}.` : ''}${r.time_ns}.${r.seq}`;

export interface RowId {
  dataset: Dataset;
  time_ns: string;
  seq: string;
}

export function parseRowKey(text: string): RowId | null {
  const m = /^(?:(logs|spans|errors)\.)?(\d+)\.(\d+)$/.exec(text);
  return m && { dataset: (m[1] as Dataset | undefined) ?? 'logs', time_ns: m[2]!, seq: m[3]! };
}

const MESSAGE_FIELDS = ['body', 'title', 'message', 'event', 'msg', 'original', 'name'];

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
  'trace_id', 'span_id', 'trace_flags', 'parent_span_id', 'request_id', 'stream', 'logger', 'source', 'service', 'host', 'environment',
  'title', 'payload', 'events', 'links', 'event_id', 'received_ns', 'exception.stacktrace', 'status_code', 'name',
  'culprit', 'platform', 'project', 'exception.type', 'exception.message',
]);
const QUIET_PREFIX = /^(telemetry\.|process\.|host\.|os\.|code\.|k8s\.|container\.|cloud\.|service\.|deployment\.|otel\.|scope\.|log\.|link\.|issue\.|attributes\.)/;

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

/** The word for how bad it is: a log's severity, an error's level, a span's status. */
export function levelOf(row: Row): string {
  return text(row, 'severity_text') || text(row, 'level') || text(row, 'status_code');
}

export const serviceOf = (row: Row): string => text(row, 'service.name') || text(row, 'service');

export function text(row: Row, field: string): string {
  const v = row.fields[field];
  return v === undefined || v === null ? '' : valueText(v);
}

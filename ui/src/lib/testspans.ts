/** Spans for tests: a trace that begins at BASE, times in milliseconds after it. */
import type { Span } from '../api/types';

export const BASE = 1795365477000000000n;

export function span(id: string, parent: string, startMs: number, ms: number, extra: Partial<Span> = {}): Span {
  return {
    span_id: id,
    parent_span_id: parent,
    trace_id: 't',
    service: 'shop',
    name: id,
    kind: 'internal',
    start_ns: (BASE + BigInt(Math.round(startMs * 1e6))).toString(),
    duration_ns: String(Math.round(ms * 1e6)),
    status: 'unset',
    status_message: '',
    source: 'otel',
    scope: '',
    attributes: {},
    resource: {},
    events: [],
    also_seen_by: '',
    twin: null,
    ...extra,
  };
}

/** Traces and links, put together from the requests. */
import { ns } from './random.mjs';

export function traceSummary(q) {
  return {
    trace_id: q.traceId,
    root_name: q.spans[0].name,
    service: q.spans[0].service,
    start_ns: q.spans[0].start_ns,
    duration_ns: q.spans[0].duration_ns,
    spans: q.spans.length,
    errors: q.spans.filter((s) => s.status === 'error').length,
    source: 'otel',
    http_status: q.status,
  };
}

function errorsOf(store, q) {
  return [...store.events.values()]
    .filter((e) => e.trace_id === q.traceId)
    .map((e) => ({ event_id: e.event_id, issue_id: e.issue_id, title: e.title, time_ns: e.time_ns, span_id: e.span_id }));
}

export function traceOf(store, q) {
  return {
    trace_id: q.traceId,
    start_ns: ns(q.atMs),
    duration_ns: q.spans[0].duration_ns,
    services: [...new Set(q.spans.map((s) => s.service))],
    spans: q.spans,
    logs: q.lines,
    errors: errorsOf(store, q),
    links: linksOf(store, q.traceId),
  };
}

/** Everything known about any of a request's ids; null where the id is of nobody. */
export function linksOf(store, id) {
  const event = store.events.get(id);
  const q = store.byTrace.get(id) ?? store.byRequest.get(id) ?? (event?.trace_id ? store.byTrace.get(event.trace_id) : null) ?? store.requests.find((x) => x.spans.some((s) => s.span_id === id));
  if (!q && !event) return null;
  if (!q) {
    return { id, identities: [{ kind: 'event_id', value: id, confidence: 'exact', evidence: 'this is the id itself' }], traces: [], errors: [pick(event)], logs: { count: 0, query: '', start_ns: null, end_ns: null }, hint: null };
  }
  const errors = errorsOf(store, q);
  const identities = [
    { kind: 'trace_id', value: q.traceId, confidence: 'exact', evidence: 'the server span of the request' },
    { kind: 'request_id', value: q.id, confidence: 'exact', evidence: `${q.lines.length} lines carry both the request id and the trace id` },
    ...errors.map((e) => ({ kind: 'event_id', value: e.event_id, confidence: 'probable', evidence: `same service, ${q.route.method} ${q.path}, same exception, 4 ms apart; no other candidate` })),
  ];
  return {
    id,
    identities,
    traces: [traceSummary(q)],
    errors: errors.map(pick),
    logs: { count: q.lines.length, query: `request_id:"${q.id}" OR trace_id:"${q.traceId}"`, start_ns: q.lines[0].time_ns, end_ns: q.lines.at(-1).time_ns },
    hint: errors.length ? 'The error is linked by evidence. To make it exact, set the request id as a tag in the middleware: sentry_sdk.set_tag("request_id", request_id).' : null,
  };
}

const pick = (e) => ({ event_id: e.event_id, issue_id: e.issue_id, title: e.title, time_ns: e.time_ns });

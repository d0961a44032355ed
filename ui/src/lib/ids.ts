/** What a pasted text is, as far as its shape says. */

export type Jump =
  | { kind: 'id'; id: string; label: string }
  | { kind: 'issue'; id: number; label: string };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function detectJump(text: string): Jump | null {
  const t = text.trim().replace(/^["'`]+|["'`,;]+$/g, '');
  const parent = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/i.exec(t);
  if (parent) return { kind: 'id', id: parent[1]!.toLowerCase(), label: 'Trace of this traceparent' };
  const sentryTrace = /^([0-9a-f]{32})-[0-9a-f]{16}(-[01])?$/i.exec(t);
  if (sentryTrace) return { kind: 'id', id: sentryTrace[1]!.toLowerCase(), label: 'Trace of this sentry-trace' };
  if (/^[0-9a-f]{32}$/i.test(t)) return { kind: 'id', id: t.toLowerCase(), label: 'Trace id or event id' };
  if (UUID.test(t)) return { kind: 'id', id: t.toLowerCase(), label: 'Request id, task id or event id' };
  if (/^[0-9a-f]{16}$/i.test(t)) return { kind: 'id', id: t.toLowerCase(), label: 'Span id' };
  const issue = /^(?:#|issue ?#?|[A-Za-z][\w-]*-)(\d{1,9})$/i.exec(t);
  if (issue) return { kind: 'issue', id: Number(issue[1]), label: `Issue ${issue[1]}` };
  return null;
}

/** Fields whose value is an id that other records may share: they are shown as links. */
const ID_FIELD =
  /^(trace_id|traceid|trace\.id|sentry_trace_id|sentry\.trace_id|request_id|requestid|request\.id|http\.request_id|event_id|sentry\.event_id|task_id|celery\.task_id|messaging\.message\.id|session|session_id|correlation_id)$/i;

export function isIdField(name: string): boolean {
  return ID_FIELD.test(name);
}

export function isTraceField(name: string): boolean {
  return /^(trace_id|traceid|trace\.id)$/i.test(name);
}

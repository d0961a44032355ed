/** A performance problem out of the event that tells of it. */
import type { ErrorEvent } from '../api/types';

export interface Problem {
  isCall: boolean;
  statement: string;
  calls: number;
  costMs: number;
  /** 0: not known. */
  requestMs: number;
  service: string;
  route: string;
  code: string;
  /** Span id of what made the calls. */
  parent: string;
}

const text = (v: unknown) => (typeof v === 'string' ? v : '');
const count = (v: unknown) => (typeof v === 'number' && Number.isFinite(v) ? v : 0);

/** null: the event tells of an error. */
export function problemOf(event: Pick<ErrorEvent, 'contexts'>): Problem | null {
  const told = event.contexts?.problem;
  if (!told || typeof told !== 'object') return null;
  const p = told as Record<string, unknown>;
  if (!text(p.type).startsWith('performance_')) return null;
  return {
    isCall: p.type === 'performance_n_plus_one_api_calls',
    statement: text(p.statement),
    calls: count(p.calls),
    costMs: count(p.duration_ns) / 1e6,
    requestMs: count(p.request_duration_ns) / 1e6,
    service: text(p.service),
    route: text(p.route),
    code: text(p.code),
    parent: text(p.parent_span_id),
  };
}

/** The Prometheus-shaped part of the API. */
import { ApiError, request } from './client';
import type { PromData } from './types';

interface Envelope<T> {
  status: 'success' | 'error';
  data: T;
  warnings?: string[];
  infos?: string[];
  errorType?: string;
  error?: string;
}

export interface PromAnswer {
  data: PromData;
  warnings: string[];
  infos: string[];
}

export interface MetricMetadata {
  type: string;
  help: string;
  unit: string;
}

export interface Exemplar {
  labels: Record<string, string>;
  value: string;
  /** Unix seconds. */
  timestamp: number;
}

interface ExemplarSeries {
  seriesLabels: Record<string, string>;
  exemplars: Exemplar[];
}

/** A list that may have been cut to the limit it was asked with. */
export interface Limited {
  items: string[];
  cut: boolean;
}

async function call<T>(path: string, params: Record<string, string | string[]>, signal?: AbortSignal): Promise<Envelope<T>> {
  const answer = await request<Envelope<T>>(path, { params, signal });
  if (answer.status === 'error') throw new ApiError(200, answer.errorType ?? 'error', answer.error ?? 'The query failed.');
  return answer;
}

const answerOf = (e: Envelope<PromData>): PromAnswer => ({ data: e.data, warnings: e.warnings ?? [], infos: e.infos ?? [] });
const limitedOf = (e: Envelope<string[]>): Limited => ({ items: e.data, cut: (e.warnings ?? []).length > 0 });

export async function queryRange(query: string, startS: number, endS: number, step: number, signal?: AbortSignal): Promise<PromAnswer> {
  const e = await call<PromData>(
    'query_range',
    { query, start: startS.toFixed(3), end: endS.toFixed(3), step: String(step) },
    signal,
  );
  return answerOf(e);
}

export async function queryInstant(query: string, timeS: number, signal?: AbortSignal): Promise<PromAnswer> {
  const e = await call<PromData>('query', { query, time: timeS.toFixed(3) }, signal);
  return answerOf(e);
}

/** Of the series that `match` selects; of all without it. */
export async function labelNames(match = '', limit = 0, signal?: AbortSignal): Promise<Limited> {
  return limitedOf(await call<string[]>('labels', labelParams(match, limit), signal));
}

/** Of the series with samples `within` a time range; without one, of all time. */
export async function labelValues(name: string, match = '', limit = 0, signal?: AbortSignal, within?: { startS: number; endS: number }): Promise<Limited> {
  const range: Record<string, string> = within ? { start: within.startS.toFixed(3), end: within.endS.toFixed(3) } : {};
  return limitedOf(await call<string[]>(`label/${encodeURIComponent(name)}/values`, { ...labelParams(match, limit), ...range }, signal));
}

function labelParams(match: string, limit: number): Record<string, string | string[]> {
  return { ...(match ? { 'match[]': [match] } : {}), ...(limit ? { limit: String(limit) } : {}) };
}

export async function series(match: string, limit = 0, signal?: AbortSignal): Promise<Record<string, string>[]> {
  return (await call<Record<string, string>[]>('series', labelParams(match, limit), signal)).data;
}

/** By the name of the family, as scrapes said it. */
export async function metadata(signal?: AbortSignal): Promise<Record<string, MetricMetadata[]>> {
  return (await call<Record<string, MetricMetadata[]>>('metadata', {}, signal)).data;
}

/** A part of a query; what was not asked (a number, or beyond the first hundred) has no figures. */
export interface ExplainPart {
  kind: string;
  title: string;
  text: string;
  took_us?: number;
  series?: number;
  samples?: number;
  error?: string;
  children: ExplainPart[];
}

export async function explainQuery(query: string, startS: number, endS: number, step: number, signal?: AbortSignal): Promise<{ root: ExplainPart; cut: boolean }> {
  return (await call<{ root: ExplainPart; cut: boolean }>('promql/explain', { query, start: startS.toFixed(3), end: endS.toFixed(3), step: String(step) }, signal)).data;
}

export async function queryExemplars(query: string, startS: number, endS: number, signal?: AbortSignal): Promise<ExemplarSeries[]> {
  return (await call<ExemplarSeries[]>('query_exemplars', { query, start: startS.toFixed(3), end: endS.toFixed(3) }, signal)).data;
}

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
}

async function call<T>(path: string, params: Record<string, string | string[]>, signal?: AbortSignal): Promise<Envelope<T>> {
  const answer = await request<Envelope<T>>(path, { params, signal });
  if (answer.status === 'error') throw new ApiError(200, answer.errorType ?? 'error', answer.error ?? 'The query failed.');
  return answer;
}

const notes = (e: Envelope<unknown>) => [...(e.warnings ?? []), ...(e.infos ?? [])];

export async function queryRange(query: string, startS: number, endS: number, step: number, signal?: AbortSignal): Promise<PromAnswer> {
  const e = await call<PromData>(
    'query_range',
    { query, start: startS.toFixed(3), end: endS.toFixed(3), step: String(step) },
    signal,
  );
  return { data: e.data, warnings: notes(e) };
}

export async function queryInstant(query: string, timeS: number, signal?: AbortSignal): Promise<PromAnswer> {
  const e = await call<PromData>('query', { query, time: timeS.toFixed(3) }, signal);
  return { data: e.data, warnings: notes(e) };
}

export async function labelNames(signal?: AbortSignal): Promise<string[]> {
  return (await call<string[]>('labels', {}, signal)).data;
}

export async function labelValues(name: string, signal?: AbortSignal): Promise<string[]> {
  return (await call<string[]>(`label/${encodeURIComponent(name)}/values`, {}, signal)).data;
}

export async function series(match: string, signal?: AbortSignal): Promise<Record<string, string>[]> {
  return (await call<Record<string, string>[]>('series', { 'match[]': [match] }, signal)).data;
}

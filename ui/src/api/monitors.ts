/** Cron monitors, as /api/app tells of them. */
import { request } from './client';

export type Schedule = { type: 'crontab'; crontab: string } | { type: 'interval'; value: number; unit: string } | null;

export interface MonitorEnvironment {
  environment: string;
  /** `active`: no run has ended yet. */
  status: 'active' | 'ok' | 'error';
  last_check_in_ns: string | null;
  expected_ns: string | null;
  /** In a row. */
  failures: number;
  failing_since_ns: string | null;
  /** The last error event made of its failures; empty: none. */
  failing_event_id: string;
}

export interface Monitor {
  id: number;
  project: number;
  slug: string;
  status: 'active' | 'ok' | 'error';
  muted: boolean;
  /** null: no check-in said one; nothing is missed then. */
  schedule: Schedule;
  time_zone: string;
  margin_minutes: number;
  max_runtime_minutes: number;
  failure_threshold: number;
  recovery_threshold: number;
  created_ns: string;
  environments: MonitorEnvironment[];
}

export interface CheckIn {
  id: string;
  environment: string;
  status: 'in_progress' | 'ok' | 'error' | 'missed' | 'timeout';
  added_ns: string;
  updated_ns: string;
  expected_ns: string | null;
  /** After it was expected; 0: in time. */
  late_ns: string;
  duration_ns: string | null;
  release: string;
  trace_id: string;
}

type Signal = AbortSignal | undefined;

export const listMonitors = (signal?: Signal) => request<{ monitors: Monitor[] }>('monitors', { signal });
export const getMonitor = (id: number, signal?: Signal) => request<Monitor>(`monitors/${id}`, { signal });
export const muteMonitor = (id: number, muted: boolean) => request<Monitor>(`monitors/${id}`, { method: 'PUT', body: { muted } });
export const deleteMonitor = (id: number) => request<void>(`monitors/${id}`, { method: 'DELETE' });

export interface CheckInQuery {
  environment?: string;
  /** `now-14d`. */
  start: string;
  limit: number;
}
/** Newest first. */
export const listCheckIns = (id: number, q: CheckInQuery, signal?: Signal) =>
  request<{ check_ins: CheckIn[]; has_more: boolean }>(`monitors/${id}/check_ins`, { params: { ...q }, signal });

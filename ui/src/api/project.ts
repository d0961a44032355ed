/** A project's rules, and what came of its SDKs beside events. */
import { request } from './client';
import type { EventGrouping, Feedback } from './types';

export interface Rules {
  stack_rules: string;
  fingerprint_rules: string;
  scrub_rules: string;
  scrub_ip_addresses: boolean;
}

export interface ProjectRules extends Rules {
  /** Grouping rules before the last change, where issues are kept. */
  former: { stack_rules: string; fingerprint_rules: string } | null;
}

export type Grouping = Pick<EventGrouping, 'version' | 'strategy' | 'hashes' | 'fingerprint' | 'variants'>;

export interface Trial {
  event_id: string;
  before: Grouping;
  after: Grouping;
  /** Whether it would find the issue that it is in. */
  same_issue: boolean;
  /** What would be hidden now, by path. */
  scrubbed: Record<string, number>;
  payload: unknown;
}

export interface Discarded {
  day_ns: string;
  project: number;
  category: string;
  reason: string;
  quantity: number;
}

type Signal = AbortSignal | undefined;

export const getRules = (project: number, signal?: Signal) => request<ProjectRules>(`projects/${project}/rules`, { signal });
export const setRules = (project: number, rules: Partial<Rules>, keepIssues: boolean) =>
  request<ProjectRules>(`projects/${project}/rules`, { method: 'PUT', body: { ...rules, keep_issues: keepIssues } });
export const tryRules = (project: number, rules: Partial<Rules>, eventId: string) =>
  request<Trial>(`projects/${project}/rules/try`, { method: 'POST', body: { ...rules, event_id: eventId } });

/** Oldest day first. */
export const listDiscarded = (start: string, signal?: Signal) => request<{ discarded: Discarded[]; total: number }>('discarded', { params: { start, end: 'now' }, signal });
/** Newest first; of the next page, `before` is the id of the last one. */
export const listFeedback = (before: number | null, signal?: Signal) => request<{ feedback: Feedback[] }>('feedback', { params: { limit: 50, before }, signal });

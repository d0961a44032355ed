/** Releases, as /api/app tells of them. */
import { request } from './client';
import type { Issue, SearchAnswer } from './types';

export interface Health {
  sessions: number;
  /** Those that crashed or ended abnormally among them. */
  errored: number;
  crashed: number;
  abnormal: number;
  /** 0 to 1; null without sessions. */
  crash_free_sessions: number | null;
  users: number;
  crashed_users: number;
  /** False: within 2 %. */
  users_exact: boolean;
  crash_free_users: number | null;
}

export interface Deploy {
  id: number;
  environment: string;
  name: string;
  url: string;
  started_ns: string | null;
  finished_ns: string | null;
}

export interface Release {
  version: string;
  first_seen_ns: string;
  last_seen_ns: string;
  started_ns: string | null;
  /** null until it is finalised. */
  released_ns: string | null;
  ref: string;
  url: string;
  archived: boolean;
  events: number;
  new_issues: number;
  commit_count: number;
  deploy_count: number;
  /** Its hash; empty without commits. */
  last_commit: string;
  last_deploy: Deploy | null;
  /** `adoption`: share of all sessions of the last 24 hours; null where there were none. */
  health: Health & { adoption: number | null };
}

export interface Commit {
  id: string;
  repository: string;
  message: string;
  author_name: string;
  author_email: string;
  time_ns: string | null;
  files: { path: string; type: 'A' | 'M' | 'D' }[];
}

export interface ReleaseDetail extends Release {
  start_ns: string;
  end_ns: string;
  step_ns: string;
  /** Steps without sessions are left out. */
  series: (Health & { time_ns: string })[];
  environments: (Health & { environment: string })[];
  new_issue_list: Issue[];
  regressed_issue_list: Issue[];
  commits: Commit[];
  deploys: Deploy[];
  warnings: string[];
}

export interface Latency {
  count: number;
  p50_ms: number;
  p95_ms: number;
}

export interface SlowerRoute {
  service: string;
  method: string;
  route: string;
  base: Latency;
  release: Latency;
  /** 0.5 is half as much again. */
  p50_change: number;
  p95_change: number;
}

export interface Comparison {
  base: Release;
  release: Release;
  new_issues: Issue[];
  gone_issues: Issue[];
  compared_routes: number;
  slower: SlowerRoute[];
  warnings: string[];
}

export interface ReleaseQuery {
  query: string;
  sort: string;
  environment: string;
  /** `now-14d`. */
  start: string;
  limit: number;
  offset: number;
}

const NS_PER_MS = 1e6;

type Signal = AbortSignal | undefined;

export const listReleases = (q: ReleaseQuery, signal?: Signal) =>
  request<{ total: number; releases: Release[]; warnings: string[] }>('releases', { params: { ...q }, signal });
export const getRelease = (version: string, environment: string, start: string, signal?: Signal) =>
  request<ReleaseDetail>(`releases/${encodeURIComponent(version)}`, { params: { environment, start }, signal });
export const compareReleases = (base: string, release: string, environment: string, start: string, signal?: Signal) =>
  request<Comparison>('releases/compare', { params: { base, release, environment, start }, signal });

/** Environments that sent errors, spans or logs within the time. */
export async function environmentsOf(start: string, signal?: Signal): Promise<string[]> {
  const field = 'deployment.environment.name';
  const params = (dataset: string) => ({ dataset, field, q: '', limit: 50, start, end: 'now' });
  const found = await Promise.all(['errors', 'spans'].map((d) => request<{ values: { value: string }[] }>('field_values', { params: params(d), signal })));
  return [...new Set(found.flatMap((f) => f.values.map((v) => v.value)))].sort();
}

/** Of the issues resolved last, as many as are looked through for one release. */
export const RESOLVED_READ = 500;

export const listResolved = (signal?: Signal) =>
  request<{ issues: (Issue & { resolution?: { kind: string; release: string } | null })[]; total: number }>('issues', {
    params: { status: 'resolved', sort: 'last_seen', limit: RESOLVED_READ },
    signal,
  });

/** Requests of a release and how long they took, the commonest first. */
export async function latenciesOf(version: string, environment: string, start: string, signal?: Signal): Promise<{ routes: (Latency & { service: string; name: string })[]; warnings: string[] }> {
  const of = [`service.version:${JSON.stringify(version)}`, '(kind:server OR kind:consumer)', ...(environment ? [`deployment.environment.name:${JSON.stringify(environment)}`] : [])];
  const q = `${of.join(' ')} | stats count as requests, p50(duration_ns) as p50, p95(duration_ns) as p95 by service.name, name | sort requests desc | limit 20`;
  const answer = await request<SearchAnswer>('search', { params: { dataset: 'spans', q, start, end: 'now' }, signal });
  const at = (name: string) => (answer.columns ?? []).findIndex((c) => c.name === name || c.key === name);
  const [service, name, requests, p50, p95] = ['service.name', 'name', 'requests', 'p50', 'p95'].map(at) as [number, number, number, number, number];
  const routes = (answer.table ?? []).map((row) => ({
    service: String(row[service] ?? ''),
    name: String(row[name] ?? ''),
    count: Number(row[requests]),
    p50_ms: Number(row[p50]) / NS_PER_MS,
    p95_ms: Number(row[p95]) / NS_PER_MS,
  }));
  return { routes, warnings: answer.warnings ?? [] };
}

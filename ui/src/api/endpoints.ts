/** Every call the UI makes, by name. */
import { request } from './client';
import * as n from './normalise';
import type { ServiceMap } from './servicemap';
import type {
  ApiToken,
  Attachment,
  Completion,
  ContextAnswer,
  DashboardAnswer,
  DashboardSummary,
  Dataset,
  Datasets,
  ErrorEvent,
  EventGrouping,
  EventSummary,
  Facets,
  Feedback,
  FieldInfo,
  Histogram,
  Issue,
  IssueActivity,
  IssueEdit,
  IssueStatus,
  IssueTags,
  Links,
  MergedIssue,
  NewView,
  OverTime,
  Overview,
  Rejected,
  SearchAnswer,
  Session,
  Setup,
  Status,
  Trace,
  TraceSummary,
  UserName,
  View,
} from './types';

export interface Window {
  startMs: number;
  endMs: number;
}

type Signal = AbortSignal | undefined;

const span = (w: Window) => ({ start: (w.startMs / 1000).toFixed(3), end: (w.endMs / 1000).toFixed(3) });
const seg = encodeURIComponent;

export const getSession = (signal?: Signal) => request<Session>('session', { signal });
export const signIn = (body: { token: string } | { email: string; password: string }) =>
  request<Session>('session', { method: 'POST', body });
export const signOut = () => request<void>('session', { method: 'DELETE' });
export const setPassword = (current: string | null, next: string) =>
  request<void>('password', { method: 'POST', body: { current, new: next } });

export const listTokens = (signal?: Signal) => request<{ tokens: ApiToken[] }>('tokens', { signal });
export const createToken = (name: string, scopes: string[]) =>
  request<{ id: number | string; token: string }>('tokens', { method: 'POST', body: { name, scopes } });
export const deleteToken = (id: number | string) => request<void>(`tokens/${seg(String(id))}`, { method: 'DELETE' });

export const getSetup = (signal?: Signal) => request<Setup>('setup', { signal }).then(n.setup);
export const getStatus = (signal?: Signal) => request<Status>('status', { signal }).then(n.status);
export const getRejected = (signal?: Signal) => request<Rejected>('rejected', { signal });
export const getOverview = (w: Window, signal?: Signal) => request<Overview>('overview', { params: span(w), signal }).then(n.overview);

export const getServiceMap = (w: Window, signal?: Signal) => request<ServiceMap>('service_map', { params: span(w), signal });

export interface IssueQuery {
  /** null: as the query says. */
  status: IssueStatus | 'all' | null;
  query: string;
  sort: string;
  limit: number;
  offset: number;
}
export const listIssues = (q: IssueQuery, w: Window, signal?: Signal) =>
  request<{ issues: Issue[]; total: number }>('issues', { params: { ...q, ...span(w) }, signal }).then(n.issues);
export const getIssue = (id: number, signal?: Signal) => request<Issue>(`issues/${id}`, { signal });
export const setIssue = (id: number, edit: IssueEdit) => request<Issue>(`issues/${id}`, { method: 'PUT', body: edit });
/** All or none. */
export const setIssues = (ids: number[], edit: IssueEdit) => request<{ updated: number }>('issues', { method: 'PUT', body: { ids, ...edit } });
export const removeIssues = (ids: number[]) => request<{ deleted: number }>('issues', { method: 'DELETE', body: { ids } });
export const mergeIssues = (into: number, ids: number[]) => request<Issue>('issues/merge', { method: 'POST', body: { into, ids } });
export const unmergeIssue = (id: number) => request<Issue>(`issues/${id}/unmerge`, { method: 'POST', body: {} });
export const listMerged = (id: number, signal?: Signal) => request<{ merged: MergedIssue[] }>(`issues/${id}/merged`, { signal });
export const listHashes = (id: number, signal?: Signal) => request<{ hashes: string[] }>(`issues/${id}/hashes`, { signal });
export const listActivity = (id: number, limit: number, signal?: Signal) => request<{ activity: IssueActivity[] }>(`issues/${id}/activity`, { params: { limit }, signal });
export const addComment = (id: number, text: string) => request<IssueActivity>(`issues/${id}/comments`, { method: 'POST', body: { text } });
export const setComment = (id: number, comment: number, text: string) => request<IssueActivity>(`issues/${id}/comments/${comment}`, { method: 'PUT', body: { text } });
export const removeComment = (id: number, comment: number) => request<void>(`issues/${id}/comments/${comment}`, { method: 'DELETE' });
export const getIssueOverTime = (id: number, step: 'hour' | 'day', signal?: Signal) => request<OverTime>(`issues/${id}/over_time`, { params: { step }, signal });
export const listIssueFeedback = (id: number, before: number | null, signal?: Signal) =>
  request<{ feedback: Feedback[] }>(`issues/${id}/feedback`, { params: { limit: 100, before }, signal });
export const listAssignees = (signal?: Signal) => request<{ users: UserName[] }>('assignees', { signal });
export const listReleaseNames = (signal?: Signal) => request<{ releases: { version: string }[] }>('releases', { params: { limit: 100 }, signal });
export const listAttachments = (eventId: string, signal?: Signal) => request<{ attachments: Attachment[] }>(`events/${seg(eventId)}/attachments`, { signal });
export const attachmentHref = (id: string) => `/api/app/attachments/${seg(id)}`;
export const eventHref = (eventId: string) => `/api/app/events/${seg(eventId)}`;
export const getGrouping = (eventId: string, signal?: Signal) => request<EventGrouping>(`events/${seg(eventId)}/grouping`, { signal });
/** Whether error events came since `cursor`; without one, where to go on from. */
export const pollErrors = (cursor: string | null, signal?: Signal) =>
  request<{ rows: unknown[]; cursor: string }>('tail', { params: { dataset: 'errors', cursor, limit: 1 }, signal });
export const listIssueEvents = (id: number, beforeNs: string | null, signal?: Signal) =>
  request<{ events: EventSummary[] }>(`issues/${id}/events`, { params: { limit: 50, before_ns: beforeNs }, signal });
export const getIssueTags = (id: number, signal?: Signal) => request<IssueTags>(`issues/${id}/tags`, { signal });
export const getLatestEvent = (id: number, signal?: Signal) => request<ErrorEvent>(`issues/${id}/events/latest`, { signal }).then(n.event);
export const getOldestEvent = (id: number, signal?: Signal) => request<ErrorEvent>(`issues/${id}/events/oldest`, { signal }).then(n.event);
export const getEvent = (eventId: string, signal?: Signal) => request<ErrorEvent>(`events/${seg(eventId)}`, { signal }).then(n.event);

export interface SearchQuery {
  dataset: Datasets;
  q: string;
  limit?: number;
  order?: 'asc' | 'desc';
  cursor?: string | null;
}
export const search = (q: SearchQuery, w: Window, signal?: Signal) =>
  request<SearchAnswer>('search', { params: { ...q, ...span(w) }, signal }).then(n.searchAnswer);
export const getHistogram = (dataset: Datasets, q: string, w: Window, by: string, buckets: number, signal?: Signal) =>
  request<Histogram>('histogram', { params: { dataset, q, by, buckets, ...span(w) }, signal }).then(n.histogram);
/** `position` in bytes of UTF-8. */
export const complete = (dataset: Datasets, q: string, position: number, w: Window, signal?: Signal) =>
  request<Completion>('complete', { params: { dataset, q, position, limit: 20, ...span(w) }, signal }).then(n.completion);
export interface ContextQuery {
  dataset: Dataset;
  time: string;
  sequence: string;
  before: number;
  after: number;
  scope?: string;
  q?: string;
}
export const getContext = (q: ContextQuery, signal?: Signal) => request<ContextAnswer>('context', { params: { ...q }, signal }).then(n.context);
export const getFacets = (dataset: Datasets, q: string, fields: string[], limit: number, w: Window, signal?: Signal) =>
  request<Facets>('facets', { params: { dataset, q, fields: fields.join(','), limit, ...span(w) }, signal }).then(n.facets);
export const getFields = (dataset: Datasets, w: Window, signal?: Signal) =>
  request<{ fields: FieldInfo[] }>('fields', { params: { dataset, ...span(w) }, signal });
export const getFieldValues = (dataset: Datasets, field: string, q: string, w: Window, signal?: Signal) =>
  request<{ values: { value: string; count: number }[] }>('field_values', {
    params: { dataset, field, q, limit: 20, ...span(w) },
    signal,
  });

export const listViews = (signal?: Signal) => request<{ views: View[] }>('views', { signal });
export const addView = (view: NewView) => request<View>('views', { method: 'POST', body: view });
export const setView = (id: number, view: NewView) => request<View>(`views/${id}`, { method: 'PUT', body: view });
export const removeView = (id: number) => request<void>(`views/${id}`, { method: 'DELETE' });

export const listDashboards = (signal?: Signal) => request<{ dashboards: DashboardSummary[]; troubles: { file: string; message: string }[] }>('dashboards', { signal });
export const getDashboard = (id: string, signal?: Signal) => request<DashboardAnswer>(`dashboards/${seg(id)}`, { signal });
/** A saved dashboard is a view whose query is its text. */
const dashboardView = (name: string, text: string, shared: boolean) => ({ name, query: text, dataset: 'dashboard', range: '', columns: [], shared });
export const addDashboard = (name: string, text: string, shared: boolean) => request<{ id: number }>('views', { method: 'POST', body: dashboardView(name, text, shared) });
export const setDashboard = (view: number, name: string, text: string, shared: boolean) =>
  request<{ id: number }>(`views/${view}`, { method: 'PUT', body: dashboardView(name, text, shared) });
export const removeDashboard = removeView;


export const listTraces = (p: { service: string; q: string; limit: number }, w: Window, signal?: Signal) =>
  request<{ traces: TraceSummary[]; warnings: string[] }>('traces', { params: { ...p, ...span(w) }, signal });
export const getTrace = (id: string, signal?: Signal) => request<Trace>(`traces/${seg(id)}`, { signal }).then(n.trace);
export const getLinks = (id: string, signal?: Signal) => request<Links>(`links/${seg(id)}`, { signal }).then(n.links);

/** Shapes of /api/app answers. Instants and durations named `*_ns` are decimal strings of nanoseconds. */
import type { Issue } from './issuetypes';

export * from './issuetypes';

export interface Session {
  user: { id: number; email: string; role: string };
  csrf: string;
  must_set_password?: boolean;
}

export interface ApiToken {
  id: number | string;
  name: string;
  scopes: string[];
  created_ns: string;
  last_used_ns: string | null;
}

export type SignalName = 'errors' | 'traces' | 'metrics' | 'logs';

export interface SetupBlock {
  id: SignalName;
  title: string;
  language: string;
  text: string;
  curl: string;
}

export interface Setup {
  dsn: string;
  project: { id: number; slug: string };
  http: string;
  otlp_grpc: string;
  otlp_http: string;
  blocks: SetupBlock[];
  signals: Record<SignalName, { count: number; last_ns: string | null }>;
}

export interface Status {
  version: string;
  started_ns: string;
  datasets: {
    name: string;
    rows: number;
    bytes: number;
    parts: number;
    oldest_ns: string | null;
    newest_ns: string | null;
    /** null: for ever, without a limit. */
    retention?: { age_ns: string | null; bytes: number | null };
  }[];
  metrics: { series: number; samples: number; bytes: number };
  memory: { budget: number; used: number };
  received: { protocol: string; item: string; kept: boolean; count: number }[];
  scrape_targets: { job: string; url: string; up: boolean; last_scrape_ns: string | null; duration_ms?: number; samples: number; error: string; warning: string }[];
  scrape_sources: { job: string; source: string; targets: number; last_refresh_ns: string | null; error: string }[];
  scrape_notes: string[];
  scrape_unusable: string[];
}

export interface Rejected {
  items: { time_ns: string; protocol: string; reason: string; detail: string; count: number; peer: string }[];
  totals: { protocol: string; reason: string; count: number }[];
}

export interface ServiceOverview {
  service: string;
  /** The tracer its requests were counted from. */
  source?: string;
  requests: number;
  errors: number;
  rate: number;
  error_ratio: number;
  p50_ms: number | null;
  p95_ms: number | null;
  p99_ms: number | null;
  series: {
    time_ns: (string | number)[];
    requests: (number | null)[];
    errors: (number | null)[];
    p95_ms: (number | null)[];
  };
}

export interface Overview {
  start_ns: string;
  end_ns: string;
  step_ns: string;
  services: ServiceOverview[];
  /** Open ones seen in the time range: how many, and the ten seen last. */
  issues_total: number;
  issues: Issue[];
  warnings: string[];
}

export interface Frame {
  module?: string | null;
  filename?: string | null;
  abs_path?: string | null;
  function?: string | null;
  lineno?: number | null;
  colno?: number | null;
  in_app?: boolean | null;
  pre_context?: string[] | null;
  context_line?: string | null;
  post_context?: string[] | null;
  vars?: Record<string, unknown> | null;
}

export interface Exception {
  type: string | null;
  value: string | null;
  module?: string | null;
  handled?: boolean | null;
  mechanism?: string | null;
  frames: Frame[] | null;
}

export interface Breadcrumb {
  time_ns: string | null;
  type?: string | null;
  category?: string | null;
  level?: string | null;
  message?: string | null;
  data?: Record<string, unknown> | null;
}

export type Dict = Record<string, unknown>;

export interface ErrorEvent {
  event_id: string;
  issue_id: number;
  time_ns: string;
  received_ns: string;
  level: string;
  platform: string;
  release: string | null;
  environment: string | null;
  transaction: string | null;
  server_name: string | null;
  logger: string | null;
  message: string | null;
  title: string;
  exceptions: Exception[];
  breadcrumbs: Breadcrumb[];
  tags: [string, string][];
  contexts: Dict;
  request: { method?: string; url?: string; headers?: Dict; data?: unknown; query_string?: unknown } | null;
  user: Dict | null;
  sdk: { name?: string; version?: string } | null;
  modules: Record<string, string>;
  extra: Dict;
  trace_id: string | null;
  span_id: string | null;
  request_id: string | null;
  /** Where something was hidden, and how often; a text where that is not known. */
  scrubbed: Record<string, number | string>;
  payload: unknown;
  /** It came in a flood and is stored without its payload. */
  thinned?: boolean;
  previous_event_id: string | null;
  next_event_id: string | null;
}

export interface Row {
  /** Rows of a trace's own lists leave it out: they are logs. */
  dataset?: Dataset;
  time_ns: string;
  seq: string;
  fields: Record<string, unknown>;
}

export type Dataset = 'logs' | 'spans' | 'errors';
/** What a question may be about. */
export type Datasets = Dataset | 'all';

export type Cell = string | number | boolean | null;

export interface Column {
  name: string;
  role: 'time' | 'key' | 'value';
  /** Of keys: the name as it is written in a question. */
  key: string;
  type: 'time' | 'string' | 'number' | 'integer';
  /** ns, us, ms, s, per_second, percent, bytes, or empty. */
  unit: string;
}

export interface Pattern {
  pattern: string;
  dataset: Dataset;
  count: number;
  /** Of all messages, 0 to 1. */
  share: number;
  trend: { start_ns: string; step_ns: string; counts: number[] };
  example: string;
  /** A term that finds its records. */
  query: string;
  first_seen_ns: string;
  last_seen_ns: string;
  is_new: boolean;
}

export interface ResultSeries {
  keys: Record<string, Cell>;
  value: string;
  points: (number | null)[];
}

export interface SearchAnswer {
  kind: 'rows' | 'table' | 'series' | 'patterns';
  rows: Row[];
  cursor: string | null;
  /** In an order of the question's own, not that of time. */
  ranked: boolean;
  /** What `| fields` chose; null: all. */
  fields: string[] | null;
  columns: Column[];
  table: Cell[][];
  start_ns: string;
  step_ns: string;
  points: number;
  series: ResultSeries[];
  patterns: Pattern[];
  /** Of patterns: messages that were looked at. */
  total: number;
  partial: boolean;
  warnings: string[];
  stats?: { scanned_rows: number; scanned_bytes: number; took_ms: number };
}

export interface QueryError {
  code: string;
  message: string;
  position: number;
  column: number;
}

export interface CompletionItem {
  text: string;
  kind: 'key' | 'value' | 'operator' | 'pipe' | 'function';
  detail: string;
  count: number | null;
}

export interface Completion {
  /** Bytes of the question that an item takes the place of. */
  from: number;
  to: number;
  items: CompletionItem[];
  error: QueryError | null;
  warnings: string[];
}

export interface ContextAnswer {
  before: Row[];
  row: Row;
  after: Row[];
  /** What all of them have in common. */
  stream: Record<string, unknown>;
  more_before: boolean;
  more_after: boolean;
  partial: boolean;
  warnings: string[];
}

export interface ValueCount {
  value: string;
  count: number;
}

export interface Facet {
  field: string;
  name: string;
  rows: number;
  values: ValueCount[];
  other: number;
}

export interface Facets {
  facets: Facet[];
  total: number;
  partial: boolean;
  warnings: string[];
}

export interface NewView {
  name: string;
  query: string;
  dataset: Datasets;
  /** As the time picker takes it; empty: whatever is chosen. */
  range: string;
  columns: string[];
  shared: boolean;
}

export interface View extends NewView {
  id: number;
  owner: string;
  is_mine: boolean;
  created_ns: string;
  updated_ns: string;
}

export type PanelType = 'graph' | 'stat' | 'table' | 'heatmap';

export interface Panel {
  title: string;
  description?: string;
  type?: PanelType;
  unit?: string;
  stack?: boolean;
  log?: boolean;
  width?: number;
  queries: { expr: string; legend?: string }[];
}

export interface Variable {
  name: string;
  title: string;
  label: string;
  /** Selector of the series that have it. */
  of: string;
  multiple: boolean;
}

export interface Dashboard {
  title: string;
  description: string;
  tags: string[];
  variables: Variable[];
  rows: { title: string; panels: Panel[] }[];
}

/** Of a saved one `view` is the id under which it is kept. */
export interface DashboardOrigin {
  id: string;
  source: 'built_in' | 'file' | 'saved';
  file?: string;
  view?: number;
  name?: string;
  owner?: string;
  shared?: boolean;
  is_mine?: boolean;
}

export interface DashboardSummary extends DashboardOrigin {
  title: string;
  description: string;
  tags: string[];
  /** Why a saved one cannot be read any more. */
  error?: string;
}

export interface DashboardAnswer extends DashboardOrigin {
  /** null: it cannot be read, for the reason in `error`. */
  dashboard: Dashboard | null;
  error?: string;
  /** As it was written. */
  text: string;
}

/** Counts of series; null: not known. */
export interface Cardinality {
  series: number;
  label_pairs: number;
  series_yesterday: number | null;
  /** When the server began to notice what is asked for: nanoseconds. */
  queried_since: string;
  /** Selectors that named no metric: what they asked for is not counted. */
  questions_without_name: number;
  /** False: more names were asked for than are remembered. */
  names_complete: boolean;
  metrics: SeriesStatistics['metrics'];
  labels: { label: string; values: number; bytes: number }[];
  pairs: { label: string; value: string; series: number }[];
  senders: { job: string; series: number; from: string[] }[];
}

/** What the page uses of the server's answer. */
export interface SeriesStatistics {
  series: number;
  label_pairs: number;
  yesterday: { series: number } | null;
  metrics: { name: string; series: number; yesterday: number | null; asked: boolean }[];
  labels: { name: string; values: number; bytes: number }[];
  pairs: { name: string; value: string; series: number }[];
  jobs: { name: string; series: number; senders: { protocol: string; peer: string }[] }[];
  never_asked: { since_ns: string; questions_without_name: number; is_complete: boolean };
}

export interface Histogram {
  start_ns: string;
  step_ns: string;
  series: { key: string; counts: number[] }[];
  total: number;
  partial?: boolean;
  warnings: string[];
}

export interface FieldInfo {
  name: string;
  type: string;
  rows: number;
}

export interface TraceSummary {
  trace_id: string;
  root_name: string;
  service: string;
  start_ns: string;
  duration_ns: string;
  spans: number;
  errors: number;
  source: string;
  http_status: number | null;
}

export interface Span {
  span_id: string;
  parent_span_id: string;
  trace_id: string;
  service: string;
  name: string;
  kind: string;
  start_ns: string;
  duration_ns: string;
  status: 'unset' | 'ok' | 'error';
  status_message: string;
  source: string;
  scope: string;
  attributes: Dict;
  resource: Dict;
  events: { time_ns: string; name: string; attributes: Dict }[];
  also_seen_by: string;
  /** The same operation as the other tracer saw it. */
  twin: Twin | null;
}

export interface Twin {
  trace_id: string;
  span_id: string;
  name: string;
  start_ns: string;
  duration_ns: string;
  attributes: Dict;
}

export interface LinkedError {
  event_id: string;
  issue_id: number;
  title: string;
  time_ns: string;
  span_id?: string;
}

export interface Identity {
  kind: string;
  value: string;
  confidence: 'exact' | 'probable';
  evidence: string;
}

export interface Links {
  id: string;
  identities: Identity[];
  traces: TraceSummary[];
  errors: LinkedError[];
  logs: { count: number; query: string; start_ns: string | null; end_ns: string | null };
  hint: string | null;
}

export interface Trace {
  trace_id: string;
  start_ns: string;
  duration_ns: string;
  services: string[];
  spans: Span[];
  logs: Row[];
  errors: LinkedError[];
  links: Links | null;
}

export interface PromSeries {
  metric: Record<string, string>;
  values?: [number, string][];
  value?: [number, string];
}

export interface PromData {
  resultType: 'matrix' | 'vector' | 'scalar' | 'string';
  result: PromSeries[] | [number, string];
}

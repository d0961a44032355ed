/** Plausible answers to PromQL: the shape of the query decides the series, a hash of it the values. */
import { randomOf } from './random.mjs';

const VIEWS = ['product_view', 'product_list', 'order_list', 'new_order', 'quote', 'checkout', 'report'];
export const NAMES = [
  'django_http_requests_total_by_view_transport_method_total',
  'django_http_responses_total_by_status_view_method_total',
  'django_http_requests_latency_seconds_by_view_method_bucket',
  'django_http_requests_latency_seconds_by_view_method_count',
  'django_http_requests_latency_seconds_by_view_method_sum',
  'django_http_exceptions_total_by_type_total',
  'django_db_execute_total',
  'django_db_query_duration_seconds_bucket',
  'django_cache_get_hits_total',
  'django_cache_get_misses_total',
  'django_migrations_unapplied_total',
  'orders_total',
  'order_create_seconds_bucket',
  'order_create_seconds_count',
  'process_resident_memory_bytes',
  'process_open_fds',
  'python_gc_collections_total',
  'scrape_duration_seconds',
  'up',
];
export const LABELS = {
  __name__: NAMES,
  job: ['djzen'],
  instance: ['127.0.0.1:8000'],
  view: VIEWS,
  method: ['GET', 'POST'],
  status: ['200', '302', '404', '500'],
  payment_method: ['card', 'paypal', 'invoice'],
  le: ['0.05', '0.1', '0.25', '0.5', '1', '+Inf'],
  alias: ['default'],
};

const hash = (s) => [...s].reduce((h, c) => Math.imul(h ^ c.charCodeAt(0), 16777619) >>> 0, 2166136261);

/** Throws {type, message} where Prometheus would answer 400. */
export function check(query) {
  let depth = 0;
  for (let i = 0; i < query.length; i++) {
    if ('({['.includes(query[i])) depth++;
    if (')}]'.includes(query[i]) && --depth < 0) throw { type: 'bad_data', message: `1:${i + 1}: parse error: unexpected "${query[i]}"` };
  }
  if (depth > 0) throw { type: 'bad_data', message: `1:${query.length + 1}: parse error: unclosed left parenthesis` };
  if (/\brate\([^[]*\)/.test(query) && !/\[/.test(query)) throw { type: 'bad_data', message: '1:6: parse error: expected type range vector in call to function "rate", got instant vector' };
}

function seriesOf(query) {
  const by = /\bby\s*\(([^)]*)\)/.exec(query);
  const name = NAMES.find((n) => query.includes(n));
  if (!name && !/^[\d\s+*/.-]+$/.test(query)) return [];
  if (by) {
    if (/\ble\b/.test(by[1]) && !query.includes('histogram_quantile')) return LABELS.le.map((le) => ({ le }));
    const label = by[1].split(',').map((s) => s.trim()).find((l) => l !== 'le') ?? null;
    if (!label) return [{}];
    return (LABELS[label] ?? []).map((v) => ({ [label]: v }));
  }
  if (/\b(sum|avg|max|min|count|histogram_quantile)\s*\(/.test(query)) return [{}];
  const base = { job: 'djzen', instance: '127.0.0.1:8000' };
  const keep = /\b(rate|irate|increase)\(/.test(query) ? {} : { __name__: name };
  if (name?.includes('by_view')) return VIEWS.map((view) => ({ ...keep, ...base, view, method: view === 'new_order' || view === 'checkout' ? 'POST' : 'GET' }));
  if (name === 'orders_total') return LABELS.payment_method.map((payment_method) => ({ ...keep, ...base, payment_method }));
  return [{ ...keep, ...base }];
}

function valueAt(key, query, t) {
  const r = randomOf(hash(key));
  const level = /memory_bytes/.test(query) ? 2e8 : /histogram_quantile/.test(query) ? 0.12 : /latency|seconds/.test(query) ? 0.3 : /^up\b/.test(query) ? 1 : 4;
  if (/^up\b/.test(query)) return 1;
  // Buckets are cumulative.
  const le = /"le":"([^"]+)"/.exec(key);
  if (le) return 3 + 4 * (LABELS.le.indexOf(le[1]) + 1);
  const size = level * (0.3 + r.next() * 1.4);
  const noise = randomOf(hash(key) ^ Math.floor(t / 15)).next();
  return size * (1 + 0.35 * Math.sin(t / 700 + r.next() * 6) + 0.16 * (noise - 0.5));
}

export function range(query, start, end, step) {
  check(query);
  return seriesOf(query).map((metric) => {
    const values = [];
    for (let t = start; t <= end + 1e-6; t += step) values.push([t, String(valueAt(JSON.stringify(metric) + query, query, t))]);
    return { metric, values };
  });
}

export function instant(query, time) {
  check(query);
  return seriesOf(query).map((metric) => ({ metric, value: [time, String(valueAt(JSON.stringify(metric) + query, query, time))] }));
}

export function match(selector) {
  const name = NAMES.find((n) => selector.startsWith(n));
  return name ? seriesOf(name) : [];
}

export const METADATA = {
  orders: [{ type: 'counter', help: 'Orders by payment method.', unit: '' }],
  order_create_seconds: [{ type: 'histogram', help: 'Time to create an order.', unit: 'seconds' }],
  process_resident_memory_bytes: [{ type: 'gauge', help: 'Resident memory size in bytes.', unit: 'bytes' }],
  up: [{ type: 'gauge', help: 'Whether the last scrape succeeded.', unit: '' }],
};

/** Of histograms: some of the requests that were traced. */
export function exemplars(query, start, end, requests) {
  const name = NAMES.find((n) => n.endsWith('_bucket') && query.includes(n));
  if (!name) return [];
  const some = requests.filter((r) => r.atMs / 1000 >= start && r.atMs / 1000 <= end).filter((_, i) => i % 9 === 0);
  return [{ seriesLabels: { __name__: name, job: 'djzen' }, exemplars: some.map((r) => ({ labels: { trace_id: r.traceId }, value: String(r.ms / 1000), timestamp: r.atMs / 1000 })) }];
}

/** Counts of series, as if the names with the most labels had the most. */
export function cardinality(metric) {
  const metrics = NAMES.map((name, i) => ({ name, series: 4 + ((hash(name) % 90) * (name.endsWith('_bucket') ? 6 : 1)), yesterday: i % 5 === 0 ? null : 4 + (hash(name) % 60), asked: i % 3 > 0 }))
    .filter((m) => !metric || m.name === metric)
    .sort((a, b) => b.series - a.series);
  const series = metrics.reduce((n, m) => n + m.series, 0);
  const labels = Object.entries(LABELS).map(([name, values]) => ({ name, values: values.length, bytes: values.join('').length * 9 })).sort((a, b) => b.values - a.values);
  const pairs = VIEWS.map((value, i) => ({ name: 'view', value, series: Math.round(series / (i + 2)) }));
  return { series, label_pairs: 96, yesterday: { series: Math.round(series * 0.8) }, metrics, labels, pairs, jobs: [{ name: 'djzen', series, senders: [{ protocol: 'scrape', peer: '' }] }], never_asked: { since_ns: `${Date.now() - 3_600_000}000000`, questions_without_name: 3, is_complete: true } };
}

/** Two parts, whatever the query. */
export function explain(query) {
  check(query);
  const series = seriesOf(query);
  const part = (kind, title, n, took_us, children) => ({ kind, title, text: title, start: 0, type: 'vector', took_us, series: n, samples: n * 240, children });
  return { root: part('aggregation', 'sum by (view)', series.length, 5400, [part('function', 'rate', 24, 4100, [part('range selector', query.slice(0, 60), 24, 1900, [])])]), cut: false };
}

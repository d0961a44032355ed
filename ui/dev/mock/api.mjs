/** /api/app over the made-up data. Each handler gets ({ store, params, body, session }) and returns JSON or throws. */
import { blocks } from '../fixtures/blocks.mjs';
import { RELEASES } from '../fixtures/releases.mjs';
import { answer, pipesOf } from './pipes.mjs';
import { BOARD, BOARD_TEXT } from '../fixtures/dashboard.mjs';
import { monitorRoutes } from './monitors.mjs';
import * as prom from './prom.mjs';
import { Fail } from './fail.mjs';
import { issueRoutes, publicIssue } from './issues.mjs';
import { ns } from './random.mjs';
import { projectRoutes } from './project.mjs';
import { releaseRoutes } from './releases.mjs';
import { QueryError, fieldOf, nameOf, parse } from './search.mjs';
import { linksOf, traceOf, traceSummary } from './traces.mjs';

const seconds = (text, now) => {
  if (!text) return now;
  const rel = /^now(?:-(\d+)([smhd]))?$/.exec(text);
  if (rel) return now - (rel[1] ? Number(rel[1]) * { s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7 }[rel[2]] : 0);
  return /^[\d.]+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
};
const windowOf = (p) => {
  const now = Date.now();
  return { from: p.has('start') ? seconds(p.get('start'), now) : now - 3.6e6, to: seconds(p.get('end'), now) };
};
const msOf = (row) => Number(BigInt(row.time_ns) / 1000n) / 1000;

const told = (q, e) => (e instanceof QueryError ? new Fail(400, 'invalid_argument', e.message, Buffer.byteLength((q ?? '').slice(0, e.position))) : e);

function compile(q) {
  try {
    return parse(q ?? '');
  } catch (e) {
    throw told(q, e);
  }
}

function rowsOf(store, dataset) {
  if (dataset === 'logs' || !dataset) return store.logs.map((r) => ({ dataset: 'logs', ...r }));
  if (dataset === 'all') return [...rowsOf(store, 'logs'), ...rowsOf(store, 'spans')].sort((a, b) => (BigInt(a.time_ns) < BigInt(b.time_ns) ? -1 : 1));
  if (dataset === 'spans') {
    return store.requests.flatMap((q) =>
      q.spans.map((s) => ({ dataset: 'spans', time_ns: s.start_ns, seq: String(parseInt(s.span_id.slice(0, 12), 16)), fields: { name: s.name, kind: s.kind, duration_ns: Number(s.duration_ns), status_code: s.status, trace_id: s.trace_id, span_id: s.span_id, 'service.name': s.service, 'service.version': RELEASES[0].version, source: s.source, ...s.attributes } })),
    );
  }
  return [];
}

function select(store, p) {
  const { from, to } = windowOf(p);
  const test = compile(p.get('q'));
  return rowsOf(store, p.get('dataset')).filter((r) => msOf(r) >= from && msOf(r) <= to && test(r));
}

export const routes = [
  ...releaseRoutes,
  ...monitorRoutes,
  ...projectRoutes,
  ['GET', 'setup', setup],
  ['GET', 'status', status],
  ['GET', 'rejected', ({ store }) => ({ items: store.rejected, totals: totalsOf(store.rejected) })],
  ['GET', 'overview', overview],
  ['GET', 'service_map', serviceMap],
  ...issueRoutes,
  ['GET', 'search', search],
  ['GET', 'complete', complete],
  ['GET', 'context', context],
  ['GET', 'facets', facets],
  ['GET', 'views', ({ store, params }) => ({ views: store.views.filter((v) => (v.dataset === 'dashboard') === (params.get('dataset') === 'dashboard')) })],
  ['GET', 'promql/explain', ({ params }) => promAnswer(() => prom.explain(params.get('query')), null)],
  ['GET', 'series_statistics', ({ params }) => prom.cardinality(/"(.*)"/.exec(params.get('match') ?? '')?.[1] ?? '')],
  ['GET', 'dashboards', ({ store }) => ({ dashboards: boardsOf(store).map(({ dashboard, text, ...d }) => ({ ...d, title: d.name ?? dashboard.title, description: dashboard?.description ?? '', tags: dashboard?.tags ?? [] })), troubles: [{ file: 'boards/old.yaml', message: 'line 2, column 1: dashboard: unknown key "owner"' }] })],
  ['GET', 'dashboards/([^/]+)', ({ store, m }) => boardOf(store, m[1])],
  ['POST', 'views', addView],
  ['PUT', 'views/(\\d+)', ({ store, m, body }) => Object.assign(viewOf(store, m[1]), body)],
  ['DELETE', 'views/(\\d+)', ({ store, m }) => void (store.views = store.views.filter((v) => v !== viewOf(store, m[1])))],
  ['GET', 'histogram', histogram],
  ['GET', 'fields', fields],
  ['GET', 'field_values', fieldValues],
  ['GET', 'traces', listTraces],
  ['GET', 'traces/([^/]+)', ({ store, m }) => {
    const q = store.byTrace.get(m[1]);
    if (!q) throw new Fail(404, 'not_found', `there is no trace ${m[1]}`);
    return traceOf(store, q);
  }],
  ['GET', 'links/([^/]+)', ({ store, m }) => {
    const links = linksOf(store, decodeURIComponent(m[1]));
    if (!links) throw new Fail(404, 'not_found', `no record carries the id ${m[1]}`);
    return links;
  }],
  ['GET', 'query_range', ({ params }) => promAnswer(() => prom.range(params.get('query'), Number(params.get('start')), Number(params.get('end')), Number(params.get('step'))), 'matrix')],
  ['GET', 'query', ({ params }) => promAnswer(() => prom.instant(params.get('query'), Number(params.get('time'))), 'vector')],
  ['GET', 'labels', () => ({ status: 'success', data: Object.keys(prom.LABELS) })],
  ['GET', 'label/(\\w+)/values', ({ m, store }) => ({ status: 'success', data: store.requests.length ? (prom.LABELS[m[1]] ?? []) : [] })],
  ['GET', 'metadata', ({ store }) => ({ status: 'success', data: store.requests.length ? prom.METADATA : {} })],
  ['GET', 'query_exemplars', ({ params, store }) => ({ status: 'success', data: prom.exemplars(params.get('query'), Number(params.get('start')), Number(params.get('end')), store.requests) })],
  ['GET', 'series', ({ params }) => ({ status: 'success', data: prom.match(params.get('match[]') ?? '') })],
];

function promAnswer(run, resultType) {
  try {
    const result = run();
    return { status: 'success', data: resultType === null ? result : { resultType, result } };
  } catch (e) {
    if (!e.type) throw e;
    throw Object.assign(new Fail(400, e.type, e.message), { prom: true });
  }
}

function setup({ store, origin }) {
  const dsn = `${origin.replace('://', '://4b0f@')}/1`;
  const signal = (name) => ({ count: store.signals[name], last_ns: store.signals[name] ? ns(Date.now() - 2400) : null });
  return {
    dsn,
    project: { id: 1, slug: 'default' },
    http: origin,
    otlp_grpc: 'http://127.0.0.1:4317',
    otlp_http: 'http://127.0.0.1:4318',
    blocks: blocks(origin, dsn),
    signals: Object.fromEntries(Object.keys(store.signals).map((k) => [k, signal(k)])),
  };
}

function status({ store }) {
  const old = ns(store.nowMs - 3 * 3.6e6);
  const set = (name, rows, per) => ({ name, rows, bytes: Math.round(rows * per), parts: rows ? 14 : 0, oldest_ns: rows ? old : null, newest_ns: rows ? ns(Date.now() - 900) : null });
  return {
    version: '0.1.0-dev',
    started_ns: ns(store.startedMs),
    datasets: [set('logs', store.logs.length, 38.4), set('spans', store.requests.length * 9, 61.2), set('errors', store.events.size, 3120)],
    metrics: { series: store.requests.length ? 892 : 0, samples: store.signals.metrics, bytes: Math.round(store.signals.metrics * 0.74) },
    memory: { budget: 1073741824, used: 331350016 },
    received: store.requests.length
      ? [
          { protocol: 'sentry', item: 'event', kept: true, count: 276 },
          { protocol: 'sentry', item: 'transaction', kept: true, count: 1204 },
          { protocol: 'sentry', item: 'profile_chunk', kept: false, count: 88 },
          { protocol: 'sentry', item: 'sessions', kept: false, count: 61 },
          { protocol: 'sentry', item: 'check_in', kept: false, count: 9 },
          { protocol: 'otlp', item: 'span', kept: true, count: 48211 },
          { protocol: 'otlp', item: 'log', kept: true, count: store.logs.length },
          { protocol: 'scrape', item: 'sample', kept: true, count: store.signals.metrics },
        ]
      : [],
    scrape_targets: store.requests.length
      ? [
          { job: 'djzen', url: 'http://127.0.0.1:8000/metrics/', up: true, last_scrape_ns: ns(Date.now() - 6000), error: '' },
          { job: 'djzen', url: 'http://127.0.0.1:8001/metrics/', up: false, last_scrape_ns: ns(Date.now() - 9000), error: 'answered text/html, expected the Prometheus text format' },
        ]
      : [],
  };
}

function totalsOf(items) {
  const out = new Map();
  for (const i of items) {
    const key = `${i.protocol} ${i.reason}`;
    const t = out.get(key) ?? { protocol: i.protocol, reason: i.reason, count: 0 };
    t.count += i.count;
    out.set(key, t);
  }
  return [...out.values()];
}

const quantile = (list, p) => (list.length ? list[Math.min(list.length - 1, Math.floor(list.length * p))] : null);

/** The shop's map; of each connection a share of what its requests are. */
function serviceMap({ store, params }) {
  const { from, to } = windowOf(params);
  const own = store.requests.filter((q) => q.atMs >= from && q.atMs <= to).length;
  const counts = (share, errors, p50) => {
    const requests = Math.round(own * share);
    const failed = Math.round(requests * errors);
    return { requests, errors: failed, rate: requests / ((to - from) / 1000), error_ratio: requests ? failed / requests : 0, p50_ms: requests ? p50 : null, p95_ms: requests ? p50 * 3.4 : null };
  };
  const edge = (client, server, connection_type, share, errors, p50) => ({ client, server, connection_type, ...counts(share, errors, p50) });
  const edges = [
    edge('user', 'djzen', 'virtual_node', 1, 0.012, 84),
    edge('djzen', 'postgresql/djzen', 'database', 9.4, 0, 1.9),
    edge('djzen', 'redis', 'database', 3.1, 0, 0.4),
    edge('djzen', 'djzen-worker', 'messaging_system', 0.2, 0, 310),
    edge('djzen', 'rates', '', 0.3, 0.071, 42),
    edge('djzen-worker', 'postgresql/djzen', 'database', 1.4, 0.001, 2.6),
    edge('djzen-worker', 'smtp.example.com', 'virtual_node', 0.1, 0.02, 190),
  ];
  const node = (name, kind, ...figures) => ({ name, kind, ...counts(...figures) });
  const nodes = [
    node('djzen', 'service', 1, 0.012, 84),
    node('djzen-worker', 'service', 0.2, 0.004, 310),
    node('postgresql/djzen', 'database', 10.8, 0, 2),
    node('rates', 'service', 0.3, 0.071, 42),
    node('redis', 'database', 3.1, 0, 0.4),
    node('smtp.example.com', 'external', 0.1, 0.02, 190),
    node('user', 'user', 0, 0, 0),
  ];
  return own ? { nodes, edges, warnings: [] } : { nodes: [], edges: [], warnings: [] };
}

function overview({ store, params }) {
  const { from, to } = windowOf(params);
  const n = 60;
  const step = (to - from) / n;
  const own = store.requests.filter((q) => q.atMs >= from && q.atMs <= to);
  const service = (name, list, factor) => {
    const at = (i) => list.filter((q) => Math.floor((q.atMs - from) / step) === i);
    const slices = Array.from({ length: n }, (_, i) => at(i));
    const times = (l) => l.map((q) => q.ms * factor).sort((a, b) => a - b);
    const all = times(list);
    const errors = list.filter((q) => q.failed).length;
    return {
      service: name,
      requests: list.length,
      errors,
      rate: list.length / ((to - from) / 1000),
      error_ratio: list.length ? errors / list.length : 0,
      p50_ms: quantile(all, 0.5),
      p95_ms: quantile(all, 0.95),
      p99_ms: quantile(all, 0.99),
      series: { time_ns: slices.map((_, i) => ns(from + i * step)), requests: slices.map((l) => l.length), errors: slices.map((l) => l.filter((q) => q.failed).length), p95_ms: slices.map((l) => quantile(times(l), 0.95)) },
    };
  };
  const services = own.length ? [service('djzen', own, 1), service('djzen-worker', own.filter((q) => q.route.method === 'POST'), 0.4), service('rates', own.filter((q) => q.route.external), 0.8)] : [];
  const issues = store.issues.filter((i) => !i.merged_into && i.status === 'unresolved' && msOf({ time_ns: i.last_seen_ns }) >= from);
  return { start_ns: ns(from), end_ns: ns(to), step_ns: ns(step), services, issues_total: issues.length, issues: issues.map((i) => publicIssue(store, i)).sort((a, b) => (a.last_seen_ns < b.last_seen_ns ? 1 : -1)).slice(0, 10), warnings: [] };
}

function search({ store, params }) {
  const began = performance.now();
  const q = params.get('q') ?? '';
  const found = select(store, params);
  let made;
  try {
    made = answer(found, pipesOf(q), windowOf(params));
  } catch (e) {
    throw told(q, e);
  }
  const rows = made.kind === 'rows' ? made.rows : [];
  if (params.get('order') !== 'asc') rows.reverse();
  const from = Number(params.get('cursor') ?? 0);
  const next = from + Number(params.get('limit') ?? 200);
  return {
    fields: null,
    ranked: false,
    ...made,
    rows: rows.slice(from, next),
    cursor: next < rows.length ? String(next) : null,
    partial: false,
    warnings: [],
    stats: { scanned_rows: store.logs.length, scanned_bytes: store.logs.length * 410, took_ms: performance.now() - began },
  };
}

/** Rows and drops for a live tail: those stored after `after`, or what is asked for of the newest. */
export function tailRows({ store, params, after }) {
  const test = compile(params.get('q'));
  if (after !== null) return store.logs.slice(after).filter(test);
  const last = Number(params.get('last') ?? 0);
  return last ? store.logs.filter(test).slice(-last) : [];
}

const PIPES = ['count', 'stats', 'top', 'rate', 'where', 'sort', 'fields', 'dedup', 'limit', 'patterns'];

function complete({ store, params }) {
  const q = params.get('q') ?? '';
  const text = Buffer.from(q).subarray(0, Number(params.get('position') ?? 1e9)).toString();
  const from = (word) => Buffer.byteLength(text.slice(0, text.length - word.length));
  const done = (word, items) => ({ from: from(word), to: Buffer.byteLength(text), items, error: errorOf(q), warnings: [] });
  const pipe = /\|\s*(\w*)$/.exec(text);
  if (pipe) return done(pipe[1], PIPES.filter((p) => p.startsWith(pipe[1])).map((p) => ({ text: p, kind: 'pipe', detail: 'a pipe', count: null })));
  const value = /([\w.]+):([^\s():]*)$/.exec(text);
  if (value) {
    const counts = fieldValues({ store, params: new URLSearchParams({ ...Object.fromEntries(params), q: '', field: value[1] }) }).values;
    const items = counts.filter((v) => v.value.toLowerCase().includes(value[2].toLowerCase()));
    return done(value[2], items.map((v) => ({ text: /^[\w.*/-]+$/.test(v.value) ? v.value : JSON.stringify(v.value), kind: 'value', detail: '', count: v.count })));
  }
  const word = /[\w.]*$/.exec(text)[0];
  const own = fields({ store, params }).fields.map((f) => ({ ...f, name: nameOf(f.name) })).filter((f) => f.name.startsWith(word));
  const behind = text.includes('|') ? '' : ':';
  return done(word, own.map((f) => ({ text: f.name + behind, kind: 'key', detail: f.type, count: f.rows })));
}

function errorOf(q) {
  try {
    parse(q);
    answer([], pipesOf(q), { from: 0, to: 1 });
    return null;
  } catch (e) {
    const position = Buffer.byteLength(q.slice(0, e.position));
    return { code: 'invalid_argument', message: e.message, position, column: e.position + 1 };
  }
}

function context({ store, params }) {
  const all = rowsOf(store, params.get('dataset') ?? 'logs');
  const at = all.findIndex((r) => r.time_ns === params.get('time') && r.seq === params.get('sequence'));
  if (at < 0) throw new Fail(404, 'not_found', 'there is no such record');
  const test = compile(params.get('q'));
  const service = all[at].fields['service.name'];
  const fits = (r) => test(r) && (params.get('scope') === 'all' || r.fields['service.name'] === service);
  const earlier = all.slice(0, at).filter(fits);
  const later = all.slice(at + 1).filter(fits);
  const [before, after] = [Number(params.get('before') ?? 20), Number(params.get('after') ?? 20)];
  return {
    before: before ? earlier.slice(-before) : [],
    row: all[at],
    after: later.slice(0, after),
    stream: params.get('scope') === 'all' ? {} : { 'service.name': service },
    more_before: earlier.length > before,
    more_after: later.length > after,
    partial: false,
    warnings: [],
  };
}

const FACETS = ['service.name', 'severity_text', 'path', 'payment_method', 'status'];

function facets({ store, params }) {
  const rows = select(store, params);
  const wanted = (params.get('fields') ?? '').split(',').filter(Boolean);
  const limit = Number(params.get('limit') ?? 10);
  const list = (wanted.length ? wanted.map(fieldOf) : FACETS).map((field) => {
    const { values } = fieldValues({ store, params: new URLSearchParams({ ...Object.fromEntries(params), field, limit: '1000' }) });
    const sum = (l) => l.reduce((n, v) => n + v.count, 0);
    return { field, name: nameOf(field), rows: sum(values), values: values.slice(0, limit), other: sum(values.slice(limit)) };
  });
  return { facets: list.filter((f) => f.rows), total: rows.length, partial: false, warnings: [] };
}

function viewOf(store, id) {
  const view = store.views.find((v) => v.id === Number(id));
  if (!view) throw new Fail(404, 'not_found', 'no such view');
  return view;
}

/** The real server reads YAML; this one takes JSON, the built-in one as it is, and refuses what begins with "colour:". */
function readOf(text) {
  if (text.startsWith('colour:')) return { dashboard: null, error: 'line 1, column 1: dashboard: unknown key "colour"' };
  return { dashboard: text.startsWith('{') ? JSON.parse(text) : BOARD };
}

function boardsOf(store) {
  const saved = store.views.filter((v) => v.dataset === 'dashboard');
  return [
    { id: 'django', source: 'built_in', file: '', dashboard: BOARD, text: BOARD_TEXT },
    ...saved.map((v) => ({ id: `saved-${v.id}`, source: 'saved', view: v.id, name: v.name, owner: v.owner, shared: v.shared, is_mine: true, ...readOf(v.query), text: v.query })),
  ];
}

function boardOf(store, id) {
  const found = boardsOf(store).find((d) => d.id === id);
  if (!found) throw new Fail(404, 'not_found', 'there is no such dashboard');
  return found;
}

function addView({ store, body }) {
  if (store.views.some((v) => v.name === body.name)) throw new Fail(409, 'already_exists', `a view "${body.name}" is there already`);
  const view = { id: Math.max(0, ...store.views.map((v) => v.id)) + 1, owner: 'admin', is_mine: true, created_ns: ns(Date.now()), updated_ns: ns(Date.now()), ...body };
  store.views.push(view);
  return view;
}

function histogram({ store, params }) {
  const { from, to } = windowOf(params);
  const n = Number(params.get('buckets') ?? 60);
  const by = fieldOf(params.get('by') ?? '');
  const step = (to - from) / n;
  const series = new Map();
  const found = select(store, params);
  for (const r of found) {
    const key = String(r.fields[by] ?? '');
    if (!series.has(key)) series.set(key, new Array(n).fill(0));
    series.get(key)[Math.min(n - 1, Math.floor((msOf(r) - from) / step))]++;
  }
  return { start_ns: ns(from), step_ns: ns(step), series: [...series].map(([key, counts]) => ({ key, counts })), total: found.length, warnings: [] };
}

function fields({ store, params }) {
  const out = new Map();
  for (const r of rowsOf(store, params.get('dataset')).slice(-3000)) {
    for (const [k, v] of Object.entries(r.fields)) {
      const f = out.get(k) ?? { name: k, type: typeof v === 'number' ? (Number.isInteger(v) ? 'int64' : 'double') : 'string', rows: 0 };
      f.rows++;
      out.set(k, f);
    }
  }
  return { fields: [...out.values()] };
}

function fieldValues({ store, params }) {
  const field = fieldOf(params.get('field'));
  const out = new Map();
  for (const r of select(store, params)) {
    const v = r.fields[field];
    if (v !== undefined && v !== null) out.set(String(v), (out.get(String(v)) ?? 0) + 1);
  }
  return { values: [...out].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count).slice(0, Number(params.get('limit') ?? 20)) };
}

function listTraces({ store, params }) {
  const { from, to } = windowOf(params);
  const service = params.get('service');
  const test = compile(params.get('q'));
  const hit = (q) => q.spans.some((s) => test({ fields: { name: s.name, kind: s.kind, duration_ns: Number(s.duration_ns), status_code: s.status, 'service.name': s.service, trace_id: s.trace_id, ...s.attributes } }));
  const found = store.requests.filter((q) => q.atMs >= from && q.atMs <= to && (!service || q.spans.some((s) => s.service === service)) && hit(q));
  return { traces: found.slice(-Number(params.get('limit') ?? 50)).reverse().map(traceSummary), warnings: [] };
}

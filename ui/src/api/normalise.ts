/** Lists and objects that an answer leaves out are empty: pages need not ask each time. */
import type {
  Completion,
  ContextAnswer,
  ErrorEvent,
  Facets,
  Histogram,
  Issue,
  Links,
  Overview,
  Row,
  SearchAnswer,
  Setup,
  Span,
  Status,
  Trace,
} from './types';

type Loose<T> = { [K in keyof T]?: T[K] | null };

const list = <T>(v: T[] | null | undefined): T[] => v ?? [];
const dict = <T extends object>(v: T | null | undefined): T => v ?? ({} as T);

export function event(e: ErrorEvent): ErrorEvent {
  const l: Loose<ErrorEvent> = e;
  return {
    ...e,
    exceptions: list(l.exceptions),
    breadcrumbs: list(l.breadcrumbs),
    tags: list(l.tags),
    contexts: dict(l.contexts),
    modules: dict(l.modules),
    extra: dict(l.extra),
    scrubbed: dict(l.scrubbed),
    request: l.request && Object.keys(l.request).length ? l.request : null,
  };
}

const row = (r: Row): Row => ({ ...r, fields: dict(r.fields) });

function span(s: Span): Span {
  const l: Loose<Span> = s;
  return {
    ...s,
    parent_span_id: l.parent_span_id ?? '',
    attributes: dict(l.attributes),
    resource: dict(l.resource),
    events: list(l.events).map((e) => ({ ...e, attributes: dict(e.attributes) })),
    also_seen_by: l.also_seen_by ?? '',
    twin: l.twin ? { ...l.twin, attributes: dict(l.twin.attributes) } : null,
    status_message: l.status_message ?? '',
  };
}

export function links(v: Links): Links {
  const l: Loose<Links> = v;
  return {
    ...v,
    identities: list(l.identities),
    traces: list(l.traces),
    errors: list(l.errors),
    logs: l.logs ?? { count: 0, query: '', start_ns: null, end_ns: null },
    hint: l.hint ?? null,
  };
}

export function trace(t: Trace): Trace {
  const l: Loose<Trace> = t;
  const spans = list(l.spans).map(span);
  return {
    ...t,
    spans,
    services: l.services ?? [...new Set(spans.map((s) => s.service))],
    logs: list(l.logs).map(row),
    errors: list(l.errors),
    links: l.links ? links(l.links) : null,
  };
}

export function overview(o: Overview): Overview {
  const l: Loose<Overview> = o;
  return { ...o, services: list(l.services), issues: list(l.issues), issues_total: l.issues_total ?? 0, warnings: list(l.warnings) };
}

export function searchAnswer(a: SearchAnswer): SearchAnswer {
  const l: Loose<SearchAnswer> = a;
  return {
    ...a,
    kind: l.kind ?? 'rows',
    rows: list(l.rows).map(row),
    cursor: l.cursor ?? null,
    ranked: !!l.ranked,
    fields: l.fields ?? null,
    columns: list(l.columns).map((c) => ({ ...c, key: c.key ?? '' })),
    table: list(l.table),
    start_ns: l.start_ns ?? '0',
    step_ns: l.step_ns ?? '0',
    points: l.points ?? 0,
    series: list(l.series),
    patterns: list(l.patterns),
    total: l.total ?? 0,
    partial: !!l.partial,
    warnings: list(l.warnings),
  };
}

export function completion(c: Completion): Completion {
  const l: Loose<Completion> = c;
  return { ...c, items: list(l.items), error: l.error ?? null, warnings: list(l.warnings) };
}

export function context(c: ContextAnswer): ContextAnswer {
  const l: Loose<ContextAnswer> = c;
  return {
    ...c,
    before: list(l.before).map(row),
    row: row(c.row),
    after: list(l.after).map(row),
    stream: dict(l.stream),
    partial: !!l.partial,
    warnings: list(l.warnings),
  };
}

export function facets(f: Facets): Facets {
  const l: Loose<Facets> = f;
  return { ...f, facets: list(l.facets).map((x) => ({ ...x, values: list(x.values) })), partial: !!l.partial, warnings: list(l.warnings) };
}

export function histogram(h: Histogram): Histogram {
  const l: Loose<Histogram> = h;
  return { ...h, series: list(l.series), total: l.total ?? 0, warnings: list(l.warnings) };
}

export function setup(s: Setup): Setup {
  const l: Loose<Setup> = s;
  return { ...s, blocks: list(l.blocks), signals: dict(l.signals) };
}

export function status(s: Status): Status {
  const l: Loose<Status> = s;
  return {
    ...s,
    datasets: list(l.datasets),
    received: list(l.received),
    scrape_targets: list(l.scrape_targets),
    scrape_sources: list(l.scrape_sources),
    scrape_notes: list(l.scrape_notes),
    scrape_unusable: list(l.scrape_unusable),
    metrics: l.metrics ?? { series: 0, samples: 0, bytes: 0 },
    memory: l.memory ?? { budget: 0, used: 0 },
  };
}

export const issues = (a: { issues: Issue[]; total: number }) => ({ issues: list(a.issues), total: a.total ?? list(a.issues).length });

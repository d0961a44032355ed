import { describe, expect, it } from 'vitest';
import * as n from './normalise';

const loose = <T>(v: unknown) => v as T;

describe('answers that leave things out', () => {
  it('are given empty lists and objects', () => {
    expect(n.event(loose({ event_id: 'e', breadcrumbs: null, request: {} }))).toMatchObject({ exceptions: [], breadcrumbs: [], tags: [], contexts: {}, request: null });
    expect(n.searchAnswer(loose({}))).toMatchObject({ kind: 'rows', rows: [], cursor: null, fields: null, table: [], series: [], patterns: [], partial: false, warnings: [] });
    expect(n.facets(loose({ facets: [{ field: 'a' }] }))).toMatchObject({ facets: [{ field: 'a', values: [] }], warnings: [] });
    expect(n.context(loose({ row: { time_ns: '1', seq: '2' } }))).toMatchObject({ before: [], after: [], stream: {}, row: { fields: {} } });
    expect(n.completion(loose({}))).toMatchObject({ items: [], error: null });
    expect(n.links(loose({ id: 'x' }))).toMatchObject({ identities: [], logs: { count: 0, query: '' }, hint: null });
    expect(n.overview(loose({ services: null }))).toMatchObject({ services: [], issues: [], warnings: [] });
    expect(n.issues(loose({}))).toEqual({ issues: [], total: 0 });
  });
  it('keep what is there', () => {
    const t = n.trace(loose({ trace_id: 't', spans: [{ span_id: 'a', service: 's', events: [{ name: 'x' }] }] }));
    expect(t.services).toEqual(['s']);
    expect(t.spans[0]).toMatchObject({ parent_span_id: '', attributes: {}, events: [{ name: 'x', attributes: {} }] });
    expect(t.links).toBeNull();
    expect(n.searchAnswer(loose({ rows: [{ time_ns: '1', seq: '2' }], cursor: 'c', partial: true })).rows[0]!.fields).toEqual({});
  });
});

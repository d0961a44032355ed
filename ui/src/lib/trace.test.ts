import { describe, expect, it } from 'vitest';
import type { Span } from '../api/types';
import { BASE, span } from './testspans';
import { buildTree, criticalPath, findRuns, rulerTicks, spanShape, visibleRows, walk } from './trace';

const sql = (id: string, parent: string, startMs: number, text: string) => span(id, parent, startMs, 2, { kind: 'client', attributes: { 'db.query.text': text } });
const tree = (...spans: Span[]) => buildTree(spans, BASE.toString());
const ids = (nodes: { span: Span }[]) => nodes.map((n) => n.span.span_id);

describe('the tree', () => {
  it('orders siblings by start and knows depth and size', () => {
    const t = tree(span('b', 'root', 20, 5), span('root', '', 0, 100), span('a', 'root', 10, 5), span('a1', 'a', 11, 1));
    expect(ids(t.roots)).toEqual(['root']);
    expect(ids(t.roots[0]!.children)).toEqual(['a', 'b']);
    expect(t.byId.get('a1')!.depth).toBe(2);
    expect(t.roots[0]!.descendants).toBe(3);
    expect([t.startMs, t.endMs]).toEqual([0, 100]);
  });
  it('takes the time of children once where they overlap', () => {
    const t = tree(span('root', '', 0, 100), span('a', 'root', 10, 30), span('b', 'root', 20, 30), span('late', 'root', 90, 50));
    expect(t.roots[0]!.selfMs).toBeCloseTo(100 - 40 - 10);
  });
  it('finds a span by the id of its twin', () => {
    const twin = { trace_id: 'other', span_id: 'a-of-sentry', name: 'a', start_ns: BASE.toString(), duration_ns: '1', attributes: {} };
    const t = tree(span('root', '', 0, 100), span('a', 'root', 10, 30, { also_seen_by: 'sentry', twin }));
    expect(t.shownAs.get('a-of-sentry')).toBe(t.byId.get('a'));
    expect(t.shownAs.get('root')).toBe(t.byId.get('root'));
    expect(t.total).toBe(2);
  });
  it('marks spans whose parent is missing', () => {
    const t = tree(span('root', '', 0, 10), span('lost', 'nobody', 5, 1));
    expect(ids(t.roots)).toEqual(['root', 'lost']);
    expect(t.byId.get('lost')!.orphan).toBe(true);
    expect(t.byId.get('root')!.orphan).toBe(false);
  });
  it('survives spans that are their own ancestors', () => {
    const t = tree(span('a', 'b', 0, 1), span('b', 'a', 0, 1), span('me', 'me', 0, 1));
    let seen = 0;
    walk(t.roots, () => seen++);
    expect(seen).toBe(3);
  });
  it('counts errors upwards', () => {
    const t = tree(span('root', '', 0, 10), span('a', 'root', 0, 5), span('bad', 'a', 0, 1, { status: 'error' }));
    expect(t.roots[0]!.errors).toBe(1);
  });
  it('stands depth without recursion', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => span(`s${i}`, i ? `s${i - 1}` : '', 0, 10));
    expect(tree(...many).byId.get('s19999')!.depth).toBe(19_999);
  });
  it('is empty for no spans', () => {
    expect(tree()).toMatchObject({ roots: [], total: 0, startMs: 0, endMs: 0 });
  });
});

describe('rows', () => {
  const t = tree(span('root', '', 0, 100), span('a', 'root', 1, 5), span('a1', 'a', 2, 1), span('b', 'root', 10, 5));
  it('are the tree from top to bottom', () => {
    expect(ids(visibleRows(t, new Set(), new Set(), new Map()))).toEqual(['root', 'a', 'a1', 'b']);
  });
  it('leave out what is collapsed', () => {
    expect(ids(visibleRows(t, new Set(['a']), new Set(), new Map()))).toEqual(['root', 'a', 'b']);
  });
});

describe('runs of like spans', () => {
  const query = (i: number) => `SELECT * FROM customer WHERE id = ${i} AND name = 'c${i}'`;
  const n = (count: number) => tree(span('root', '', 0, 100), ...Array.from({ length: count }, (_, i) => sql(`q${i}`, 'root', i * 3, query(i))));
  it('compare statements without their literals', () => {
    expect(spanShape(sql('x', '', 0, query(1)))).toBe(spanShape(sql('y', '', 0, `SELECT *\n  FROM customer WHERE id = 99 AND name = 'it''s'`)));
    expect(spanShape(sql('x', '', 0, 'SELECT 1 FROM a WHERE id IN (1, 2, 3)'))).toBe(spanShape(sql('y', '', 0, 'SELECT 1 FROM a WHERE id IN (4)')));
    expect(spanShape(sql('x', '', 0, query(1)))).not.toBe(spanShape(sql('y', '', 0, 'SELECT * FROM orders WHERE id = 1')));
  });
  it('begin at five', () => {
    expect(findRuns(n(4)).size).toBe(0);
    const runs = findRuns(n(5));
    expect(runs.size).toBe(5);
    expect(runs.get('q0')).toMatchObject({ size: 5, index: 0, key: 'q0', totalMs: 10 });
    expect(runs.get('q4')).toMatchObject({ index: 4, key: 'q0' });
  });
  it('fold into their first span', () => {
    const t = n(6);
    expect(ids(visibleRows(t, new Set(), new Set(['q0']), findRuns(t)))).toEqual(['root', 'q0']);
  });
  it('end where something else comes between', () => {
    const t = tree(span('root', '', 0, 100), ...[0, 1, 2].map((i) => sql(`a${i}`, 'root', i, query(i))), span('other', 'root', 3.5, 1), ...[4, 5, 6].map((i) => sql(`b${i}`, 'root', i, query(i))));
    expect(findRuns(t).size).toBe(0);
  });
});

describe('the critical path', () => {
  it('goes back from the end through the spans that were waited for', () => {
    const t = tree(span('root', '', 0, 100), span('short', 'root', 5, 10), span('long', 'root', 5, 60), span('inner', 'long', 30, 30), span('last', 'root', 70, 25));
    expect([...criticalPath(t.roots[0]!)].sort()).toEqual(['inner', 'last', 'long', 'root']);
  });
});

describe('the ruler', () => {
  it('has round steps', () => {
    expect(rulerTicks(0, 100, 6)).toEqual([0, 20, 40, 60, 80, 100]);
    expect(rulerTicks(0, 67.8, 5)).toEqual([0, 20, 40, 60]);
    expect(rulerTicks(12, 13, 5)).toEqual([12, 12.2, 12.4, 12.6, 12.8, 13].map((v) => expect.closeTo(v, 6)));
  });
  it('is empty for nothing', () => {
    expect(rulerTicks(5, 5, 6)).toEqual([]);
    expect(rulerTicks(0, 10, 0)).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import type { Span } from '../api/types';
import { boxAt, buildFlame, heaviest } from './flame';
import { BASE, span } from './testspans';
import { buildTree } from './trace';

const named = (id: string, parent: string, startMs: number, ms: number, name: string, extra: Partial<Span> = {}) => span(id, parent, startMs, ms, { name, ...extra });
const flame = (...spans: Span[]) => buildFlame(buildTree(spans, BASE.toString()));
const labels = (boxes: { label: string }[] | undefined) => boxes?.map((b) => b.label);

describe('a flame graph', () => {
  it('makes like children of one parent one box, the widest first', () => {
    const f = flame(span('root', '', 0, 100), named('a', 'root', 0, 10, 'GET'), span('slow', 'root', 10, 50), named('b', 'root', 60, 20, 'GET', { status: 'error' }));
    expect(labels(f.roots)).toEqual(['root']);
    expect(labels(f.rows[1])).toEqual(['slow', 'GET']);
    const [slow, get] = f.rows[1]!;
    expect([slow!.from, slow!.to]).toEqual([0, 0.5]);
    expect([get!.from, get!.to]).toEqual([0.5, 0.8]);
    expect(get).toMatchObject({ count: 2, totalMs: 30, selfMs: 30, errors: 1 });
    expect(get!.slowest.span.span_id).toBe('b');
    expect(f.roots[0]!.selfMs).toBe(20);
  });

  it('keeps like calls of different parents apart, and their own children under them', () => {
    const f = flame(span('root', '', 0, 100), span('x', 'root', 0, 60), span('y', 'root', 60, 40), named('q1', 'x', 0, 30, 'q'), named('q2', 'y', 60, 10, 'q'), span('deep', 'q2', 61, 5));
    expect(labels(f.rows[2])).toEqual(['q', 'q']);
    expect(f.rows[2]!.map((b) => b.parent!.label)).toEqual(['x', 'y']);
    expect(f.rows[3]![0]!.parent).toBe(f.rows[2]![1]);
  });

  it('fits children that ran beside each other into their parent', () => {
    const f = flame(span('root', '', 0, 100), span('a', 'root', 0, 100), span('b', 'root', 0, 300));
    expect(f.rows[1]!.map((b) => [b.label, b.from, b.to])).toEqual([
      ['b', 0, 0.75],
      ['a', 0.75, 1],
    ]);
  });

  it('finds the box at a place', () => {
    const f = flame(span('root', '', 0, 100), span('a', 'root', 0, 40), span('b', 'root', 40, 20));
    expect(boxAt(f, 1, 0.1)!.label).toBe('a');
    expect(boxAt(f, 1, 0.4)!.label).toBe('b');
    expect(boxAt(f, 1, 0.7)).toBeNull();
    expect(boxAt(f, 2, 0.1)).toBeNull();
    expect(boxAt(f, -1, 0.1)).toBeNull();
  });

  it('says what took most time itself, and counts no time twice', () => {
    const f = flame(span('root', '', 0, 100), named('o', 'root', 0, 60, 'render'), named('i', 'o', 10, 40, 'render'), named('q1', 'root', 60, 10, 'q'), named('q2', 'root', 70, 10, 'q'));
    const costs = heaviest(f, 10).map((c) => [c.box.label, c.count, c.selfMs, c.totalMs]);
    expect(costs).toEqual([
      ['render', 2, 60, 60],
      ['root', 1, 20, 100],
      ['q', 2, 20, 20],
    ]);
    expect(heaviest(f, 1)).toHaveLength(1);
  });

  it('takes a chain of thousands, spans without time and no spans at all', () => {
    const chain = Array.from({ length: 5000 }, (_, i) => span(`s${i}`, i ? `s${i - 1}` : '', 0, 10));
    expect(flame(...chain).rows).toHaveLength(5000);
    const still = flame(span('root', '', 0, 0), span('a', 'root', 0, 0));
    expect(still.rows[1]![0]).toMatchObject({ from: 0, to: 0 });
    expect(flame().roots).toEqual([]);
  });
});

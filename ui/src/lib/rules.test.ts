import { describe, expect, it } from 'vitest';
import type { Grouping } from '../api/project';
import type { GroupingComponent } from '../api/types';
import { changesOf, discardedByDay, movedParts, ruleError } from './rules';

describe('ruleError', () => {
  it('reads part, line and column', () => {
    expect(ruleError('stack trace rules: line 2, column 3: unknown matcher "colour"')).toEqual({ part: 'stack_rules', line: 2, column: 3, what: 'unknown matcher "colour"' });
    expect(ruleError('scrubbing rules: line 1, column 1: remove, mask or hash was expected')?.part).toBe('scrub_rules');
    expect(ruleError('fingerprint rules: line 1, column 16: a fingerprint was expected')?.part).toBe('fingerprint_rules');
  });
  it('leaves other messages alone', () => {
    expect(ruleError('no such event')).toBeNull();
    expect(ruleError('line 1, column 2: expected')).toBeNull();
  });
});

describe('changesOf', () => {
  it('names values that differ by their path', () => {
    const before = { user: { email: 'a@b.example', id: 4 }, list: ['x', { y: 1 }], same: null };
    const after = { user: { email: 'sha256:12', id: 4 }, list: ['x', { y: '*' }], same: null };
    expect(changesOf(before, after)).toEqual([
      { path: 'user.email', before: 'a@b.example', after: 'sha256:12' },
      { path: 'list[1].y', before: '1', after: '*' },
    ]);
  });
  it('takes an object that became a text as one change', () => {
    expect(changesOf({ a: { b: 1 } }, { a: '[Filtered]' })).toEqual([{ path: 'a', before: '{"b":1}', after: '[Filtered]' }]);
    expect(changesOf({}, {})).toEqual([]);
  });
});

const part = (id: string, name: string, contributes: boolean, children: GroupingComponent[] = [], hint: string | null = null): GroupingComponent => ({ id, name, contributes, hint, value: children.length ? null : 'v', children });
const grouping = (retry: boolean): Grouping => ({
  version: 'x',
  strategy: 'exceptions',
  hashes: [],
  fingerprint: null,
  variants: [
    {
      name: 'app',
      contributes: true,
      hint: null,
      hash: null,
      component: part('exception', 'TypeError', true, [part('type', '', true), part('stacktrace', '', true, [part('frame', 'shop.retry in again:12', retry, [], retry ? null : 'by a rule'), part('frame', 'shop.views in total:42', true)])]),
    },
  ],
});

describe('movedParts', () => {
  it('names the frames that begin or cease to count', () => {
    expect(movedParts(grouping(true), grouping(false))).toEqual([{ variant: 'app', what: 'TypeError › shop.retry in again:12', counts: false, why: 'by a rule' }]);
    expect(movedParts(grouping(false), grouping(true))[0]).toMatchObject({ counts: true });
    expect(movedParts(grouping(true), grouping(true))).toEqual([]);
  });
});

describe('discardedByDay', () => {
  it('has every day, and adds categories up', () => {
    const day = 86_400_000_000_000n;
    const row = (d: bigint, category: string, quantity: number) => ({ day_ns: String(d * day), project: 1, category, reason: 'sample_rate', quantity });
    const of = discardedByDay([row(8n, 'error', 2), row(10n, 'error', 3), row(10n, 'span', 4), row(1n, 'error', 99)], 3, 10.5 * 86_400_000);
    expect(of.series).toEqual([{ key: 'sample_rate', counts: [0, 2, 0, 7] }]);
    expect(of.start_ns).toBe(String(7n * day));
  });
});

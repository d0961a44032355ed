/** Rules of a project: where one is wrong, and what they would change. */
import type { Discarded, Grouping } from '../api/project';
import type { GroupingComponent } from '../api/types';
import { nsToMs, msToNs } from './time';

export type Part = 'stack_rules' | 'fingerprint_rules' | 'scrub_rules';

const PARTS: Record<string, Part> = { 'stack trace rules': 'stack_rules', 'fingerprint rules': 'fingerprint_rules', 'scrubbing rules': 'scrub_rules' };

export interface RuleError {
  part: Part;
  /** From 1. */
  line: number;
  /** In bytes, from 1. */
  column: number;
  what: string;
}

/** `stack trace rules: line 2, column 3: unknown matcher "colour"`; null where a message is of something else. */
export function ruleError(message: string): RuleError | null {
  const m = /^([a-z ]+): line (\d+), column (\d+): ([^]*)$/.exec(message);
  const part = m && PARTS[m[1]!];
  return part ? { part, line: Number(m[2]), column: Number(m[3]), what: m[4]! } : null;
}

export interface Change {
  path: string;
  before: string;
  after: string;
}

const shown = (v: unknown) => (v === undefined ? '' : typeof v === 'string' ? v : JSON.stringify(v));

/** The values that differ between two documents, by their path. */
export function changesOf(before: unknown, after: unknown, path = ''): Change[] {
  const isNode = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null;
  if (!isNode(before) || !isNode(after)) return shown(before) === shown(after) ? [] : [{ path, before: shown(before), after: shown(after) }];
  const list = Array.isArray(before);
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((k) => changesOf(before[k], after[k], list ? `${path}[${k}]` : path ? `${path}.${k}` : k));
}

export interface Moved {
  variant: string;
  /** The part, as `TypeError › shop.views in total:42`. */
  what: string;
  counts: boolean;
  why: string;
}

function partsOf(c: GroupingComponent, at: string[], above: boolean, out: Map<string, { counts: boolean; why: string }>): void {
  const name = c.name || (c.children.length ? '' : `${c.id}: ${c.value ?? ''}`);
  const path = name ? [...at, name] : at;
  const counts = above && c.contributes;
  // A frame stands for its values; a value of anything else for itself.
  if (c.id === 'frame' || !c.children.length) {
    const key = path.join(' › ');
    // The same call twice: both have to be told apart.
    out.set(out.has(key) ? `${key} (${out.size})` : key, { counts, why: c.hint ?? '' });
    return;
  }
  for (const child of c.children) partsOf(child, path, counts, out);
}

/** Parts that count in one grouping and not in the other, of each variant that counts. */
export function movedParts(before: Grouping, after: Grouping): Moved[] {
  const out: Moved[] = [];
  for (const v of after.variants) {
    const old = before.variants.find((b) => b.name === v.name);
    const [was, is] = [old, v].map((x) => {
      const parts = new Map<string, { counts: boolean; why: string }>();
      if (x) partsOf(x.component, [], true, parts);
      return parts;
    }) as [Map<string, { counts: boolean; why: string }>, Map<string, { counts: boolean; why: string }>];
    for (const [what, now] of is) if (now.counts !== (was.get(what)?.counts ?? false)) out.push({ variant: v.name, what, counts: now.counts, why: now.why });
    for (const [what, then] of was) if (then.counts && !is.has(what)) out.push({ variant: v.name, what, counts: false, why: '' });
  }
  return out;
}

const DAY_MS = 86_400_000;

/** By reason and day, every day of the time there, as a chart of counts takes it. */
export function discardedByDay(rows: Discarded[], days: number, now: number) {
  const last = Math.floor(now / DAY_MS) * DAY_MS;
  const start = last - days * DAY_MS;
  const counts = new Map<string, number[]>();
  for (const r of rows) {
    const at = Math.round((nsToMs(r.day_ns) - start) / DAY_MS);
    if (at < 0 || at > days) continue;
    const of = counts.get(r.reason) ?? new Array<number>(days + 1).fill(0);
    of[at]! += r.quantity;
    counts.set(r.reason, of);
  }
  return { start_ns: msToNs(start), step_ns: msToNs(DAY_MS), series: [...counts].map(([key, c]) => ({ key, counts: c })), total: rows.reduce((n, r) => n + r.quantity, 0), warnings: [] };
}

/** A trace as a flame graph: like spans under one parent are one box, as wide as the time they took together. Pure; drawn by pages/trace. */
import { spanShape, spanStatement, type Node, type Tree } from './trace';

export interface Box {
  label: string;
  service: string;
  depth: number;
  /** Share of the graph's width, 0 to 1. */
  from: number;
  to: number;
  /** Spans in it, their time together, and of that what no child covers. */
  count: number;
  totalMs: number;
  selfMs: number;
  errors: number;
  /** Its slowest span. */
  slowest: Node;
  parent: Box | null;
  children: Box[];
}

export interface Flame {
  roots: Box[];
  /** By depth, from left to right. */
  rows: Box[][];
  totalMs: number;
}

interface Work {
  nodes: Node[];
  parent: Box | null;
}

/**
 * Children that ran beside each other may take more time together than their parent: they share its width by what each took.
 * Without recursion: traces can be thousands of spans deep.
 */
export function buildFlame(tree: Tree): Flame {
  const totalMs = tree.roots.reduce((sum, n) => sum + n.durationMs, 0);
  const flame: Flame = { roots: [], rows: [], totalMs };
  const work: Work[] = [{ nodes: tree.roots, parent: null }];
  for (let i = 0; i < work.length; i++) {
    const { nodes, parent } = work[i]!;
    const groups = [...groupLike(nodes).values()];
    const sum = groups.reduce((n, g) => n + timeOf(g), 0);
    const from = parent?.from ?? 0;
    const unit = (parent ? parent.to - parent.from : 1) / Math.max(parent?.totalMs ?? 0, sum, 1e-9);
    let at = from;
    for (const group of groups.sort((a, b) => timeOf(b) - timeOf(a))) {
      const box = makeBox(group, parent, at, at + timeOf(group) * unit);
      at = box.to;
      (parent?.children ?? flame.roots).push(box);
      (flame.rows[box.depth] ??= []).push(box);
      const below = group.flatMap((n) => n.children);
      if (below.length) work.push({ nodes: below, parent: box });
    }
  }
  return flame;
}

const timeOf = (nodes: Node[]) => nodes.reduce((sum, n) => sum + n.durationMs, 0);

function groupLike(nodes: Node[]): Map<string, Node[]> {
  const groups = new Map<string, Node[]>();
  for (const n of nodes) {
    const key = spanShape(n.span);
    const group = groups.get(key);
    if (group) group.push(n);
    else groups.set(key, [n]);
  }
  return groups;
}

function makeBox(nodes: Node[], parent: Box | null, from: number, to: number): Box {
  const slowest = nodes.reduce((a, b) => (b.durationMs > a.durationMs ? b : a));
  const { span } = slowest;
  return {
    label: (spanStatement(span) ?? span.name).replace(/\s+/g, ' '),
    service: span.service,
    depth: parent ? parent.depth + 1 : 0,
    from,
    to,
    count: nodes.length,
    totalMs: timeOf(nodes),
    selfMs: nodes.reduce((sum, n) => sum + n.selfMs, 0),
    errors: nodes.filter((n) => n.span.status === 'error').length,
    slowest,
    parent,
    children: [],
  };
}

/** The box at a place of the graph; null where there is none. */
export function boxAt(flame: Flame, depth: number, x: number): Box | null {
  const row = flame.rows[depth];
  if (!row) return null;
  let low = 0;
  let high = row.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (row[mid]!.to <= x) low = mid + 1;
    else high = mid;
  }
  const box = row[low];
  return box && box.from <= x ? box : null;
}

export interface Cost {
  box: Box;
  count: number;
  totalMs: number;
  selfMs: number;
}

/** Work of one kind wherever it was done, what took most time itself first. */
export function heaviest(flame: Flame, most: number): Cost[] {
  const costs = new Map<string, Cost>();
  for (const row of flame.rows) {
    for (const box of row) {
      const key = spanShape(box.slowest.span);
      const cost = costs.get(key);
      if (!cost) {
        costs.set(key, { box, count: box.count, totalMs: box.totalMs, selfMs: box.selfMs });
        continue;
      }
      cost.count += box.count;
      cost.selfMs += box.selfMs;
      // Time of a call within one of its kind is in that one's already.
      if (!within(box, key)) cost.totalMs += box.totalMs;
      if (box.totalMs > cost.box.totalMs) cost.box = box;
    }
  }
  return [...costs.values()].sort((a, b) => b.selfMs - a.selfMs).slice(0, most);
}

function within(box: Box, key: string): boolean {
  for (let p = box.parent; p; p = p.parent) if (spanShape(p.slowest.span) === key) return true;
  return false;
}

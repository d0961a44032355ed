/** A trace's spans as a tree, and the rows and bars of its waterfall. Pure; drawn by pages/trace. */
import type { Span } from '../api/types';
import { compareNs, diffMs, durationMs } from './time';

export interface Node {
  span: Span;
  depth: number;
  parent: Node | null;
  children: Node[];
  /** Milliseconds after the trace's start. */
  startMs: number;
  durationMs: number;
  /** Time not covered by any child. */
  selfMs: number;
  /** Named parent that is not among the spans (lost, sampled away, or still under way). */
  orphan: boolean;
  /** Spans below this one. */
  descendants: number;
  /** Errors below or at this span. */
  errors: number;
}

export interface Tree {
  roots: Node[];
  byId: Map<string, Node>;
  /** Where a span, or a twin shown with it, is: under its id. */
  shownAs: Map<string, Node>;
  startMs: number;
  endMs: number;
  total: number;
}

export function buildTree(spans: Span[], traceStartNs: string): Tree {
  const byId = new Map<string, Node>();
  for (const span of spans) {
    const startMs = diffMs(span.start_ns, traceStartNs);
    byId.set(span.span_id, {
      span,
      depth: 0,
      parent: null,
      children: [],
      startMs,
      durationMs: durationMs(span.duration_ns),
      selfMs: 0,
      orphan: false,
      descendants: 0,
      errors: 0,
    });
  }
  const roots = linkParents(byId);
  const order = (a: Node, b: Node) =>
    compareNs(a.span.start_ns, b.span.start_ns) || b.durationMs - a.durationMs || (a.span.span_id < b.span.span_id ? -1 : 1);
  roots.sort(order);
  let startMs = Infinity;
  let endMs = -Infinity;
  walk(roots, (n) => {
    n.children.sort(order);
    startMs = Math.min(startMs, n.startMs);
    endMs = Math.max(endMs, n.startMs + n.durationMs);
  });
  finish(roots);
  const shownAs = new Map(byId);
  for (const node of byId.values()) if (node.span.twin) shownAs.set(node.span.twin.span_id, node);
  if (!byId.size) return { roots, byId, shownAs, startMs: 0, endMs: 0, total: 0 };
  return { roots, byId, shownAs, startMs, endMs: Math.max(endMs, startMs + 0.001), total: byId.size };
}

function linkParents(byId: Map<string, Node>): Node[] {
  const parentOf = (n: Node) => (n.span.parent_span_id ? byId.get(n.span.parent_span_id) : undefined);
  const cut = closingEdges(byId, parentOf);
  const roots: Node[] = [];
  for (const node of byId.values()) {
    const parent = cut.has(node) ? undefined : parentOf(node);
    if (parent) {
      node.parent = parent;
      parent.children.push(node);
    } else {
      node.orphan = !!node.span.parent_span_id;
      roots.push(node);
    }
  }
  return roots;
}

/** Broken senders make rings (a span that is its own ancestor): one node of each ring loses its parent. */
function closingEdges(byId: Map<string, Node>, parentOf: (n: Node) => Node | undefined): Set<Node> {
  const cut = new Set<Node>();
  const seenIn = new Map<Node, Node>();
  for (const start of byId.values()) {
    let n: Node | undefined = start;
    while (n && !seenIn.has(n)) {
      seenIn.set(n, start);
      const parent: Node | undefined = parentOf(n);
      if (parent && seenIn.get(parent) === start) {
        cut.add(n);
        break;
      }
      n = parent;
    }
  }
  return cut;
}

/** Pre-order walk without recursion: traces can be thousands of spans deep. */
export function walk(roots: Node[], visit: (n: Node) => void): void {
  const stack = [...roots].reverse();
  while (stack.length) {
    const n = stack.pop()!;
    visit(n);
    for (let i = n.children.length - 1; i >= 0; i--) stack.push(n.children[i]!);
  }
}

function finish(roots: Node[]): void {
  const order: Node[] = [];
  walk(roots, (n) => {
    n.depth = n.parent ? n.parent.depth + 1 : 0;
    order.push(n);
  });
  for (let i = order.length - 1; i >= 0; i--) {
    const n = order[i]!;
    n.errors += n.span.status === 'error' ? 1 : 0;
    n.selfMs = n.durationMs - coveredMs(n);
    if (n.parent) {
      n.parent.descendants += n.descendants + 1;
      n.parent.errors += n.errors;
    }
  }
}

/** Length of the union of the children's intervals inside the parent's. */
function coveredMs(n: Node): number {
  const end = n.startMs + n.durationMs;
  let covered = 0;
  let reach = n.startMs;
  for (const c of n.children) {
    const from = Math.max(c.startMs, reach);
    const to = Math.min(c.startMs + c.durationMs, end);
    if (to > from) {
      covered += to - from;
      reach = to;
    }
  }
  return covered;
}

/** Five or more siblings in a row that do the same thing: how an N+1 looks. */
export interface Run {
  size: number;
  totalMs: number;
  /** 0 for the first of the run. */
  index: number;
  key: string;
}

export const RUN_MIN = 5;

const DB_KEYS = ['db.query.text', 'db.statement'];

export function spanStatement(span: Span): string | null {
  for (const key of DB_KEYS) {
    const v = span.attributes[key];
    if (typeof v === 'string' && v) return v;
  }
  return null;
}

/** What two spans must share to count as the same work: literals and white space do not matter. */
export function spanShape(span: Span): string {
  let shape = shapes.get(span);
  if (shape === undefined) shapes.set(span, (shape = shapeOf(span)));
  return shape;
}

/** Each span is asked for it several times, and a trace may have tens of thousands. */
const shapes = new WeakMap<Span, string>();

function shapeOf(span: Span): string {
  const text = spanStatement(span) ?? span.name;
  const shape = text
    .replace(/'(?:[^']|'')*'/g, '?')
    .replace(/\b\d+(\.\d+)?\b/g, '?')
    .replace(/\$\?|%s/g, '?')
    .replace(/\(\s*\?(?:\s*,\s*\?)*\s*\)/g, '(?)')
    .replace(/\s+/g, ' ')
    .trim();
  return `${span.service}|${span.kind}|${shape}`;
}

export function findRuns(tree: Tree): Map<string, Run> {
  const runs = new Map<string, Run>();
  const scan = (siblings: Node[]) => {
    for (let from = 0; from < siblings.length; ) {
      const first = siblings[from]!;
      const key = spanShape(first.span);
      let to = from + 1;
      while (to < siblings.length && spanShape(siblings[to]!.span) === key) to++;
      if (to - from >= RUN_MIN && first.parent) {
        let totalMs = 0;
        for (let i = from; i < to; i++) totalMs += siblings[i]!.durationMs;
        for (let i = from; i < to; i++) {
          runs.set(siblings[i]!.span.span_id, { size: to - from, totalMs, index: i - from, key: first.span.span_id });
        }
      }
      from = to;
    }
  };
  scan(tree.roots);
  walk(tree.roots, (n) => scan(n.children));
  return runs;
}

/** The visible rows: collapsed subtrees leave their head, folded runs leave their first span. */
export function visibleRows(tree: Tree, collapsed: Set<string>, folded: Set<string>, runs: Map<string, Run>): Node[] {
  const rows: Node[] = [];
  const stack = [...tree.roots].reverse();
  while (stack.length) {
    const n = stack.pop()!;
    const run = runs.get(n.span.span_id);
    if (run && run.index > 0 && folded.has(run.key)) continue;
    rows.push(n);
    if (collapsed.has(n.span.span_id)) continue;
    for (let i = n.children.length - 1; i >= 0; i--) stack.push(n.children[i]!);
  }
  return rows;
}

/** Spans on the longest chain that decides when the root ends: shortening any of them shortens the request. */
export function criticalPath(root: Node): Set<string> {
  const path = new Set<string>();
  const stack: { node: Node; end: number }[] = [{ node: root, end: root.startMs + root.durationMs }];
  while (stack.length) {
    const { node, end } = stack.pop()!;
    path.add(node.span.span_id);
    let reach = end;
    const byEnd = [...node.children].sort((a, b) => b.startMs + b.durationMs - (a.startMs + a.durationMs));
    for (const child of byEnd) {
      const childEnd = child.startMs + child.durationMs;
      if (childEnd <= reach + 1e-6 && child.startMs < reach) {
        stack.push({ node: child, end: childEnd });
        reach = child.startMs;
      }
    }
  }
  return path;
}

/** Round steps for a ruler: at most `most` ticks over the window. */
export function rulerTicks(fromMs: number, toMs: number, most: number): number[] {
  const span = toMs - fromMs;
  if (!(span > 0) || most < 1) return [];
  const rough = span / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough)!;
  const ticks: number[] = [];
  for (let i = Math.ceil(fromMs / step); i * step <= toMs + step * 1e-9; i++) ticks.push(i * step);
  return ticks;
}

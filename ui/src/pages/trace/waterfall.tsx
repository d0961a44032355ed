/** The waterfall: an overview to zoom with, a ruler, and one row per span in sight. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Trace } from '../../api/types';
import { navigate, href, param, setParams } from '../../app/router';
import { Icon } from '../../components/icon';
import { useVirtual } from '../../components/virtual';
import { duration, plural } from '../../lib/format';
import { useHotkeys } from '../../lib/hotkeys';
import { criticalPath, findRuns, rulerTicks, visibleRows, type Node, type Tree } from '../../lib/trace';
import { Minimap } from './minimap';
import { SpanRow, type RowContext } from './row';
import { SpanPanel } from './span';
import type { Zoom } from './zoom';

const ROW = 26;

interface Props {
  trace: Trace;
  tree: Tree;
  colors: Map<string, number>;
}

export function Waterfall({ trace, tree, colors }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [collapsed, setCollapsed] = useState<Set<string>>(new Set());
  const [folded, setFolded] = useState<Set<string>>(new Set());
  const [zoom, setZoom] = useState<Zoom | null>(null);
  const [critical, setCritical] = useState(false);
  const runs = useMemo(() => findRuns(tree), [tree]);
  const rows = useMemo(() => visibleRows(tree, collapsed, folded, runs), [tree, collapsed, folded, runs]);
  const path = useMemo(() => (critical && tree.roots[0] ? criticalPath(tree.roots[0]) : null), [tree, critical]);
  const linked = useMemo(() => linkedCounts(trace, tree), [trace, tree]);
  const selected = tree.shownAs.get(param('span'));
  const index = selected ? rows.indexOf(selected) : -1;
  const v = useVirtual(box, rows.length, ROW);
  useEffect(() => {
    if (index > 0) v.scrollTo(index, 'center');
  }, []);
  const window = zoom ?? { from: tree.startMs, to: tree.endMs };

  const select = (id: string | null) => setParams({ span: id }, { replace: true });
  const toggle = (id: string) => setCollapsed(flip(collapsed, id));
  const move = (step: number) => {
    const next = index < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, index + step));
    const node = rows[next];
    if (!node) return;
    select(node.span.span_id);
    v.scrollTo(next);
  };
  const openClose = (open: boolean) => {
    const node = rows[index];
    if (node?.children.length && collapsed.has(node.span.span_id) === open) toggle(node.span.span_id);
  };
  useHotkeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    ArrowLeft: () => openClose(false),
    ArrowRight: () => openClose(true),
    Escape: () => (selected ? select(null) : navigate(href('/traces'))),
  });

  const context: RowContext = {
    window,
    colors,
    runs,
    collapsed,
    folded,
    path,
    linked,
    toggle,
    fold: (key) => setFolded(flip(folded, key)),
    select,
  };
  return (
    <div class={selected ? 'waterfall with-span' : 'waterfall'}>
      <div class="waterfall-main">
        <div class="waterfall-tools">
          <button class="button small" onClick={() => setCollapsed(new Set())} disabled={!collapsed.size}>
            Expand all
          </button>
          <button class="button small" onClick={() => setCollapsed(belowRoots(tree))}>
            Collapse
          </button>
          <button class="button small" aria-pressed={critical} onClick={() => setCritical(!critical)} title="The chain of spans that decides when the request ends">
            Critical path
          </button>
          {zoom && (
            <button class="button small" onClick={() => setZoom(null)}>
              <Icon name="zoomOut" size={14} /> Whole trace
            </button>
          )}
          <RunSummary runs={runs} onFold={() => setFolded(folded.size ? new Set() : new Set([...runs.values()].map((r) => r.key)))} folded={folded.size > 0} />
        </div>
        <Minimap tree={tree} colors={colors} zoom={zoom} onZoom={setZoom} />
        <Ruler window={window} origin={tree.startMs} />
        <div class="waterfall-rows" ref={box} role="tree" aria-label="Spans" tabIndex={0}>
          <div class="waterfall-space" style={{ height: `${v.total}px` }}>
            {v.items.map((item) => {
              const node = rows[item.index]!;
              return <SpanRow key={node.span.span_id} node={node} top={item.start} height={ROW} selected={item.index === index} context={context} />;
            })}
          </div>
        </div>
      </div>
      {selected && <SpanPanel key={selected.span.span_id} node={selected} trace={trace} run={runs.get(selected.span.span_id)} onClose={() => select(null)} />}
    </div>
  );
}

function flip(set: Set<string>, id: string): Set<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** Everything under the roots' children shut: the request at a glance. */
function belowRoots(tree: Tree): Set<string> {
  const out = new Set<string>();
  for (const root of tree.roots) for (const c of root.children) if (c.children.length) out.add(c.span.span_id);
  return out;
}

function linkedCounts(trace: Trace, tree: Tree): Map<string, { logs: number; errors: number }> {
  const out = new Map<string, { logs: number; errors: number }>();
  const at = (spanId: string) => {
    const id = tree.shownAs.get(spanId)?.span.span_id ?? spanId;
    let v = out.get(id);
    if (!v) out.set(id, (v = { logs: 0, errors: 0 }));
    return v;
  };
  for (const r of trace.logs) if (typeof r.fields.span_id === 'string') at(r.fields.span_id).logs++;
  for (const e of trace.errors) if (e.span_id) at(e.span_id).errors++;
  return out;
}

function RunSummary({ runs, onFold, folded }: { runs: ReturnType<typeof findRuns>; onFold: () => void; folded: boolean }) {
  const heads = [...runs.values()].filter((r) => r.index === 0);
  if (!heads.length) return null;
  const worst = heads.reduce((a, b) => (b.totalMs > a.totalMs ? b : a));
  return (
    <span class="run-summary">
      <strong>Repeated work:</strong> {plural(worst.size, 'like span')} in a row, {duration(worst.totalMs)} in all
      <button class="link-button" onClick={onFold}>
        {folded ? 'Show each' : 'Fold'}
      </button>
    </span>
  );
}

function Ruler({ window, origin }: { window: Zoom; origin: number }) {
  const ticks = rulerTicks(window.from - origin, window.to - origin, 5);
  const width = window.to - window.from;
  return (
    <div class="waterfall-ruler" aria-hidden="true">
      <div />
      <div class="ruler-track">
        {ticks.map((t) => {
          const left = ((t + origin - window.from) / width) * 100;
          return (
            <span key={t} class={left > 94 ? 'ruler-tick last' : 'ruler-tick'} style={{ left: `${left}%` }}>
              {t === 0 ? '0' : duration(t)}
            </span>
          );
        })}
      </div>
    </div>
  );
}

export type { Node };

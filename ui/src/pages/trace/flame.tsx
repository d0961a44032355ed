/** Where the time of a trace goes: a flame graph on a canvas, and the same as a table. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { href, navigate, setParams } from '../../app/router';
import { theme } from '../../app/theme';
import { Badge, Dot } from '../../components/bits';
import { Icon } from '../../components/icon';
import { duration, integer, percent, plural } from '../../lib/format';
import { boxAt, buildFlame, heaviest, type Box, type Flame } from '../../lib/flame';
import { useHotkeys } from '../../lib/hotkeys';
import type { Tree } from '../../lib/trace';
import { paintFlame, ROW, shareOf, type View } from './flamepaint';
import './flame.css';

const ROWS_SHOWN = 30;

interface Props {
  tree: Tree;
  colors: Map<string, number>;
}

export function FlameGraph({ tree, colors }: Props) {
  const flame = useMemo(() => buildFlame(tree), [tree]);
  const [focus, setFocus] = useState<Box | null>(null);
  const [hover, setHover] = useState<Box | null>(null);
  useEffect(() => {
    setFocus(null);
    setHover(null);
  }, [flame]);
  useHotkeys({
    ArrowDown: () => setFocus(focus ? (focus.children[0] ?? focus) : (flame.roots[0] ?? null)),
    ArrowUp: () => setFocus(focus?.parent ?? null),
    ArrowLeft: () => setFocus(beside(flame, focus, -1)),
    ArrowRight: () => setFocus(beside(flame, focus, 1)),
    Enter: () => focus && openSpan(focus),
    Escape: () => (focus ? setFocus(null) : navigate(href('/traces'))),
  });
  const told = hover ?? focus ?? flame.roots[0];
  return (
    <div class="flame">
      {told && <Told box={told} flame={flame} colors={colors} focused={told === focus} onWhole={focus ? () => setFocus(null) : undefined} />}
      <Canvas flame={flame} colors={colors} focus={focus} hover={hover} onHover={setHover} onFocus={setFocus} />
      <Heaviest flame={flame} colors={colors} onFocus={setFocus} />
    </div>
  );
}

function beside(flame: Flame, box: Box | null, step: number): Box | null {
  if (!box) return flame.roots[0] ?? null;
  const row = box.parent?.children ?? flame.roots;
  return row[row.indexOf(box) + step] ?? box;
}

function openSpan(box: Box): void {
  setParams({ view: null, span: box.slowest.span.span_id });
}

/** What the box under the pointer, else the one chosen, stands for. */
function Told({ box, flame, colors, focused, onWhole }: { box: Box; flame: Flame; colors: Map<string, number>; focused: boolean; onWhole: (() => void) | undefined }) {
  return (
    <div class="flame-told" aria-live={focused ? 'polite' : 'off'}>
      <Dot name={box.service} at={colors.get(box.service)} />
      <span class="flame-label" title={box.label}>
        {box.label}
      </span>
      {box.count > 1 && <strong>×{integer(box.count)}</strong>}
      <span>
        {duration(box.totalMs)} <span class="dim">{percent(box.totalMs / Math.max(flame.totalMs, 1e-9))}</span>
      </span>
      <span class="dim">itself {duration(box.selfMs)}</span>
      {box.errors > 0 && <Badge tone="error">{plural(box.errors, 'error')}</Badge>}
      <span class="flame-actions">
        {onWhole && (
          <button class="button small" onClick={onWhole}>
            <Icon name="zoomOut" size={14} /> Whole trace
          </button>
        )}
        <button class="button small" onClick={() => openSpan(box)}>
          {box.count > 1 ? 'Slowest of them in the waterfall' : 'In the waterfall'}
        </button>
      </span>
    </div>
  );
}

interface Marks {
  flame: Flame;
  colors: Map<string, number>;
  focus: Box | null;
  hover: Box | null;
}

interface CanvasProps extends Marks {
  onHover: (box: Box | null) => void;
  onFocus: (box: Box | null) => void;
}

/** Only what is in sight is drawn: the canvas stays in place while the space under it scrolls. */
function Canvas({ flame, colors, focus, hover, onHover, onFocus }: CanvasProps) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const mode = theme.value;
  const height = Math.min(ROWS_SHOWN, flame.rows.length) * ROW;
  const view = (): View => ({ from: focus?.from ?? 0, to: focus?.to ?? 1, top: box.current?.scrollTop ?? 0 });
  const paint = () => canvas.current && paintFlame(canvas.current, flame, view(), { colors, focus, hover });
  useEffect(() => {
    paint();
    const el = box.current!;
    const watch = new ResizeObserver(paint);
    watch.observe(el);
    el.addEventListener('scroll', paint, { passive: true });
    return () => {
      watch.disconnect();
      el.removeEventListener('scroll', paint);
    };
  }, [flame, colors, focus, hover, mode]);
  useEffect(() => {
    if (focus) showRow(box.current!, focus.depth);
  }, [focus]);
  const under = (e: MouseEvent): Box | null => {
    const r = canvas.current!.getBoundingClientRect();
    const v = view();
    const x = v.from + ((e.clientX - r.left) / r.width) * (v.to - v.from);
    return boxAt(flame, Math.floor((e.clientY - r.top + v.top) / ROW), x);
  };
  return (
    <div
      ref={box}
      class="flame-scroll"
      style={{ height: `${height}px` }}
      role="img"
      tabIndex={0}
      aria-label={`Flame graph: ${plural(flame.rows.length, 'level')}, ${duration(flame.totalMs)}. The table below says the same. Arrow keys walk the boxes.`}
      onPointerMove={(e) => onHover(under(e))}
      onPointerLeave={() => onHover(null)}
      onClick={(e) => {
        const hit = under(e);
        if (hit) onFocus(hit === focus ? null : hit);
      }}
      onDblClick={(e) => {
        const hit = under(e);
        if (hit) openSpan(hit);
      }}
    >
      <canvas ref={canvas} class="flame-canvas" style={{ height: `${height}px`, marginBottom: `-${height}px` }} aria-hidden="true" />
      <div style={{ height: `${flame.rows.length * ROW}px` }} />
    </div>
  );
}

function showRow(el: HTMLElement, depth: number): void {
  const top = depth * ROW;
  if (top < el.scrollTop) el.scrollTop = top;
  else if (top + ROW > el.scrollTop + el.clientHeight) el.scrollTop = top + ROW - el.clientHeight;
}

function Heaviest({ flame, colors, onFocus }: { flame: Flame; colors: Map<string, number>; onFocus: (b: Box) => void }) {
  const costs = useMemo(() => heaviest(flame, 20), [flame]);
  return (
    <div class="panel flame-table">
      <table class="table">
        <thead>
          <tr>
            <th>Work</th>
            <th class="num">Calls</th>
            <th class="num" title="Not spent in any child">
              Itself
            </th>
            <th class="num">Together</th>
            <th class="num">Share</th>
          </tr>
        </thead>
        <tbody>
          {costs.map((c) => (
            <tr key={`${c.box.depth} ${c.box.from}`}>
              <td class="flame-work">
                <Dot name={c.box.service} at={colors.get(c.box.service)} />{' '}
                <button class="link-button flame-label" title={c.box.label} onClick={() => onFocus(c.box)}>
                  {c.box.label}
                </button>
              </td>
              <td class="num">{integer(c.count)}</td>
              <td class="num">{duration(c.selfMs)}</td>
              <td class="num">{duration(c.totalMs)}</td>
              <td class="num">{percent(shareOf(c.selfMs, flame))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

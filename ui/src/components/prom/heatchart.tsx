/** Histogram buckets over time (uPlot's axes, crosshair and zoom; cells of our own): the darker, the more. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { theme } from '../../app/theme';
import { token } from '../../lib/color';
import { strength, type Heatmap } from '../../lib/heatmap';
import { fullTime } from '../../lib/time';
import { axisSize, timeTicks, type ChartDot } from '../chart';
import './prom.css';

interface Props {
  of: Heatmap;
  from: number;
  to: number;
  /** Seconds that a cell is wide. */
  step: number;
  height: number;
  /** Of the bounds, and of what a cell counts. */
  formatBound: (v: number) => string;
  formatCell: (v: number) => string;
  label: string;
  sync?: string;
  onZoom?: (fromMs: number, toMs: number) => void;
  /** Single values of the histogram, each in the row it belongs to. */
  dots?: ChartDot[];
}

interface Hover {
  left: number;
  flip: boolean;
  time: number;
  range: string;
  value: number | null;
}

type Latest = { current: Props };

export function HeatChart(props: Props) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const [hover, setHover] = useState<Hover | null>(null);
  const [places, setPlaces] = useState<{ left: number; top: number }[]>([]);
  const mode = theme.value;
  const rows = props.of.bounds.join('|');
  useLayoutEffect(() => {
    const el = host.current!;
    const u = new uPlot(options(el, latest, setHover, setPlaces), dataOf(latest.current.of), el);
    plot.current = u;
    const watch = new ResizeObserver(() => el.clientWidth && u.setSize({ width: el.clientWidth, height: latest.current.height }));
    watch.observe(el);
    return () => {
      watch.disconnect();
      u.destroy();
      plot.current = null;
    };
  }, [rows, mode, props.sync]);
  useEffect(() => {
    plot.current?.setData(dataOf(props.of));
  }, [props.of, props.from, props.to, props.dots]);
  return (
    <div class="heat">
      <div class="chart">
        <div ref={host} class="chart-host" role="img" aria-label={props.label} style={{ height: `${props.height}px` }} />
        {props.dots && props.dots.length > 0 && (
          <div class="chart-dots">
            {props.dots.map((d, i) => places[i] && <a key={`${d.time}${d.href}`} class="chart-dot" href={d.href} title={d.label} aria-label={d.label} style={{ left: `${places[i]!.left}px`, top: `${places[i]!.top}px` }} />)}
          </div>
        )}
        {hover && (
          <div aria-hidden="true" class={`chart-tip ${hover.flip ? 'flip' : ''}`} style={{ left: `${hover.left}px` }}>
            <div class="chart-tip-time">{fullTime(hover.time * 1000, false)}</div>
            <div class="chart-tip-row">
              <span class="chart-tip-label">{hover.range}</span>
              <span class="chart-tip-value">{hover.value === null ? '–' : props.formatCell(hover.value)}</span>
            </div>
          </div>
        )}
      </div>
      <p class="heat-scale" aria-hidden="true">
        0 <i /> {props.formatCell(props.of.max)}
      </p>
    </div>
  );
}

/** uPlot wants a line; this one has no values and is not drawn. */
const dataOf = (h: Heatmap): uPlot.AlignedData => [h.x, h.x.map(() => null)];

/** Bound `row`'s cell as words. */
function rangeText(p: Props, row: number): string {
  const { bounds } = p.of;
  const low = row > 0 ? bounds[row - 1]! : null;
  const high = bounds[row]!;
  if (!Number.isFinite(high)) return low === null ? 'all' : `over ${p.formatBound(low)}`;
  return low === null ? `up to ${p.formatBound(high)}` : `${p.formatBound(low)} – ${p.formatBound(high)}`;
}

function options(el: HTMLElement, latest: Latest, setHover: (h: Hover | null) => void, setPlaces: (p: { left: number; top: number }[]) => void): uPlot.Options {
  const p = latest.current;
  const rows = p.of.bounds.length;
  const axis: uPlot.Axis = { stroke: token('--axis'), grid: { show: false }, ticks: { show: false }, font: `11px ${token('--font')}` };
  const labelled = Math.max(1, Math.ceil((rows + 1) * 16 / p.height));
  return {
    width: el.clientWidth || 400,
    height: p.height,
    padding: [10, 18, 0, 0],
    legend: { show: false },
    scales: { x: { time: true, range: () => [latest.current.from, latest.current.to] }, y: { range: () => [0, rows] } },
    axes: [
      { ...axis, values: timeTicks, space: 70, size: 26, gap: 6 },
      {
        ...axis,
        splits: () => Array.from({ length: rows }, (_, i) => i + 1).filter((i) => (rows - i) % labelled === 0),
        values: (_u, vs) => vs.map((v) => boundText(latest.current, v - 1)),
        size: axisSize,
        gap: 8,
      },
    ],
    series: [{}, { show: false }],
    cursor: { y: false, points: { show: false }, drag: { x: !!p.onZoom, y: false, setScale: false }, sync: p.sync ? { key: p.sync, setSeries: false } : undefined },
    hooks: {
      draw: [
        (u) => {
          drawCells(u, latest.current);
          const { dots } = latest.current;
          if (dots?.length) setPlaces(dots.map((d) => placeOf(u, latest.current, d)));
        },
      ],
      setCursor: [(u) => setHover(u.root.matches(':hover') ? hoverOf(u, latest.current) : null)],
      setSelect: [
        (u) => {
          const { left, width } = u.select;
          if (width > 3 && latest.current.onZoom && u.root.matches(':hover')) latest.current.onZoom(u.posToVal(left, 'x') * 1000, u.posToVal(left + width, 'x') * 1000);
          if (width > 0) u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

function boundText(p: Props, row: number): string {
  const bound = p.of.bounds[row];
  return bound === undefined ? '' : Number.isFinite(bound) ? p.formatBound(bound) : '∞';
}

function drawCells(u: uPlot, p: Props): void {
  const { ctx, bbox } = u;
  const { of: h } = p;
  const ink = token('--c1');
  const width = Math.max(1, u.valToPos(p.from + p.step, 'x', true) - u.valToPos(p.from, 'x', true));
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = ink;
  h.cells.forEach((row, b) => {
    const top = u.valToPos(b + 1, 'y', true);
    const height = u.valToPos(b, 'y', true) - top;
    row.forEach((v, t) => {
      const s = strength(v, h.max);
      if (s === 0) return;
      ctx.globalAlpha = 0.06 + 0.94 * s;
      // A cell ends at its instant: it counts what came before.
      const right = u.valToPos(h.x[t]!, 'x', true);
      ctx.fillRect(Math.round(right - width), Math.round(top), Math.max(1, Math.round(width) - (width > 6 ? 1 : 0)), Math.max(1, Math.round(height) - (height > 6 ? 1 : 0)));
    });
  });
  ctx.restore();
}

/** In the middle of the row that holds the value; CSS pixels from the chart's corner. */
function placeOf(u: uPlot, p: Props, dot: ChartDot): { left: number; top: number } {
  const row = dot.value === null ? 0 : p.of.bounds.findIndex((b) => dot.value! <= b);
  return { left: u.valToPos(dot.time, 'x', true) / devicePixelRatio, top: u.valToPos((row < 0 ? p.of.bounds.length - 1 : row) + 0.5, 'y', true) / devicePixelRatio };
}

function hoverOf(u: uPlot, p: Props): Hover | null {
  const left = u.cursor.left ?? -1;
  const top = u.cursor.top ?? -1;
  if (left < 0 || top < 0) return null;
  const t = u.posToVal(left, 'x');
  const index = p.of.x.findIndex((x) => x >= t);
  const row = Math.min(p.of.bounds.length - 1, Math.max(0, Math.floor(u.posToVal(top, 'y'))));
  if (index < 0) return null;
  return { left: left + u.bbox.left / devicePixelRatio, flip: left > u.over.clientWidth / 2, time: p.of.x[index]!, range: rangeText(p, row), value: p.of.cells[row]![index] ?? null };
}

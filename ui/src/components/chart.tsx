/** Lines over time (uPlot): crosshair shared between charts of one `sync` key, drag to zoom the page's range. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { theme } from '../app/theme';
import { token } from '../lib/color';
import { fullTime } from '../lib/time';

export interface ChartSeries {
  label: string;
  values: (number | null)[];
  /** A CSS custom property's name, such as `--c1`. */
  color: string;
  /** `solid` hides what lies below: for stacked areas drawn from the largest down. */
  fill?: boolean | 'solid';
  hidden?: boolean;
}

export interface ChartProps {
  /** Unix seconds, rising. */
  x: number[];
  series: ChartSeries[];
  /** Window shown even where no point lies. */
  from: number;
  to: number;
  height?: number;
  format: (v: number | null | undefined) => string;
  sync?: string;
  onZoom?: (fromMs: number, toMs: number) => void;
  /** Largest number of series named at the crosshair. */
  most?: number;
  label: string;
  /** Series given pre-stacked: the crosshair then shows `raw` instead. */
  raw?: (number | null)[][];
  /** Bytes: the axis goes in powers of two. */
  binary?: boolean;
  /** Powers of ten are as far apart as each other; what is not above zero has no place. */
  log?: boolean;
  /** Instants with a name, as lines from top to bottom: releases. */
  marks?: ChartMark[];
  /** Single values that lead somewhere: exemplars. */
  dots?: ChartDot[];
}

export interface ChartMark {
  /** Unix seconds. */
  time: number;
  label: string;
}

export interface ChartDot {
  time: number;
  /** On the chart's own scale; null: has no place there and lies on its floor. */
  value: number | null;
  label: string;
  href: string;
}

interface Hover {
  left: number;
  flip: boolean;
  time: number;
  rows: { label: string; color: string; value: number | null }[];
  more: number;
  marks: string[];
}

interface Placed {
  left: number;
  top: number;
}

export function Chart(props: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const [hover, setHover] = useState<Hover | null>(null);
  const [places, setPlaces] = useState<Placed[]>([]);
  const mode = theme.value;
  const shape = props.series.map((s) => `${s.label}${s.color}${s.fill}${s.hidden}`).join('|');

  useLayoutEffect(() => {
    const el = host.current!;
    const data: uPlot.AlignedData = [latest.current.x, ...latest.current.series.map((s) => s.values)];
    const u = new uPlot(options(el, latest, setHover, setPlaces), data, el);
    plot.current = u;
    const watch = new ResizeObserver(() => {
      if (el.clientWidth) u.setSize({ width: el.clientWidth, height: latest.current.height ?? 160 });
    });
    watch.observe(el);
    return () => {
      watch.disconnect();
      u.destroy();
      plot.current = null;
    };
  }, [shape, mode, props.sync, props.log, props.binary]);

  useEffect(() => {
    plot.current?.setData([props.x, ...props.series.map((s) => s.values)]);
  }, [props.x, props.series, props.from, props.to]);
  useEffect(() => plot.current?.redraw(false), [props.marks, props.dots]);

  return (
    <div class="chart">
      <div ref={host} class="chart-host" role="img" aria-label={props.label} style={{ height: `${props.height ?? 160}px` }} />
      {props.dots && props.dots.length > 0 && <Dots dots={props.dots} places={places} />}
      {hover && <Tip hover={hover} format={props.format} />}
    </div>
  );
}

/** Links, so that the keyboard reaches them too; beside the image, which has no parts for those who do not see it. */
function Dots({ dots, places }: { dots: ChartDot[]; places: Placed[] }) {
  return (
    <div class="chart-dots">
      {dots.map((d, i) => {
        const at = places[i];
        return at && <a key={`${d.time}${d.href}`} class="chart-dot" href={d.href} title={d.label} aria-label={d.label} style={{ left: `${at.left}px`, top: `${at.top}px` }} />;
      })}
    </div>
  );
}

function Tip({ hover, format }: { hover: Hover; format: ChartProps['format'] }) {
  return (
    <div aria-hidden="true" class={`chart-tip ${hover.flip ? 'flip' : ''}`} style={{ left: `${hover.left}px` }}>
      <div class="chart-tip-time">{fullTime(hover.time * 1000, false)}</div>
      {hover.rows.map((r) => (
        <div key={r.label} class="chart-tip-row">
          <i class="dot" style={{ background: `var(${r.color})` }} />
          <span class="chart-tip-label">{r.label}</span>
          <span class="chart-tip-value">{format(r.value)}</span>
        </div>
      ))}
      {hover.more > 0 && <div class="dim">and {hover.more} more</div>}
      {hover.marks.map((m) => (
        <div key={m} class="chart-tip-mark">
          {m}
        </div>
      ))}
    </div>
  );
}

type Latest = { current: ChartProps };

function options(el: HTMLElement, latest: Latest, setHover: (h: Hover | null) => void, setPlaces: (p: Placed[]) => void): uPlot.Options {
  const p = latest.current;
  const axis: uPlot.Axis = {
    stroke: token('--axis'),
    grid: { stroke: token('--grid'), width: 1 },
    ticks: { show: false },
    font: `11px ${token('--font')}`,
  };
  return {
    width: el.clientWidth || 400,
    height: p.height ?? 160,
    padding: [10, 18, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: true, range: () => [latest.current.from, latest.current.to] },
      y: p.log ? { distr: 3, range: (_u, min, max) => logRange(min, max) } : { range: (_u, min, max) => yRange(min, max) },
    },
    axes: [
      { ...axis, values: timeTicks, space: 70, size: 26, gap: 6 },
      { ...axis, values: (_u, vs) => vs.map((v) => (v === null || v === undefined ? '' : latest.current.format(v))), size: axisSize, gap: 8, space: 34, ...(p.log ? { filter: wholePowers } : p.binary ? { incrs: BINARY } : {}) },
    ],
    series: [{}, ...p.series.map(lineOf)],
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: !!p.onZoom, y: false, setScale: false },
      sync: p.sync ? { key: p.sync, setSeries: false } : undefined,
    },
    hooks: {
      draw: [
        (u) => {
          drawMarks(u, latest.current.marks ?? []);
          if (latest.current.dots?.length) setPlaces(latest.current.dots.map((d) => placeOf(u, d)));
        },
      ],
      setCursor: [(u) => setHover(u.root.matches(':hover') ? hoverOf(u, latest.current) : null)],
      setSelect: [
        (u) => {
          const { left, width } = u.select;
          const onZoom = latest.current.onZoom;
          if (width > 3 && onZoom && u.root.matches(':hover')) {
            onZoom(u.posToVal(left, 'x') * 1000, u.posToVal(left + width, 'x') * 1000);
          }
          if (width > 0) u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

/** Charts of rates and times start at zero; what goes below keeps its own floor. */
function yRange(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return [0, 1];
  const low = Math.min(0, min);
  const high = max <= low ? low + 1 : max;
  return [low < 0 ? low - (high - low) * 0.06 : 0, high + (high - low) * 0.08];
}

/** 1, 2, 4, … 512 of each unit, and a quarter and a half of a byte for rates. */
const BINARY = Array.from({ length: 64 }, (_, i) => 2 ** (i - 2));

/** Whole powers of ten round what is there. */
function logRange(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null || max <= 0) return [0.1, 1];
  const low = 10 ** Math.floor(Math.log10(Math.max(min, Number.MIN_VALUE)));
  const high = 10 ** Math.ceil(Math.log10(max));
  return [low, high > low ? high : low * 10];
}

/** Of a logarithmic axis the powers of ten get a label; of more than twelve every second, third, … one. */
function wholePowers(_u: uPlot, splits: number[]): (number | null)[] {
  const power = (v: number) => Math.log10(v);
  const whole = splits.filter((v) => Math.abs(power(v) - Math.round(power(v))) < 1e-9).length;
  const every = Math.ceil(whole / 12);
  return splits.map((v) => {
    const p = power(v);
    return Math.abs(p - Math.round(p)) < 1e-9 && Math.round(p) % every === 0 ? v : null;
  });
}

/** As wide as the longest label asks for. */
export function axisSize(_u: uPlot, values: string[] | null): number {
  const longest = Math.max(0, ...(values ?? []).map((v) => v.length));
  return Math.min(110, Math.max(62, longest * 6.4 + 16));
}

function drawMarks(u: uPlot, marks: ChartMark[]): void {
  const { ctx } = u;
  const { left, top, width, height } = u.bbox;
  const color = token('--accent');
  ctx.save();
  ctx.strokeStyle = color;
  ctx.fillStyle = color;
  ctx.lineWidth = devicePixelRatio;
  for (const m of marks) {
    const x = Math.round(u.valToPos(m.time, 'x', true)) + 0.5;
    if (x < left || x > left + width) continue;
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, top);
    ctx.lineTo(x, top + height);
    ctx.stroke();
    const size = 4 * devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x - size, top);
    ctx.lineTo(x + size, top);
    ctx.lineTo(x, top + size * 1.5);
    ctx.fill();
  }
  ctx.restore();
}

/** In CSS pixels from the chart's corner. */
function placeOf(u: uPlot, dot: ChartDot): Placed {
  const floor = u.bbox.top + u.bbox.height;
  const scale = u.scales.y!;
  const fits = dot.value !== null && scale.min != null && scale.max != null && dot.value >= scale.min && dot.value <= scale.max;
  const y = fits ? u.valToPos(dot.value!, 'y', true) : dot.value !== null && scale.max != null && dot.value > scale.max ? u.bbox.top : floor;
  return { left: u.valToPos(dot.time, 'x', true) / devicePixelRatio, top: y / devicePixelRatio };
}

function lineOf(s: ChartSeries): uPlot.Series {
  const color = token(s.color);
  return {
    label: s.label,
    show: !s.hidden,
    stroke: color,
    width: 1.5,
    fill: s.fill === 'solid' ? `color-mix(in srgb, ${color} 55%, ${token('--surface')})` : s.fill ? `color-mix(in srgb, ${color} 16%, transparent)` : undefined,
    points: { show: false, filter: lonePoints, size: 4, fill: color },
    spanGaps: false,
  };
}

/** A point between two gaps has no line to show it. */
function lonePoints(u: uPlot, s: number): number[] {
  const values = u.data[s]!;
  const out: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (values[i] != null && values[i - 1] == null && values[i + 1] == null) out.push(i);
  }
  return out;
}

export function timeTicks(u: uPlot, splits: number[]): string[] {
  const span = (u.scales.x!.max ?? 0) - (u.scales.x!.min ?? 0);
  return splits.map((s, i) => {
    const d = new Date(s * 1000);
    const hm = `${String(d.getHours()).padStart(2, '0')}:${String(d.getMinutes()).padStart(2, '0')}`;
    const before = i > 0 ? new Date(splits[i - 1]! * 1000) : null;
    const newDay = before ? before.getDate() !== d.getDate() : span > 86_400;
    const date = d.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
    if (span > 4 * 86_400) return date;
    if (newDay && (before || hm === '00:00')) return hm === '00:00' ? date : `${date} ${hm}`;
    return span < 300 ? `${hm}:${String(d.getSeconds()).padStart(2, '0')}` : hm;
  });
}

function hoverOf(u: uPlot, p: ChartProps): Hover | null {
  const idx = u.cursor.idx;
  const left = u.cursor.left ?? -1;
  if (idx === null || idx === undefined || left < 0) return null;
  const rows = p.series
    .map((s, i) => ({ label: s.label, color: s.color, hidden: s.hidden, value: (p.raw?.[i] ?? s.values)[idx] ?? null }))
    .filter((r) => !r.hidden && (r.value !== null || p.series.length <= 4));
  const most = p.most ?? 8;
  if (rows.length > most) rows.sort((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity));
  const offset = u.bbox.left / devicePixelRatio;
  // A mark is named while the crosshair is on it or next to it.
  const near = (p.marks ?? []).filter((m) => Math.abs(u.valToPos(m.time, 'x') - left) < 6).map((m) => m.label);
  return {
    left: left + offset,
    marks: near,
    flip: left > u.over.clientWidth / 2,
    time: u.data[0][idx]!,
    rows: rows.slice(0, most),
    more: Math.max(0, rows.length - most),
  };
}

/** Stacked counts over time in SVG; drag across it to zoom in. */
import { useRef, useState } from 'preact/hooks';
import type { Histogram } from '../api/types';
import { SEVERITIES, SEVERITY_VAR, severity, slot } from '../lib/color';
import { count, plural } from '../lib/format';
import { clockTime, fullTime, nsToMs, shortDate } from '../lib/time';

export interface Layer {
  key: string;
  /** As counted: null where records have no such field. */
  value: string | null;
  color: string;
  counts: number[];
}

/** Layers from the bottom up: the calm severities below, the alarming ones on top. */
export function layersOf(h: Histogram): Layer[] {
  const rank = (key: string) => {
    const i = (SEVERITIES as readonly string[]).indexOf(severity(key));
    return i < 0 ? 99 : i;
  };
  const bySeverity = h.series.every((s) => severity(s.key) !== 'unknown' || s.key === '' || s.key === 'unset');
  return [...h.series]
    .sort((a, b) => rank(b.key) - rank(a.key) || (a.key < b.key ? -1 : 1))
    .map((s) => ({
      key: s.key || 'no level',
      value: s.key || null,
      color: bySeverity ? SEVERITY_VAR[severity(s.key)] : `--c${slot(s.key)}`,
      counts: s.counts,
    }));
}

interface Props {
  of: Histogram;
  height?: number;
  onZoom: (fromMs: number, toMs: number) => void;
  /** With a modifier key the legend leaves a value out. */
  onKey?: (key: string | null, exclude: boolean) => void;
  noun: string;
}

const WIDTH = 1000;
/** Free above the highest bar, for the scale's number. */
const HEAD = 13;

export function HistogramChart({ of, height = 88, onZoom, onKey, noun }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [hover, setHover] = useState<number | null>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const layers = layersOf(of);
  const buckets = Math.max(0, ...layers.map((l) => l.counts.length));
  const startMs = nsToMs(of.start_ns);
  const stepMs = nsToMs(of.step_ns);
  const totals = Array.from({ length: buckets }, (_, i) => layers.reduce((sum, l) => sum + (l.counts[i] ?? 0), 0));
  const max = Math.max(1, ...totals);
  const at = (e: PointerEvent) => {
    const r = box.current!.getBoundingClientRect();
    return Math.min(1, Math.max(0, (e.clientX - r.left) / r.width));
  };
  const bucketAt = (f: number) => Math.min(buckets - 1, Math.floor(f * buckets));
  const move = (e: PointerEvent) => {
    const f = at(e);
    setHover(bucketAt(f));
    setDrag((d) => d && { ...d, to: f });
  };
  const up = (e: PointerEvent) => {
    if (drag) {
      const [a, b] = [drag.from, at(e)].sort((x, y) => x - y) as [number, number];
      if ((b - a) * (box.current?.clientWidth ?? 0) > 4) {
        onZoom(startMs + Math.floor(a * buckets) * stepMs, startMs + Math.ceil(b * buckets) * stepMs);
      } else if (totals[bucketAt(b)]) {
        onZoom(startMs + bucketAt(b) * stepMs, startMs + (bucketAt(b) + 1) * stepMs);
      }
    }
    setDrag(null);
  };
  if (!buckets) return null;
  return (
    <figure class="histogram">
      <div class="histogram-max">{count(max)}</div>
      <div
        ref={box}
        class="histogram-plot"
        style={{ height: `${height}px` }}
        onPointerDown={(e) => {
          (e.currentTarget as Element).setPointerCapture(e.pointerId);
          const f = at(e);
          setDrag({ from: f, to: f });
        }}
        onPointerMove={move}
        onPointerUp={up}
        onPointerLeave={() => setHover(null)}
      >
        <Bars layers={layers} buckets={buckets} max={max} height={height} hover={hover} />
        {drag && <Brush from={drag.from} to={drag.to} />}
        {hover !== null && !drag && (
          <Tip layers={layers} bucket={hover} buckets={buckets} startMs={startMs + hover * stepMs} stepMs={stepMs} total={totals[hover] ?? 0} noun={noun} />
        )}
      </div>
      <Axis startMs={startMs} endMs={startMs + buckets * stepMs} />
      <Legend layers={layers} onKey={onKey} />
    </figure>
  );
}

function Bars({ layers, buckets, max, height, hover }: { layers: Layer[]; buckets: number; max: number; height: number; hover: number | null }) {
  const step = WIDTH / buckets;
  const floor = new Array<number>(buckets).fill(height);
  return (
    <svg viewBox={`0 0 ${WIDTH} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {hover !== null && <rect class="histogram-hover" x={hover * step} y={0} width={step} height={height} />}
      {layers.map((l) => (
        <g key={l.key} style={{ fill: `var(${l.color})` }}>
          {l.counts.map((n, i) => {
            if (!n) return null;
            const h = Math.max(1, (n / max) * (height - HEAD));
            floor[i] = floor[i]! - h;
            return <rect key={i} x={(i * step + step * 0.09).toFixed(2)} y={floor[i]!.toFixed(2)} width={(step * 0.82).toFixed(2)} height={h.toFixed(2)} />;
          })}
        </g>
      ))}
    </svg>
  );
}

function Brush({ from, to }: { from: number; to: number }) {
  const [a, b] = from < to ? [from, to] : [to, from];
  return <div class="histogram-brush" style={{ left: `${a * 100}%`, width: `${(b - a) * 100}%` }} />;
}

interface TipProps {
  layers: Layer[];
  bucket: number;
  buckets: number;
  startMs: number;
  stepMs: number;
  total: number;
  noun: string;
}

function Tip({ layers, bucket, buckets, startMs, stepMs, total, noun }: TipProps) {
  const flip = bucket > buckets / 2;
  const fine = stepMs < 1000;
  return (
    <div class={`chart-tip ${flip ? 'flip' : ''}`} style={{ left: `${((bucket + 0.5) / buckets) * 100}%` }}>
      <div class="chart-tip-time">
        {fullTime(startMs, fine)} – {clockTime(startMs + stepMs, fine)}
      </div>
      {[...layers].reverse().map((l) =>
        l.counts[bucket] ? (
          <div key={l.key} class="chart-tip-row">
            <i class="dot" style={{ background: `var(${l.color})` }} />
            <span class="chart-tip-label">{l.key}</span>
            <span class="chart-tip-value">{count(l.counts[bucket]!)}</span>
          </div>
        ) : null,
      )}
      <div class="dim">{plural(total, noun)}</div>
    </div>
  );
}

function Axis({ startMs, endMs }: { startMs: number; endMs: number }) {
  const long = endMs - startMs > 86_400_000;
  const fine = endMs - startMs < 300_000;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((f) => startMs + f * (endMs - startMs));
  return (
    <div class="histogram-axis" aria-hidden="true">
      {ticks.map((t) => (
        <span key={t}>{`${long ? `${shortDate(t)} ` : ''}${clockTime(t).slice(0, fine ? 8 : 5)}`}</span>
      ))}
    </div>
  );
}

function Legend({ layers, onKey }: { layers: Layer[]; onKey?: (key: string | null, exclude: boolean) => void }) {
  return (
    <figcaption class="histogram-legend">
      {[...layers].reverse().map((l) => {
        const total = l.counts.reduce((a, b) => a + b, 0);
        const body = (
          <>
            <i class="dot" style={{ background: `var(${l.color})` }} />
            {l.key} <span class="dim">{count(total)}</span>
          </>
        );
        return onKey ? (
          <button key={l.key} class="plain" title={`Only ${l.key}; with Shift: without it`} onClick={(e) => onKey(l.value, e.shiftKey)}>
            {body}
          </button>
        ) : (
          <span key={l.key}>{body}</span>
        );
      })}
    </figcaption>
  );
}

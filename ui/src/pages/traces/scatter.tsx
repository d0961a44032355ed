/** When and how long: each trace a point that is a link; the duration's scale is logarithmic. */
import { useRef, useState } from 'preact/hooks';
import type { Window } from '../../api/endpoints';
import type { TraceSummary } from '../../api/types';
import { zoomTo } from '../../app/range';
import { href } from '../../app/router';
import { duration } from '../../lib/format';
import { clockTime, durationMs, fullTime, nsToMs, shortDate } from '../../lib/time';
import './scatter.css';

const HEIGHT = 150;

export function Scatter({ traces, window: w }: { traces: TraceSummary[]; window: Window }) {
  const box = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const all = traces.map((t) => Math.max(0.01, durationMs(t.duration_ns)));
  const low = Math.log10(Math.min(...all)) - 0.15;
  const high = Math.max(Math.log10(Math.max(...all)) + 0.15, low + 0.6);
  const x = (t: TraceSummary) => ((nsToMs(t.start_ns) - w.startMs) / (w.endMs - w.startMs)) * 100;
  const y = (ms: number) => (1 - (Math.log10(Math.max(0.01, ms)) - low) / (high - low)) * 100;
  const ticks = powers(low, high);
  const at = (e: PointerEvent) => {
    const r = box.current!.getBoundingClientRect();
    return Math.min(1, Math.max(0, (e.clientX - r.left) / r.width));
  };
  const release = (e: PointerEvent) => {
    if (!drag) return;
    const [a, b] = [drag.from, at(e)].sort((p, q) => p - q) as [number, number];
    setDrag(null);
    if (b - a > 0.01) zoomTo(w.startMs + a * (w.endMs - w.startMs), w.startMs + b * (w.endMs - w.startMs));
  };
  return (
    <figure class="scatter" aria-label="Traces by start and duration">
      <div class="scatter-y" style={{ height: `${HEIGHT}px` }} aria-hidden="true">
        {ticks.map((t) => (
          <span key={t} style={{ top: `${y(t)}%` }}>
            {duration(t)}
          </span>
        ))}
      </div>
      <div
        ref={box}
        class="scatter-plot"
        style={{ height: `${HEIGHT}px` }}
        onPointerDown={(e) => {
          if ((e.target as Element).closest('a')) return;
          (e.currentTarget as Element).setPointerCapture(e.pointerId);
          setDrag({ from: at(e), to: at(e) });
        }}
        onPointerMove={(e) => drag && setDrag({ ...drag, to: at(e) })}
        onPointerUp={release}
      >
        {ticks.map((t) => (
          <i key={t} class="scatter-line" style={{ top: `${y(t)}%` }} />
        ))}
        {traces.map((t) => {
          const ms = durationMs(t.duration_ns);
          const left = x(t);
          if (left < 0 || left > 100) return null;
          return (
            <a
              key={t.trace_id}
              class={t.errors ? 'scatter-point bad' : 'scatter-point'}
              style={{ left: `${left}%`, top: `${y(ms)}%` }}
              href={href(`/traces/${encodeURIComponent(t.trace_id)}`)}
              tabIndex={-1}
              title={`${t.root_name}\n${t.service}, ${duration(ms)}${t.errors ? `, ${t.errors} errors` : ''}\n${fullTime(nsToMs(t.start_ns))}`}
            />
          );
        })}
        {drag && <div class="histogram-brush" style={{ left: `${Math.min(drag.from, drag.to) * 100}%`, width: `${Math.abs(drag.to - drag.from) * 100}%` }} />}
      </div>
      <div class="histogram-axis scatter-axis" aria-hidden="true">
        {[0, 0.25, 0.5, 0.75, 1].map((f) => {
          const ms = w.startMs + f * (w.endMs - w.startMs);
          return <span key={f}>{`${w.endMs - w.startMs > 86_400_000 ? `${shortDate(ms)} ` : ''}${clockTime(ms).slice(0, 5)}`}</span>;
        })}
      </div>
    </figure>
  );
}

/** 1, 10, 100 … ms inside the scale, with 3-steps where there would be fewer than two. */
function powers(low: number, high: number): number[] {
  const out: number[] = [];
  for (let p = Math.floor(low); p <= high; p++) {
    for (const m of high - low < 1.6 ? [1, 3] : [1]) {
      const v = m * 10 ** p;
      if (Math.log10(v) >= low && Math.log10(v) <= high) out.push(v);
    }
  }
  return out;
}

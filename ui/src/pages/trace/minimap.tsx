/** The whole trace in a strip; dragging over it chooses the window that the rows show. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { theme } from '../../app/theme';
import { token } from '../../lib/color';
import { walk, type Node, type Tree } from '../../lib/trace';
import type { Zoom } from './zoom';

const HEIGHT = 44;

interface Props {
  tree: Tree;
  colors: Map<string, number>;
  zoom: Zoom | null;
  onZoom: (z: Zoom | null) => void;
}

export function Minimap({ tree, colors, zoom, onZoom }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const mode = theme.value;
  const width = tree.endMs - tree.startMs;

  useEffect(() => {
    const el = canvas.current!;
    const paint = () => draw(el, tree, colors);
    const watch = new ResizeObserver(paint);
    watch.observe(el);
    paint();
    return () => watch.disconnect();
  }, [tree, colors, mode]);

  const at = (e: PointerEvent) => {
    const r = canvas.current!.getBoundingClientRect();
    return Math.min(1, Math.max(0, (e.clientX - r.left) / r.width));
  };
  const release = (e: PointerEvent) => {
    if (!drag) return;
    const [a, b] = [drag.from, at(e)].sort((x, y) => x - y) as [number, number];
    setDrag(null);
    onZoom(b - a < 0.005 ? null : { from: tree.startMs + a * width, to: tree.startMs + b * width });
  };
  const shown = drag
    ? { from: Math.min(drag.from, drag.to), to: Math.max(drag.from, drag.to) }
    : zoom && { from: (zoom.from - tree.startMs) / width, to: (zoom.to - tree.startMs) / width };
  return (
    <div class="minimap">
      <div class="dim minimap-hint">Drag to zoom</div>
      <div
        class="minimap-plot"
        onPointerDown={(e) => {
          (e.currentTarget as Element).setPointerCapture(e.pointerId);
          setDrag({ from: at(e), to: at(e) });
        }}
        onPointerMove={(e) => drag && setDrag({ ...drag, to: at(e) })}
        onPointerUp={release}
      >
        <canvas ref={canvas} class="minimap-canvas" aria-hidden="true" />
        {shown && (
          <>
            <div class="minimap-shade" style={{ left: 0, width: `${shown.from * 100}%` }} />
            <div class="minimap-shade" style={{ left: `${shown.to * 100}%`, right: 0 }} />
          </>
        )}
      </div>
    </div>
  );
}

function draw(el: HTMLCanvasElement, tree: Tree, colors: Map<string, number>): void {
  const ratio = devicePixelRatio || 1;
  const w = el.clientWidth;
  el.width = Math.max(1, Math.round(w * ratio));
  el.height = Math.round(HEIGHT * ratio);
  const g = el.getContext('2d');
  if (!g || !w) return;
  g.scale(ratio, ratio);
  g.clearRect(0, 0, w, HEIGHT);
  const nodes: Node[] = [];
  walk(tree.roots, (n) => nodes.push(n));
  const step = Math.min(4, (HEIGHT - 6) / nodes.length);
  const thick = Math.max(1, step - 1);
  const span = tree.endMs - tree.startMs;
  const palette = new Map<number, string>();
  const ink = (slot: number) => {
    if (!palette.has(slot)) palette.set(slot, token(`--c${slot}`));
    return palette.get(slot)!;
  };
  const bad = token('--error-fill');
  nodes.forEach((n, i) => {
    g.fillStyle = n.span.status === 'error' ? bad : ink(colors.get(n.span.service) ?? 1);
    const x = ((n.startMs - tree.startMs) / span) * w;
    g.fillRect(x, 3 + i * step, Math.max(1, (n.durationMs / span) * w), thick);
  });
}

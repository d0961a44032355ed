/** Draws a flame graph's boxes in sight. */
import { token } from '../../lib/color';
import type { Box, Flame } from '../../lib/flame';

export const ROW = 22;
/** Text in a narrower box could not be read. */
const LEAST_TEXT = 34;

/** The part in sight: shares of the graph's width, and pixels from its top. */
export interface View {
  from: number;
  to: number;
  top: number;
}

interface Marks {
  colors: Map<string, number>;
  focus: Box | null;
  hover: Box | null;
}

export const shareOf = (ms: number, flame: Flame) => ms / Math.max(flame.totalMs, 1e-9);

export function paintFlame(el: HTMLCanvasElement, flame: Flame, view: View, marks: Marks): void {
  const ratio = devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = el;
  const g = el.getContext('2d');
  if (!g || !width) return;
  el.width = Math.round(width * ratio);
  el.height = Math.round(height * ratio);
  g.scale(ratio, ratio);
  g.translate(0, -view.top);
  const ink = inks(marks.colors);
  const first = Math.max(0, Math.floor(view.top / ROW));
  const last = Math.min(flame.rows.length - 1, Math.floor((view.top + height) / ROW));
  g.font = `12px ${token('--font')}`;
  g.textBaseline = 'middle';
  for (let depth = first; depth <= last; depth++) {
    const row = flame.rows[depth]!;
    let painted = -1;
    for (let i = firstInSight(row, view.from); i < row.length && row[i]!.from < view.to; i++) {
      const box = row[i]!;
      const x = Math.max(0, ((box.from - view.from) / (view.to - view.from)) * width);
      const right = Math.min(width, ((box.to - view.from) / (view.to - view.from)) * width);
      // Boxes thinner than a pixel share one.
      if (right < painted + 1) continue;
      painted = Math.max(right, x + 1);
      paintBox(g, box, x, painted - x, ink, marks);
    }
  }
}

function firstInSight(row: Box[], from: number): number {
  let low = 0;
  let high = row.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (row[mid]!.to <= from) low = mid + 1;
    else high = mid;
  }
  return low;
}

interface Inks {
  of: (service: string) => string;
  error: string;
  text: string;
  edge: string;
}

function inks(colors: Map<string, number>): Inks {
  const known = new Map<string, string>();
  return {
    of: (service) => {
      let ink = known.get(service);
      if (!ink) known.set(service, (ink = token(`--c${colors.get(service) ?? 1}`)));
      return ink;
    },
    error: token('--error-fill'),
    text: token('--text'),
    edge: token('--accent'),
  };
}

function paintBox(g: CanvasRenderingContext2D, box: Box, x: number, width: number, ink: Inks, { focus, hover }: Marks): void {
  const y = box.depth * ROW;
  const inner = Math.max(0.5, width - (width > 3 ? 1 : 0));
  const above = focus !== null && box.depth < focus.depth;
  g.globalAlpha = above ? 0.18 : box === hover ? 0.75 : 0.45;
  g.fillStyle = box.errors > 0 && box.errors === box.count ? ink.error : ink.of(box.service);
  g.fillRect(x, y + 0.5, inner, ROW - 1.5);
  g.globalAlpha = 1;
  if (box === focus) {
    g.strokeStyle = ink.edge;
    g.lineWidth = 2;
    g.strokeRect(x + 1, y + 1.5, inner - 2, ROW - 3.5);
  }
  if (width < LEAST_TEXT) return;
  g.fillStyle = ink.text;
  g.save();
  g.beginPath();
  g.rect(x, y, inner - 4, ROW);
  g.clip();
  g.fillText(box.count > 1 ? `×${box.count} ${box.label}` : box.label, x + 6, y + ROW / 2);
  g.restore();
}

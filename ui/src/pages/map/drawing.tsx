/** The map as a drawing: boxes in layers, curves between them. */
import { useMemo } from 'preact/hooks';
import type { MapEdge, MapNode, ServiceMap } from '../../api/servicemap';
import { duration, middle, percent, rate } from '../../lib/format';
import { layOut, linkKey } from '../../lib/servicemap';
import { FAILING, KINDS } from './words';

const WIDTH = 216;
const HEIGHT = 58;
const BETWEEN_LAYERS = 96;
const BETWEEN_ROWS = 26;
const MARGIN = 16;
/** Of a line that passes between boxes. */
const PASSAGE = 6;

/** Drawn without the word for it. */
const KINDLESS = new Set(['service', 'user']);
/** A wide map is made smaller than this no more: it is moved then. */
const LEAST_SCALE = 0.7;

interface Props {
  map: ServiceMap;
  chosen: string | null;
  choose: (name: string | null) => void;
}

interface At {
  x: number;
  y: number;
}

export function Drawing({ map, chosen, choose }: Props) {
  const { at, passages, width, height } = useMemo(() => place(map), [map]);
  const most = Math.max(...map.edges.map((e) => e.rate), 0);
  const near = new Set(map.edges.filter((e) => e.client === chosen || e.server === chosen).flatMap((e) => [e.client, e.server]));
  const isDim = (...names: string[]) => chosen !== null && names.some((n) => n !== chosen && !near.has(n));
  return (
    <div class="panel map-drawing" onClick={() => choose(null)}>
      <svg style={{ maxWidth: width, minWidth: width * LEAST_SCALE }} viewBox={`0 0 ${width} ${height}`} role="group" aria-label="Services and their connections">
        <defs>
          {['', '-bad'].map((kind) => (
            <marker key={kind} id={`map-arrow${kind}`} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto">
              <path d="M0 0.8 7 4 0 7.2Z" class={`map-arrow${kind}`} />
            </marker>
          ))}
        </defs>
        {map.edges.map((e) => (
          <Curve key={`${e.client}\0${e.server}\0${e.connection_type}`} edge={e} from={at.get(e.client)!} to={at.get(e.server)!} by={(passages.get(linkKey(e)) ?? []).map((key) => at.get(key)!)} most={most} dim={isDim(e.client, e.server) || (chosen !== null && e.client !== chosen && e.server !== chosen)} />
        ))}
        {map.nodes.map((n) => (
          <Box key={n.name} node={n} at={at.get(n.name)!} chosen={n.name === chosen} dim={isDim(n.name)} choose={choose} />
        ))}
      </svg>
    </div>
  );
}

function place(map: ServiceMap) {
  const { layers, passages } = layOut(
    map.nodes.map((n) => n.name),
    map.edges,
  );
  const heightOf = (name: string | null) => (name === null ? PASSAGE : HEIGHT) + BETWEEN_ROWS;
  const heights = layers.map((l) => l.reduce((sum, s) => sum + heightOf(s.name), -BETWEEN_ROWS));
  const tallest = Math.max(...heights);
  const at = new Map<string, At>();
  layers.forEach((spots, layer) => {
    let y = MARGIN + (tallest - heights[layer]!) / 2;
    for (const s of spots) {
      at.set(s.key, { x: MARGIN + layer * (WIDTH + BETWEEN_LAYERS), y });
      y += heightOf(s.name);
    }
  });
  return { at, passages, width: 2 * MARGIN + layers.length * (WIDTH + BETWEEN_LAYERS) - BETWEEN_LAYERS, height: 2 * MARGIN + tallest };
}

/** From the right side of one to the left of the other, straight through its passages; back to an earlier layer, or to itself, round below. */
function path(from: At, to: At, by: At[]): string {
  const [x1, y1, y2] = [from.x + WIDTH, from.y + HEIGHT / 2, to.y + HEIGHT / 2];
  const x2 = to.x - 2;
  if (to.x > from.x) {
    const curve = (fromX: number, fromY: number, toX: number, toY: number) => `C${(fromX + toX) / 2} ${fromY} ${(fromX + toX) / 2} ${toY} ${toX} ${toY}`;
    let out = `M${x1} ${y1}`;
    let here = { x: x1, y: y1 };
    for (const p of by) {
      const y = p.y + PASSAGE / 2;
      out += `${curve(here.x, here.y, p.x, y)}H${p.x + WIDTH}`;
      here = { x: p.x + WIDTH, y };
    }
    return out + curve(here.x, here.y, x2, y2);
  }
  const low = Math.max(from.y, to.y) + HEIGHT + 18;
  return `M${x1} ${y1}C${x1 + 50} ${y1} ${x1 + 50} ${low} ${(x1 + x2) / 2} ${low}S${x2 - 50} ${y2} ${x2} ${y2}`;
}

function Curve({ edge, from, to, by, most, dim }: { edge: MapEdge; from: At; to: At; by: At[]; most: number; dim: boolean }) {
  const bad = edge.error_ratio >= FAILING;
  const width = 1.2 + 3.8 * Math.sqrt(most > 0 ? edge.rate / most : 0);
  return (
    <path class={`map-edge${bad ? ' map-edge-bad' : ''}${dim ? ' map-dim' : ''}`} d={path(from, to, by)} stroke-width={width.toFixed(1)} marker-end={`url(#map-arrow${bad ? '-bad' : ''})`}>
      <title>{`${edge.client} → ${edge.server}: ${rate(edge.rate)}, ${percent(edge.error_ratio)} errors, p95 ${duration(edge.p95_ms)}`}</title>
    </path>
  );
}

function Box({ node, at, chosen, dim, choose }: { node: MapNode; at: At; chosen: boolean; dim: boolean; choose: Props['choose'] }) {
  const bad = node.error_ratio >= FAILING;
  const isUser = node.kind === 'user';
  const words = isUser ? '' : `${rate(node.rate)} · ${percent(node.error_ratio)} · p95 ${duration(node.p95_ms)}`;
  const press = (e: KeyboardEvent) => {
    if (e.key !== 'Enter' && e.key !== ' ') return;
    e.preventDefault();
    choose(node.name);
  };
  return (
    <g
      class={`map-node map-${node.kind}${bad ? ' map-node-bad' : ''}${chosen ? ' map-chosen' : ''}${dim ? ' map-dim' : ''}`}
      transform={`translate(${at.x} ${at.y})`}
      role="button"
      tabIndex={0}
      aria-pressed={chosen}
      aria-label={`${KINDS[node.kind]} ${node.name}${words && `, ${words}`}`}
      onClick={(e) => (e.stopPropagation(), choose(node.name))}
      onKeyDown={press}
    >
      <title>{node.name}</title>
      <rect width={WIDTH} height={HEIGHT} rx={isUser ? HEIGHT / 2 : 6} />
      <text class="map-name" x="14" y={isUser ? 34 : 24}>
        {middle(node.name, KINDLESS.has(node.kind) ? 26 : 18)}
      </text>
      {!isUser && (
        <text class="map-words" x="14" y="44">
          {words}
        </text>
      )}
      <text class="map-kind" x={WIDTH - 14} y={isUser ? 34 : 24} text-anchor="end">
        {KINDLESS.has(node.kind) ? '' : KINDS[node.kind]}
      </text>
    </g>
  );
}

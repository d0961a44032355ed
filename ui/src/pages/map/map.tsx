/** What calls what: services, databases, queues and servers outside, with rate, errors and latency of each connection. */
import { useMemo } from 'preact/hooks';
import { getServiceMap } from '../../api/endpoints';
import type { Counts, MapEdge, MapNode, ServiceMap } from '../../api/servicemap';
import { rangeLabel, resolved, setRange } from '../../app/range';
import { href, param, setParams } from '../../app/router';
import { Page } from '../../app/shell';
import { Badge, Section } from '../../components/bits';
import { Async, Empty, Loading, Warnings } from '../../components/states';
import { useData } from '../../lib/data';
import { duration, integer, percent, rate } from '../../lib/format';
import { useHotkeys } from '../../lib/hotkeys';
import { Drawing } from './drawing';
import { FAILING, KINDS } from './words';
import './map.css';

export default function MapPage() {
  const w = resolved.value;
  const data = useData((s) => getServiceMap(w, s), [w]);
  return (
    <Page title="Service map">
      <Async of={data} loading={<Loading lines={10} />}>
        {(map) => (
          <>
            <Warnings items={map.warnings} />
            {map.nodes.length ? <Shown map={map} /> : <None />}
          </>
        )}
      </Async>
    </Page>
  );
}

function Shown({ map }: { map: ServiceMap }) {
  const names = useMemo(() => map.nodes.map((n) => n.name), [map]);
  const chosen = names.includes(param('node')) ? param('node') : null;
  const choose = (name: string | null) => setParams({ node: name }, { replace: true });
  const move = (step: number) => {
    const at = chosen === null ? (step > 0 ? -1 : names.length) : names.indexOf(chosen);
    choose(names[Math.min(names.length - 1, Math.max(0, at + step))] ?? null);
  };
  useHotkeys({ j: () => move(1), k: () => move(-1), Escape: () => choose(null) });
  const node = map.nodes.find((n) => n.name === chosen);
  return (
    <>
      <div class={node ? 'map-columns' : undefined}>
        <Drawing map={map} chosen={chosen} choose={choose} />
        {node && <NodePanel node={node} edges={map.edges} choose={choose} />}
      </div>
      <Section title="Connections">
        <EdgeTable edges={map.edges} chosen={chosen} choose={choose} />
      </Section>
    </>
  );
}

function Figures({ of }: { of: Counts }) {
  return (
    <dl class="map-figures">
      <div>
        <dt>Requests</dt>
        <dd>
          {integer(of.requests)} <span class="dim">{rate(of.rate)}</span>
        </dd>
      </div>
      <div>
        <dt>Errors</dt>
        <dd class={of.error_ratio >= FAILING ? 'map-bad' : undefined}>
          {percent(of.error_ratio)} <span class="dim">{integer(of.errors)}</span>
        </dd>
      </div>
      <div>
        <dt>p50</dt>
        <dd>{duration(of.p50_ms)}</dd>
      </div>
      <div>
        <dt>p95</dt>
        <dd>{duration(of.p95_ms)}</dd>
      </div>
    </dl>
  );
}

interface PanelProps {
  node: MapNode;
  edges: MapEdge[];
  choose: (name: string) => void;
}

function NodePanel({ node, edges, choose }: PanelProps) {
  const incoming = edges.filter((e) => e.server === node.name);
  const outgoing = edges.filter((e) => e.client === node.name);
  return (
    <aside class="panel map-panel" aria-label={node.name}>
      <h2>{node.name}</h2>
      <Badge>{KINDS[node.kind]}</Badge>
      <Figures of={node} />
      {node.kind === 'service' && (
        <p class="map-links">
          <a class="button" href={href('/traces', { service: node.name })}>
            Traces
          </a>
          <a class="button" href={href('/logs', { q: `service:"${node.name.replace(/["\\]/g, '\\$&')}"` })}>
            Logs
          </a>
        </p>
      )}
      <Neighbours title="Called by" edges={incoming} name={(e) => e.client} choose={choose} />
      <Neighbours title="Calls" edges={outgoing} name={(e) => e.server} choose={choose} />
    </aside>
  );
}

function Neighbours({ title, edges, name, choose }: { title: string; edges: MapEdge[]; name: (e: MapEdge) => string; choose: (name: string) => void }) {
  if (!edges.length) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul class="map-neighbours">
        {edges.map((e) => (
          <li key={name(e)}>
            <button class="link-button" onClick={() => choose(name(e))}>
              {name(e)}
            </button>
            <span class="dim">
              {rate(e.rate)} · {percent(e.error_ratio)} · p95 {duration(e.p95_ms)}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function EdgeTable({ edges, chosen, choose }: { edges: MapEdge[]; chosen: string | null; choose: (name: string) => void }) {
  const shown = [...edges].filter((e) => chosen === null || e.client === chosen || e.server === chosen).sort((a, b) => b.requests - a.requests);
  if (!shown.length) return <p class="dim">No requests from one to another.</p>;
  return (
    <div class="table-wrap">
      <table class="table map-table">
        <thead>
          <tr>
            <th>From</th>
            <th>To</th>
            <th class="num">Requests</th>
            <th class="num">Rate</th>
            <th class="num">Errors</th>
            <th class="num">p50</th>
            <th class="num">p95</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((e) => (
            <tr key={`${e.client}\0${e.server}\0${e.connection_type}`}>
              {[e.client, e.server].map((name) => (
                <td key={name}>
                  <button class="link-button" onClick={() => choose(name)}>
                    {name}
                  </button>
                </td>
              ))}
              <td class="num">{integer(e.requests)}</td>
              <td class="num">{rate(e.rate)}</td>
              <td class={e.error_ratio >= FAILING ? 'num map-bad' : 'num'}>{percent(e.error_ratio)}</td>
              <td class="num">{duration(e.p50_ms)}</td>
              <td class="num">{duration(e.p95_ms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function None() {
  return (
    <div class="panel">
      <Empty title="No requests between services in this time range" icon="map">
        <p>Looked at: {rangeLabel.value}. Spans of OpenTelemetry or Sentry make the map by themselves, some 15 seconds after they come.</p>
        <div class="empty-actions">
          <button class="button" onClick={() => setRange({ start: 'now-24h', end: 'now' })}>
            Look at the last 24 hours
          </button>
          <a class="button" href={href('/start')}>
            Send traces
          </a>
        </div>
      </Empty>
    </div>
  );
}

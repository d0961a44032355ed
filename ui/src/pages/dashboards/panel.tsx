/** One panel: its queries asked once it is in sight, drawn as it says. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { queryRange } from '../../api/prom';
import type { Panel as PanelData, Variable } from '../../api/types';
import type { Window } from '../../api/endpoints';
import { zoomTo } from '../../app/range';
import { href } from '../../app/router';
import { Chart, type ChartMark, type ChartSeries } from '../../components/chart';
import { Icon } from '../../components/icon';
import { HeatChart } from '../../components/prom/heatchart';
import { Errors, Notes } from '../../components/prom/notes';
import { unitOfExemplars } from '../../components/prom/exemplars';
import { useResults, type Query, type Result } from '../../components/prom/results';
import { Popup } from '../../components/popup';
import { Sparkline } from '../../components/sparkline';
import { exploreParams, substitute, type Chosen } from '../../lib/dashboard';
import { toHeatmap } from '../../lib/heatmap';
import { asSeries, metricNames } from '../../lib/promql';
import { toPromLines, type Grid, type PromLine } from '../../lib/promlines';
import { commonUnit, formatUnit, guessUnit, isBinary, type Unit } from '../../lib/promunits';
import { stacked } from '../../lib/resultseries';
import { switched } from '../../lib/seriesstats';

const MOST = 40;
const HEIGHT = 190;

export interface Frame {
  window: Window;
  grid: Grid;
  variables: Variable[];
  chosen: Chosen;
  marks: ChartMark[];
}

/** A panel's queries as they are asked. */
export function queriesOf(panel: PanelData, f: Frame): Query[] {
  return panel.queries.map((q, i) => ({ letter: String.fromCharCode(97 + i), text: substitute(q.expr, f.variables, f.chosen, f.grid.step) }));
}

export function Panel({ of, frame }: { of: PanelData; frame: Frame }) {
  const [ref, seen] = useSeen();
  const queries = queriesOf(of, frame);
  return (
    <section ref={ref} class={`panel board-panel width-${of.width ?? 6}`} aria-label={of.title}>
      <header>
        <h3>{of.title}</h3>
        {of.description && (
          <Popup class="plain board-about" label={`About “${of.title}”`} title={of.description} panel="board-about-panel" face={<Icon name="info" size={13} />}>
            {() => <p>{of.description}</p>}
          </Popup>
        )}
        <a class="icon-button" href={href('/explore', exploreParams(of, queries.map((q) => q.text)))} title="Open in Metrics" aria-label={`Open “${of.title}” in Metrics`}>
          <Icon name="metrics" size={14} />
        </a>
      </header>
      {seen ? <Body of={of} frame={frame} queries={queries} /> : <div class={`board-wait ${of.type ?? 'graph'}`} />}
    </section>
  );
}

/** True once the element was in sight, and from then on. */
function useSeen(): [{ current: HTMLElement | null }, boolean] {
  const ref = useRef<HTMLElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (seen) return;
    const watch = new IntersectionObserver((all) => all.some((e) => e.isIntersecting) && setSeen(true), { rootMargin: '200px' });
    watch.observe(ref.current!);
    return () => watch.disconnect();
  }, [seen]);
  return [ref, seen];
}

function Body({ of, frame, queries }: { of: PanelData; frame: Frame; queries: Query[] }) {
  const { grid } = frame;
  const { results, loading, reload } = useResults(queries, (q, s) => queryRange(q, grid.startS, grid.endS, grid.step, s), [grid.startS, grid.endS, grid.step]);
  if (!results.length) return <div class={`board-wait ${of.type ?? 'graph'}`} role="status" aria-label="Loading" />;
  const answered = results.filter((r) => r.answer);
  const some = answered.some((r) => asSeries(r.answer!.data).length > 0);
  return (
    <div class={loading ? 'stale' : undefined} aria-busy={loading}>
      <Errors results={results} named={queries.length > 1} retry={reload} />
      <Notes results={results.map((r) => ({ ...r, answer: r.answer && { ...r.answer, infos: [] } }))} named={queries.length > 1} />
      {some ? <Drawn of={of} frame={frame} results={answered} /> : answered.length > 0 && <NoData queries={queries} kind={of.type ?? 'graph'} />}
    </div>
  );
}

function NoData({ queries, kind }: { queries: Query[]; kind: string }) {
  const names = [...new Set(queries.flatMap((q) => metricNames(q.text)))];
  return (
    <div class={`board-none ${kind}`}>
      <span>No data</span>
      <span class="dim" title={names.join('\n')}>
        nothing of {names[0] ?? 'it'}
        {names.length > 1 && ` and ${names.length - 1} more`} in this time range
      </span>
    </div>
  );
}

function Drawn({ of, frame, results }: { of: PanelData; frame: Frame; results: Result[] }) {
  const { grid } = frame;
  const lines = useMemo(
    () =>
      toPromLines(
        results.map((r) => ({ letter: r.query.letter, text: r.query.text, data: r.answer!.data, legend: of.queries[r.query.letter.charCodeAt(0) - 97]?.legend })),
        grid,
        MOST,
        false,
      ),
    results.map((r) => r.answer),
  );
  const unit: Unit = (of.unit as Unit) || commonUnit(lines.lines.map((l) => l.unit));
  const format = useMemo(() => formatUnit(unit), [unit]);
  if (of.type === 'stat') return <Stat lines={lines.lines} format={format} title={of.title} />;
  if (of.type === 'heatmap') return <Heat of={of} frame={frame} result={results[0]!} />;
  if (of.type === 'table') return <LastValues lines={lines.lines} format={format} />;
  return <Graph of={of} frame={frame} x={lines.x} lines={lines.lines} total={lines.total} unit={unit} />;
}

type Format = (v: number | null | undefined) => string;

/** The newest value, and how it came about. */
function Stat({ lines, format, title }: { lines: PromLine[]; format: Format; title: string }) {
  const now = lines[0]!.values.at(-1) ?? null;
  return (
    <div class="board-stat">
      <strong title={now === null ? 'There is no value at the end of the time range' : String(now)}>{format(now)}</strong>
      <Sparkline values={lines[0]!.values} label={`${title} over time`} />
    </div>
  );
}

function LastValues({ lines, format }: { lines: PromLine[]; format: Format }) {
  const sorted = [...lines].sort((a, b) => (b.values.at(-1) ?? -Infinity) - (a.values.at(-1) ?? -Infinity));
  return (
    <div class="board-table scroll-x" tabIndex={0} role="region" aria-label="Values">
      <table class="table dense">
        <tbody>
          {sorted.map((l) => (
            <tr key={l.key}>
              <td class="mono">{l.label}</td>
              <td class="num strong">{format(l.values.at(-1) ?? null)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Heat({ of, frame, result }: { of: PanelData; frame: Frame; result: Result }) {
  const { grid, window: w } = frame;
  const heat = useMemo(() => toHeatmap(asSeries(result.answer!.data), grid.startS, grid.endS, grid.step), [result.answer]);
  const own = unitOfExemplars(result.query.text);
  if (!heat) return <p class="board-none graph">Its series have no buckets (label le).</p>;
  return <HeatChart of={heat} from={w.startMs / 1000} to={w.endMs / 1000} step={grid.step} height={HEIGHT} formatBound={formatUnit(own)} formatCell={formatUnit(guessUnit(result.query.text))} label={of.title} sync="dashboard" onZoom={zoomTo} />;
}

function Graph({ of, frame, x, lines, total, unit }: { of: PanelData; frame: Frame; x: number[]; lines: PromLine[]; total: number; unit: Unit }) {
  const format = useMemo(() => formatUnit(unit), [unit]);
  const [off, setOff] = useState<ReadonlySet<string>>(new Set());
  const shown = useMemo(() => lines.map((l) => ({ ...l, hidden: off.has(l.key) })), [lines, off]);
  const { series, raw } = useMemo(() => layersOf(shown, of), [shown, of]);
  const { window: w } = frame;
  return (
    <>
      <Chart label={of.title} x={x} from={w.startMs / 1000} to={w.endMs / 1000} series={series} raw={raw} height={HEIGHT} format={format} log={of.log} binary={isBinary(unit)} sync="dashboard" onZoom={zoomTo} most={10} marks={frame.marks} />
      <ul class="board-legend">
        {shown.map((l) => (
          <li key={l.key}>
            <button
              class={l.hidden ? 'plain faded' : 'plain'}
              aria-pressed={!l.hidden}
              title={`${l.label}: last ${format(l.stats.last)}, mean ${format(l.stats.mean)}, min ${format(l.stats.min)}, max ${format(l.stats.max)}. Click: only this; with Ctrl: switch it`}
              onClick={(e) => setOff(switched(off, l.key, !(e.ctrlKey || e.metaKey), lines.map((one) => one.key)))}
            >
              <i class="dot" style={{ background: `var(${l.color})` }} /> {l.label}
            </button>
          </li>
        ))}
        {total > lines.length && <li class="dim">the largest {lines.length} of {total}</li>}
      </ul>
    </>
  );
}

function layersOf(shown: (PromLine & { hidden: boolean })[], of: PanelData): { series: ChartSeries[]; raw: (number | null)[][] } {
  if (of.stack) {
    const layers = stacked(shown);
    const order = [...shown.keys()].reverse();
    return { series: order.map((i) => ({ ...shown[i]!, values: layers[i]!, fill: 'solid' })), raw: order.map((i) => shown[i]!.values) };
  }
  const above = (v: number | null) => (v !== null && v > 0 ? v : null);
  return { series: shown.map((l) => ({ ...l, values: of.log ? l.values.map(above) : l.values, fill: shown.length === 1 && !of.log })), raw: shown.map((l) => l.values) };
}

/** The queries over time: in one chart, or one below the other with a common crosshair. */
import { useMemo } from 'preact/hooks';
import type { Window } from '../../api/endpoints';
import { zoomTo } from '../../app/range';
import { Chart, type ChartMark, type ChartSeries } from '../../components/chart';
import { dotsOf, type Exemplars } from '../../components/prom/exemplars';
import type { Result } from '../../components/prom/results';
import { SeriesLegend, useHidden } from '../../components/serieslegend';
import { Empty } from '../../components/states';
import { integer } from '../../lib/format';
import { toPromLines, type Grid } from '../../lib/promlines';
import { commonUnit, formatUnit, isBinary } from '../../lib/promunits';
import { stacked } from '../../lib/resultseries';
import type { Query, Switches } from './state';

/** More lines than this are a colour, not a chart. */
const MOST = 60;

interface Props {
  results: Result<Query>[];
  window: Window;
  grid: Grid;
  switches: Switches;
  named: boolean;
  marks: ChartMark[];
  exemplars: Exemplars;
}

export function Graphs(props: Props) {
  const answered = props.results.filter((r) => r.answer);
  if (!answered.length) return null;
  if (!props.switches.split || answered.length < 2) return <One {...props} results={answered} only />;
  return (
    <>
      {answered.map((r) => (
        <One key={r.query.letter} {...props} results={[r]} named={false} title={r.query} />
      ))}
    </>
  );
}

function One({ results, window: w, grid, switches, named, marks, exemplars, title, only = false }: Props & { title?: Query; only?: boolean }) {
  const drawn = useMemo(
    () => toPromLines(results.map((r) => ({ letter: r.query.letter, text: r.query.text, data: r.answer!.data })), grid, MOST, named),
    [results.map((r) => r.answer).join(), ...results.map((r) => r.answer), named],
  );
  const { off, toggle } = useHidden(drawn.lines.map((l) => l.key));
  const unit = commonUnit(drawn.lines.map((l) => l.unit));
  const format = useMemo(() => formatUnit(unit), [unit]);
  const shown = useMemo(() => drawn.lines.map((l) => ({ ...l, hidden: off.has(l.key) })), [drawn, off]);
  const series = useMemo(() => seriesOf(shown, switches), [shown, switches.stack, switches.log]);
  const dots = useMemo(() => dotsOf(exemplars, results.map((r) => r.query), unit), [exemplars, results, unit]);
  const left = switches.log ? shown.filter((l) => !l.hidden && l.values.some((v) => v !== null && v <= 0)).length : 0;
  if (!drawn.lines.length) return <NoSeries title={title} />;
  return (
    <section class={only ? 'graph-one' : 'graph-one split'}>
      <div class="panel graph">
        {title && <Title of={title} />}
        <Chart
          label={title ? `Query ${title.letter.toUpperCase()} over time` : 'Query results over time'}
          x={drawn.x}
          from={w.startMs / 1000}
          to={w.endMs / 1000}
          series={series.lines}
          raw={series.raw}
          height={only ? 340 : 200}
          format={format}
          log={switches.log}
          binary={isBinary(unit)}
          sync="metrics"
          onZoom={zoomTo}
          most={12}
          marks={marks}
          dots={dots}
        />
      </div>
      {drawn.total > MOST && (
        <p class="list-note dim">
          {integer(drawn.total)} series: the {MOST} with the largest values are drawn. Aggregate (sum by …) or use topk to choose others.
        </p>
      )}
      {left > 0 && <p class="list-note dim">On this scale values of 0 and below have no place: {left === 1 ? 'one line has' : `${left} lines have`} such gaps.</p>}
      <div class="panel scroll-x legend">
        <SeriesLegend lines={shown} format={format} onToggle={toggle} keys={only} />
      </div>
    </section>
  );
}

export function Title({ of }: { of: Query }) {
  return (
    <p class="graph-title">
      <strong>{of.letter.toUpperCase()}</strong> <code>{of.text}</code>
    </p>
  );
}

type Shown = ReturnType<typeof toPromLines>['lines'][number] & { hidden: boolean };

/** What uPlot draws, and what the crosshair says of it. */
function seriesOf(shown: Shown[], { stack, log }: Switches): { lines: ChartSeries[]; raw: (number | null)[][] } {
  if (stack) {
    // The largest area is drawn first, so that the ones before it lie on top.
    const layers = stacked(shown);
    const order = [...shown.keys()].reverse();
    return { lines: order.map((i) => ({ ...shown[i]!, values: layers[i]!, fill: 'solid' })), raw: order.map((i) => shown[i]!.values) };
  }
  return {
    lines: shown.map((l) => ({ ...l, values: log ? l.values.map((v) => (v !== null && v > 0 ? v : null)) : l.values, fill: shown.length === 1 && !log })),
    raw: shown.map((l) => l.values),
  };
}

export function NoSeries({ title }: { title?: Query }) {
  return (
    <div class="panel graph-none">
      {title && <Title of={title} />}
      <Empty title="The query is valid, and no series matches it in this time range" icon="metrics">
        <p>Check the metric’s name and labels, or widen the time range. A counter needs a range such as [5m] of at least two scrapes.</p>
      </Empty>
    </div>
  );
}

/** Time series that `every` makes: a chart for each calculated column, and a legend that switches lines. */
import { useMemo } from 'preact/hooks';
import type { Cell, Column, SearchAnswer } from '../../api/types';
import { resolved, zoomTo } from '../../app/range';
import { param, setParams } from '../../app/router';
import { Segmented } from '../../components/bits';
import { Chart, type ChartSeries } from '../../components/chart';
import { SeriesLegend, useHidden } from '../../components/serieslegend';
import { Empty } from '../../components/states';
import { stacked, toLines } from '../../lib/resultseries';
import { nsToMs } from '../../lib/time';
import { withUnit } from '../../lib/units';
import { integer } from '../../lib/format';

/** More lines than this are a colour, not a chart. */
const MOST = 30;

export function SeriesView({ answer, onDrill }: { answer: SearchAnswer; onDrill: (pairs: [string, Cell][]) => void }) {
  const values = answer.columns.filter((c) => c.role === 'value');
  const stack = param('chart') === 'stack';
  if (!answer.series.length) return <Empty title="The question is valid, and there is nothing to draw" icon="metrics" />;
  return (
    <div class="result-scroll result-pad">
      <div class="result-tools">
        <Segmented
          label="Chart"
          value={stack ? 'stack' : 'lines'}
          options={[
            { value: 'lines', label: 'Lines' },
            { value: 'stack', label: 'Stacked' },
          ]}
          onChange={(v) => setParams({ chart: v === 'stack' ? 'stack' : null }, { replace: true })}
        />
        {cutEnds(answer) && <span class="dim">The first and the last point are cut by the time range: they cover less than a step.</span>}
      </div>
      {values.map((column) => (
        <ValueChart key={column.name} answer={answer} column={column} stack={stack} titled={values.length > 1} onDrill={onDrill} />
      ))}
    </div>
  );
}

/** Steps are whole multiples of their length; the range seldom is. */
function cutEnds(answer: SearchAnswer): boolean {
  const { startMs, endMs } = resolved.value;
  const start = nsToMs(answer.start_ns);
  return start < startMs || start + nsToMs(answer.step_ns) * answer.points > endMs;
}

interface Props {
  answer: SearchAnswer;
  column: Column;
  stack: boolean;
  titled: boolean;
  onDrill: (pairs: [string, Cell][]) => void;
}

function ValueChart({ answer, column, stack, titled, onDrill }: Props) {
  const { x, lines, total } = useMemo(() => toLines(answer, column.name, MOST), [answer, column.name]);
  const { off, toggle } = useHidden(lines.map((l) => l.key));
  const { startMs, endMs } = resolved.value;
  const shown = lines.map((l) => ({ ...l, hidden: off.has(l.key) }));
  const layers = useMemo(() => (stack ? stacked(shown) : null), [lines, off, stack]);
  // The largest area is drawn first, so that the ones before it lie on top.
  const drawn: ChartSeries[] = layers ? shown.map((l, i) => ({ ...l, values: layers[i]!, fill: 'solid' as const })) : shown.map((l) => ({ ...l, fill: lines.length === 1 }));
  const order = stack ? [...drawn.keys()].reverse() : [...drawn.keys()];
  return (
    <section class="series">
      {titled && <h3>{column.name}</h3>}
      {total > MOST && (
        <p class="dim">
          {integer(total)} series: the {MOST} largest are drawn. Narrow the question, or put “| limit {MOST}” behind it.
        </p>
      )}
      <Chart
        label={`${column.name} over time`}
        x={x}
        from={startMs / 1000}
        to={endMs / 1000}
        series={order.map((i) => drawn[i]!)}
        raw={order.map((i) => shown[i]!.values)}
        height={titled ? 190 : 300}
        format={(v) => withUnit(v ?? null, column)}
        sync="logs"
        onZoom={zoomTo}
        most={12}
      />
      <SeriesLegend
        lines={shown}
        format={(v) => withUnit(v, column)}
        onToggle={toggle}
        action={(l) =>
          l.pairs.length > 0 && (
            <button class="link-button" aria-label={`Records of ${l.label}`} onClick={() => onDrill(l.pairs)}>
              Records
            </button>
          )
        }
      />
    </section>
  );
}

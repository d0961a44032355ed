/** Time series that `every` makes: a chart for each calculated column, and a legend that switches lines. */
import { useMemo, useState } from 'preact/hooks';
import type { Column, SearchAnswer } from '../../api/types';
import { resolved, zoomTo } from '../../app/range';
import { param, setParams } from '../../app/router';
import { Segmented } from '../../components/bits';
import { Chart, type ChartSeries } from '../../components/chart';
import { Empty } from '../../components/states';
import { stacked, toLines, type ResultLine } from '../../lib/resultseries';
import { nsToMs } from '../../lib/time';
import { withUnit } from '../../lib/units';
import { integer } from '../../lib/format';

/** More lines than this are a colour, not a chart. */
const MOST = 30;

export function SeriesView({ answer, onDrill }: { answer: SearchAnswer; onDrill: (keys: ResultLine['keys']) => void }) {
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
  onDrill: (keys: ResultLine['keys']) => void;
}

function ValueChart({ answer, column, stack, titled, onDrill }: Props) {
  const { x, lines, total } = useMemo(() => toLines(answer, column.name, MOST), [answer, column.name]);
  const [off, setOff] = useState<ReadonlySet<string>>(new Set());
  const { startMs, endMs } = resolved.value;
  const shown = lines.map((l) => ({ ...l, hidden: off.has(l.label) }));
  const layers = useMemo(() => (stack ? stacked(shown) : null), [lines, off, stack]);
  // The largest area is drawn first, so that the ones before it lie on top.
  const drawn: ChartSeries[] = layers ? shown.map((l, i) => ({ ...l, values: layers[i]!, fill: 'solid' as const })) : shown.map((l) => ({ ...l, fill: lines.length === 1 }));
  const order = stack ? [...drawn.keys()].reverse() : [...drawn.keys()];
  const toggle = (label: string, alone: boolean) => setOff(switched(off, label, alone, lines.map((l) => l.label)));
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
      <Legend lines={shown} column={column} onToggle={toggle} onDrill={onDrill} />
    </section>
  );
}

/** A click shows only this line, a second one all again; with a modifier key one line is switched. */
function switched(off: ReadonlySet<string>, label: string, alone: boolean, all: string[]): Set<string> {
  if (!alone) {
    const next = new Set(off);
    if (!next.delete(label)) next.add(label);
    return next;
  }
  return !off.has(label) && off.size === all.length - 1 ? new Set() : new Set(all.filter((l) => l !== label));
}

interface LegendProps {
  lines: (ResultLine & { hidden: boolean })[];
  column: Column;
  onToggle: (label: string, alone: boolean) => void;
  onDrill: (keys: ResultLine['keys']) => void;
}

function Legend({ lines, column, onToggle, onDrill }: LegendProps) {
  const text = (v: number | null) => withUnit(v, column);
  return (
    <table class="table dense series-legend">
      <thead>
        <tr>
          <th>Series</th>
          <th class="num">Last</th>
          <th class="num">Mean</th>
          <th class="num">Min</th>
          <th class="num">Max</th>
          <th />
        </tr>
      </thead>
      <tbody>
        {lines.map((l) => (
          <tr key={l.label} class={l.hidden ? 'faded' : undefined}>
            <td class="legend-name">
              <button class="plain mono" title="Only this series; with Ctrl: switch it" aria-pressed={!l.hidden} onClick={(e) => onToggle(l.label, !(e.ctrlKey || e.metaKey))}>
                <i class="dot" style={{ background: `var(${l.color})` }} /> {l.label}
              </button>
            </td>
            <td class="num">{text(l.stats.last)}</td>
            <td class="num">{text(l.stats.mean)}</td>
            <td class="num">{text(l.stats.min)}</td>
            <td class="num">{text(l.stats.max)}</td>
            <td class="num">
              {Object.keys(l.keys).length > 0 && (
                <button class="link-button" onClick={() => onDrill(l.keys)}>
                  Records
                </button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

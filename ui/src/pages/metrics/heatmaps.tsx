/** Histograms over time: how many values fell between which bounds. */
import { useMemo } from 'preact/hooks';
import type { Window } from '../../api/endpoints';
import { zoomTo } from '../../app/range';
import { dotsOf, unitOfExemplars, type Exemplars } from '../../components/prom/exemplars';
import { HeatChart } from '../../components/prom/heatchart';
import type { Result } from '../../components/prom/results';
import { Empty } from '../../components/states';
import { toHeatmap } from '../../lib/heatmap';
import { asSeries, metricNames } from '../../lib/promql';
import type { Grid } from '../../lib/promlines';
import { formatUnit, guessUnit } from '../../lib/promunits';
import { stepText } from '../../lib/step';
import { NoSeries, Title } from './graph';
import { run, type Query } from './state';

interface Props {
  results: Result<Query>[];
  window: Window;
  grid: Grid;
  exemplars: Exemplars;
}

export function Heatmaps({ results, ...rest }: Props) {
  const answered = results.filter((r) => r.answer);
  return (
    <>
      {answered.map((r) => (
        <One key={r.query.letter} {...rest} result={r} only={answered.length === 1} />
      ))}
    </>
  );
}

function One({ result, window: w, grid, exemplars, only }: Omit<Props, 'results'> & { result: Result<Query>; only: boolean }) {
  const series = asSeries(result.answer!.data);
  const heat = useMemo(() => toHeatmap(series, grid.startS, grid.endS, grid.step), [result.answer]);
  const own = unitOfExemplars(result.query.text);
  const bound = useMemo(() => formatUnit(own), [own]);
  const cell = useMemo(() => formatUnit(guessUnit(result.query.text)), [result.query.text]);
  const dots = useMemo(() => dotsOf(exemplars, [result.query], own), [exemplars, result.query, own]);
  if (!series.length) return <NoSeries title={result.query} />;
  if (!heat) return <NoBuckets query={result.query} step={grid.step} />;
  return (
    <div class="panel graph">
      <Title of={result.query} />
      <HeatChart
        of={heat}
        from={w.startMs / 1000}
        to={w.endMs / 1000}
        step={grid.step}
        height={only ? 360 : 240}
        formatBound={bound}
        formatCell={cell}
        label={`Histogram of query ${result.query.letter.toUpperCase()} over time`}
        sync="metrics"
        onZoom={zoomTo}
        dots={dots}
      />
    </div>
  );
}

/** Says what a heatmap needs, and writes it where the query names a histogram. */
function NoBuckets({ query, step }: { query: Query; step: number }) {
  const bucket = metricNames(query.text).map((n) => (n.endsWith('_bucket') ? n : n.replace(/_(count|sum)$/, '_bucket'))).find((n) => n.endsWith('_bucket'));
  const better = bucket && `sum by (le) (increase(${bucket}[${stepText(Math.max(60, step * 4))}]))`;
  return (
    <div class="panel graph-none">
      <Title of={query} />
      <Empty title="A heatmap is drawn from a histogram’s buckets" icon="metrics">
        <p>
          Their series have the label <code>le</code>, and the aggregation must keep it: <code>sum by (le) (…)</code>.
        </p>
        {better && (
          <button class="button" onClick={() => run(query.letter, better)}>
            Ask <code>{better}</code>
          </button>
        )}
      </Empty>
    </div>
  );
}

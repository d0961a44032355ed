import { useMemo } from 'preact/hooks';
import { queryRange } from '../../api/prom';
import type { Window } from '../../api/endpoints';
import { zoomTo } from '../../app/range';
import { Chart, type ChartSeries } from '../../components/chart';
import { SeriesLegend, useHidden } from '../../components/serieslegend';
import { Empty, ErrorBox, Loading, Warnings } from '../../components/states';
import { sample } from '../../lib/format';
import { alignSeries, asSeries, legendNames } from '../../lib/promql';
import { statsOf, type SeriesStats } from '../../lib/seriesstats';
import type { Query } from './query';
import { useResults, type Result } from './results';

/** More lines than this are a colour, not a chart. */
const MOST = 60;

interface Props {
  queries: Query[];
  window: Window;
  step: number;
  named: boolean;
}

interface Drawn {
  x: number[];
  lines: (ChartSeries & { key: string; color: string; stats: SeriesStats })[];
  total: number;
}

export function Graph({ queries, window: w, step, named }: Props) {
  const startS = Math.floor(w.startMs / 1000 / step) * step;
  const endS = Math.ceil(w.endMs / 1000 / step) * step;
  const { results, loading, reload } = useResults(queries, (q, s) => queryRange(q, startS, endS, step, s), [startS, endS, step]);
  const drawn = useMemo(() => draw(results, startS, endS, step, named), [results]);
  const { off, toggle } = useHidden(drawn.lines.map((l) => l.key));
  const failed = results.filter((r) => r.error);
  const warnings = results.flatMap((r) => r.answer?.warnings ?? []);
  if (loading && !results.length) return <Loading lines={6} />;
  const series = drawn.lines.map((l) => ({ ...l, hidden: off.has(l.key) }));
  return (
    <div class={loading ? 'stale' : undefined} aria-busy={loading}>
      {failed.map((r) => (
        <ErrorBox key={r.query.letter} error={withLetter(r, named)} query={r.query.text} retry={reload} />
      ))}
      <Warnings items={drawn.total > MOST ? [`${drawn.total} series: the first ${MOST} are drawn. Aggregate (sum by …) or use topk.`, ...warnings] : warnings} />
      {drawn.lines.length ? (
        <>
          <div class="panel graph">
            <Chart
              label="Query results over time"
              x={drawn.x}
              from={w.startMs / 1000}
              to={w.endMs / 1000}
              series={series}
              height={340}
              format={sample}
              onZoom={zoomTo}
              most={12}
            />
          </div>
          <div class="panel scroll-x legend">
            <SeriesLegend lines={series} format={sample} onToggle={toggle} />
          </div>
        </>
      ) : (
        failed.length < results.length && (
          <div class="panel">
            <Empty title="The query is valid, and no series matches it in this time range" icon="metrics">
              <p>Check the metric’s name and labels, or widen the time range. A counter needs a range such as [5m] of at least two scrapes.</p>
            </Empty>
          </div>
        )
      )}
    </div>
  );
}

function withLetter(r: Result, named: boolean) {
  if (named) r.error!.message = r.error!.message.replace(/^(?!Query [A-F]: )/, `Query ${r.query.letter.toUpperCase()}: `);
  return r.error!;
}

function draw(results: Result[], startS: number, endS: number, step: number, named: boolean): Drawn {
  const lines: Drawn['lines'] = [];
  let x: number[] = [];
  let total = 0;
  for (const r of results) {
    if (!r.answer) continue;
    const all = asSeries(r.answer.data);
    total += all.length;
    const kept = all.slice(0, Math.max(0, MOST - lines.length));
    const aligned = alignSeries(kept, startS, endS, step);
    const names = legendNames(kept.map((s) => s.metric));
    x = aligned.x;
    kept.forEach((_, i) => {
      const label = names[i] === '{}' ? r.query.text : names[i]!;
      lines.push({
        key: `${r.query.letter}${i}`,
        label: named ? `${r.query.letter.toUpperCase()}: ${label}` : label,
        values: aligned.ys[i]!,
        stats: statsOf(aligned.ys[i]!),
        color: `--c${(lines.length % 10) + 1}`,
        fill: all.length === 1 && results.length === 1,
      });
    });
  }
  return { x, lines, total };
}

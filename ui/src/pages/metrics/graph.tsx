import { useMemo, useState } from 'preact/hooks';
import { queryRange } from '../../api/prom';
import type { Window } from '../../api/endpoints';
import { zoomTo } from '../../app/range';
import { Chart, type ChartSeries } from '../../components/chart';
import { Empty, ErrorBox, Loading, Warnings } from '../../components/states';
import { sample } from '../../lib/format';
import { alignSeries, asSeries, legendNames } from '../../lib/promql';
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
  lines: (ChartSeries & { key: string })[];
  total: number;
}

export function Graph({ queries, window: w, step, named }: Props) {
  const startS = Math.floor(w.startMs / 1000 / step) * step;
  const endS = Math.ceil(w.endMs / 1000 / step) * step;
  const { results, loading, reload } = useResults(queries, (q, s) => queryRange(q, startS, endS, step, s), [startS, endS, step]);
  const drawn = useMemo(() => draw(results, startS, endS, step, named), [results]);
  const [off, setOff] = useState<Set<string>>(new Set());
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
          <Legend lines={series} onToggle={(key, only) => setOff(toggled(off, key, only, drawn.lines.map((l) => l.key)))} />
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
        color: `--c${(lines.length % 10) + 1}`,
        fill: all.length === 1 && results.length === 1,
      });
    });
  }
  return { x, lines, total };
}

/** A click shows only this line, a second one all again; with a modifier key one line is switched. */
function toggled(off: Set<string>, key: string, only: boolean, all: string[]): Set<string> {
  if (!only) {
    const next = new Set(off);
    if (!next.delete(key)) next.add(key);
    return next;
  }
  const alone = !off.has(key) && off.size === all.length - 1;
  return alone ? new Set() : new Set(all.filter((k) => k !== key));
}

function Legend({ lines, onToggle }: { lines: (ChartSeries & { key: string })[]; onToggle: (key: string, only: boolean) => void }) {
  return (
    <div class="panel scroll-x legend">
      <table class="table dense">
        <thead>
          <tr>
            <th>Series</th>
            <th class="num">Last</th>
            <th class="num">Mean</th>
            <th class="num">Min</th>
            <th class="num">Max</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((l) => {
            const s = stats(l.values);
            return (
              <tr key={l.key} class={l.hidden ? 'clickable faded' : 'clickable'} onClick={(e) => onToggle(l.key, !(e.ctrlKey || e.metaKey))}>
                <td class="legend-name">
                  <button class="plain mono" title="Only this series; with Ctrl: switch it" aria-pressed={!l.hidden}>
                    <i class="dot" style={{ background: `var(${l.color})` }} /> {l.label}
                  </button>
                </td>
                <td class="num">{sample(s.last)}</td>
                <td class="num">{sample(s.mean)}</td>
                <td class="num">{sample(s.min)}</td>
                <td class="num">{sample(s.max)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function stats(values: (number | null)[]) {
  const known = values.filter((v): v is number => v !== null);
  if (!known.length) return { last: null, mean: null, min: null, max: null };
  return {
    last: known.at(-1)!,
    mean: known.reduce((a, b) => a + b, 0) / known.length,
    min: Math.min(...known),
    max: Math.max(...known),
  };
}

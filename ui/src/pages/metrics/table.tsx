import { queryInstant } from '../../api/prom';
import type { Window } from '../../api/endpoints';
import type { PromSeries } from '../../api/types';
import { Section } from '../../components/bits';
import { Empty, ErrorBox, Loading, Warnings } from '../../components/states';
import { plural, sample } from '../../lib/format';
import { asSeries, parseSample } from '../../lib/promql';
import { fullTime } from '../../lib/time';
import type { Query } from './query';
import { useResults } from './results';

const MOST = 1000;

/** Each query at the end of the time range: a row per series, a column per label. */
export function Tables({ queries, window: w }: { queries: Query[]; window: Window }) {
  const { results, loading, reload } = useResults(queries, (q, s) => queryInstant(q, w.endMs / 1000, s), [w]);
  if (loading && !results.length) return <Loading lines={6} />;
  return (
    <div class={loading ? 'stale' : undefined} aria-busy={loading}>
      <p class="list-note dim">Values at {fullTime(w.endMs, false)}</p>
      {results.map((r) => (
        <Section key={r.query.letter} title={<code>{r.query.text}</code>}>
          {r.error && <ErrorBox error={r.error} query={r.query.text} retry={reload} />}
          {r.answer && (
            <>
              <Warnings items={r.answer.warnings} />
              <Series rows={asSeries(r.answer.data)} />
            </>
          )}
        </Section>
      ))}
    </div>
  );
}

function Series({ rows }: { rows: PromSeries[] }) {
  if (!rows.length) {
    return (
      <div class="panel">
        <Empty title="No series at this time" icon="metrics">
          <p>The last five minutes before the end of the range hold no sample of it.</p>
        </Empty>
      </div>
    );
  }
  const labels = [...new Set(rows.flatMap((r) => Object.keys(r.metric)))].sort((a, b) => (a === '__name__' ? -1 : b === '__name__' ? 1 : a < b ? -1 : 1));
  return (
    <>
      <div class="panel scroll-x">
        <table class="table dense">
          <thead>
            <tr>
              {labels.map((l) => (
                <th key={l}>{l === '__name__' ? 'metric' : l}</th>
              ))}
              <th class="num">Value</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST).map((r, i) => (
              <tr key={i}>
                {labels.map((l) => (
                  <td key={l} class="mono">
                    {r.metric[l] ?? ''}
                  </td>
                ))}
                <td class="num mono strong" title={r.value?.[1]}>
                  {valueOf(r)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="list-note dim">
        {plural(rows.length, 'series', 'series')}
        {rows.length > MOST && `, the first ${MOST} are shown`}
      </p>
    </>
  );
}

/** A string result is shown as it is. */
function valueOf(r: PromSeries): string {
  const text = r.value?.[1] ?? '';
  const n = parseSample(text);
  return Number.isNaN(n) && text !== 'NaN' ? text : sample(n);
}

/** Each query at the end of the time range: a row per series, a column per label. A click on a head sorts. */
import { useMemo, useRef, useState } from 'preact/hooks';
import type { Cell, PromSeries } from '../../api/types';
import { Errors } from '../../components/prom/notes';
import type { Result } from '../../components/prom/results';
import { Section } from '../../components/bits';
import { Empty } from '../../components/states';
import { Spacer, useVirtual } from '../../components/virtual';
import { plural } from '../../lib/format';
import { asSeries, parseSample } from '../../lib/promql';
import { formatUnit, guessUnit } from '../../lib/promunits';
import { useRows } from '../../lib/rows';
import { sortTable, type Sort } from '../../lib/tablesort';
import { fullTime } from '../../lib/time';
import type { Query } from './state';

const ROW = 27;
const HEAD = 29;
/** Rows in sight; more scroll inside their panel. */
const TALL = 18;

export function Tables({ results, atMs, reload }: { results: Result<Query>[]; atMs: number; reload: () => void }) {
  return (
    <>
      <p class="list-note dim">Values at {fullTime(atMs, false)}, the end of the time range</p>
      {results.map((r) => (
        <Section key={r.query.letter} title={<code class="table-title">{r.query.text}</code>}>
          <Errors results={[r]} named={false} retry={reload} />
          {r.answer && <Series rows={asSeries(r.answer.data)} text={r.query.text} keys={results.length === 1} />}
        </Section>
      ))}
    </>
  );
}

function Series({ rows, text, keys }: { rows: PromSeries[]; text: string; keys: boolean }) {
  const [sort, setSort] = useState<Sort | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const labels = useMemo(() => [...new Set(rows.flatMap((r) => Object.keys(r.metric)))].sort(byName), [rows]);
  const lines = useMemo(() => sortTable(rows.map((r): Cell[] => [...labels.map((l) => r.metric[l] ?? null), valueOf(r)]), sort), [rows, labels, sort]);
  const format = useMemo(() => formatUnit(guessUnit(text)), [text]);
  const v = useVirtual(box, lines.length, ROW, { head: HEAD });
  const { rowProps } = useRows(lines.length, () => {}, { off: !keys, onMove: (i) => v.scrollTo(i) });
  if (!rows.length) return <NoValues />;
  const head = (name: string, column: number, number: boolean) => {
    const mine = sort?.column === column;
    return (
      <th key={column} class={number ? 'num' : undefined} aria-sort={mine ? (sort!.descending ? 'descending' : 'ascending') : undefined}>
        <button class="plain sort" title={`Sort by ${name}`} onClick={() => setSort({ column, descending: mine ? !sort!.descending : number })}>
          {name}
          <span class="sort-mark">{mine ? (sort!.descending ? ' ↓' : ' ↑') : ''}</span>
        </button>
      </th>
    );
  };
  const first = v.items[0];
  const last = v.items.at(-1);
  return (
    <>
      <div class="panel prom-table" ref={box} tabIndex={0} role="region" aria-label="Values" style={{ height: `${HEAD + ROW * Math.min(TALL, lines.length) + 2}px` }}>
        <table class="table dense">
          <thead>
            <tr>
              {labels.map((l, i) => head(l === '__name__' ? 'metric' : l, i, false))}
              {head('Value', labels.length, true)}
            </tr>
          </thead>
          <tbody>
            <Spacer height={first?.start ?? 0} columns={labels.length + 1} />
            {v.items.map((item) => {
              const line = lines[item.index]!;
              const value = line.at(-1)!;
              return (
                <tr key={item.index} {...rowProps(item.index)}>
                  {labels.map((l, i) => (
                    <td key={l} class="mono">
                      {line[i] ?? ''}
                    </td>
                  ))}
                  <td class="num mono strong" title={String(value)}>
                    {typeof value === 'number' ? format(value) : String(value)}
                  </td>
                </tr>
              );
            })}
            <Spacer height={last ? v.total - last.end : 0} columns={labels.length + 1} />
          </tbody>
        </table>
      </div>
      <p class="list-note dim">{plural(rows.length, 'series', 'series')}</p>
    </>
  );
}

function NoValues() {
  return (
    <div class="panel">
      <Empty title="No series at this time" icon="metrics">
        <p>The last five minutes before the end of the range hold no sample of it.</p>
      </Empty>
    </div>
  );
}

const byName = (a: string, b: string) => (a === '__name__' ? -1 : b === '__name__' ? 1 : a < b ? -1 : 1);

/** A string result is shown as it is; of a range its last sample. */
function valueOf(r: PromSeries): Cell {
  const text = (r.value ?? r.values?.at(-1))?.[1] ?? '';
  const n = parseSample(text);
  return Number.isNaN(n) && text !== 'NaN' ? text : n;
}

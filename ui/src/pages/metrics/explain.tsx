/** The tree of a query: each part asked by itself, with the series it gives and the time that takes. */
import { useRef } from 'preact/hooks';
import { explainQuery, type ExplainPart } from '../../api/prom';
import { range } from '../../app/range';
import { param, setParams } from '../../app/router';
import { Icon } from '../../components/icon';
import { Async, Loading } from '../../components/states';
import { useData } from '../../lib/data';
import { duration, integer, plural } from '../../lib/format';
import type { Grid } from '../../lib/promlines';
import type { Query } from './state';

interface Row {
  part: ExplainPart;
  depth: number;
}

/** From the top down. */
export function rowsOf(part: ExplainPart, depth = 0): Row[] {
  return [{ part, depth }, ...part.children.flatMap((c) => rowsOf(c, depth + 1))];
}

export function Explain({ queries, grid }: { queries: Query[]; grid: Grid }) {
  const query = queries.find((q) => q.letter === param('explain'));
  return query ? <Tree key={query.letter} query={query} grid={grid} /> : null;
}

function Tree({ query, grid }: { query: Query; grid: Grid }) {
  // Each part is a query of its own, and no answer is kept: they are asked anew where another query, step or time range is
  // chosen or somebody wants it, and not with each refresh.
  const latest = useRef(grid);
  latest.current = grid;
  const found = useData((s) => explainQuery(query.text, latest.current.startS, latest.current.endS, latest.current.step, s), [query.text, grid.step, range.value]);
  return (
    <section class="panel explain" aria-label={`Parts of query ${query.letter.toUpperCase()}`}>
      <header>
        <h2>Parts of query {query.letter.toUpperCase()}</h2>
        <span class="dim">each asked by itself, with what is below it</span>
        <button class="button small" disabled={found.loading} title="Over the time range as it is now" onClick={found.reload}>
          Ask again
        </button>
        <button class="icon-button" aria-label="Close" title="Close" onClick={() => setParams({ explain: null }, { replace: true })}>
          <Icon name="close" />
        </button>
      </header>
      <Async of={found} query={query.text} loading={<Loading lines={4} />}>
        {(d) => (
          <>
            <Rows rows={rowsOf(d.root)} />
            {d.cut && <p class="list-note dim">Only the first hundred parts were asked.</p>}
          </>
        )}
      </Async>
    </section>
  );
}

function Rows({ rows }: { rows: Row[] }) {
  const most = Math.max(1, ...rows.map((r) => r.part.took_us ?? 0));
  return (
    <div class="scroll-x">
      <table class="table dense">
        <thead>
          <tr>
            <th>Part</th>
            <th>Kind</th>
            <th class="num">Series</th>
            <th class="num">Samples</th>
            <th class="num">Time</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {rows.map(({ part, depth }, i) => (
            <tr key={i}>
              <td class="mono explain-part" title={part.text}>
                <span style={{ paddingLeft: `${depth * 18}px` }}>
                  {depth > 0 && <span class="dim">└ </span>}
                  {part.title}
                </span>
              </td>
              <td class="dim">{part.kind}</td>
              {part.error !== undefined ? (
                <td class="bad wrap" colSpan={2}>
                  {part.error}
                </td>
              ) : (
                <>
                  <td class="num">{part.series === undefined ? '' : integer(part.series)}</td>
                  <td class="num">{part.samples === undefined ? '' : integer(part.samples)}</td>
                </>
              )}
              <td class="num">{part.took_us === undefined ? '' : duration(part.took_us / 1000)}</td>
              <td class="explain-bar">{part.took_us !== undefined && <i style={{ width: `${(part.took_us / most) * 100}%` }} title={plural(part.took_us, 'microsecond')} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Logs: a question in the search language, its shape over time, and its answer as lines, table, chart or patterns. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { serverNow, type ApiError } from '../../api/client';
import { getHistogram } from '../../api/endpoints';
import type { Cell, Histogram, SearchAnswer } from '../../api/types';
import { range, rangeLabel, resolved, setRange, zoomTo } from '../../app/range';
import { href, setParams } from '../../app/router';
import { Page } from '../../app/shell';
import { Segmented } from '../../components/bits';
import { HistogramChart } from '../../components/histogram';
import { Icon } from '../../components/icon';
import { Async, Empty, ErrorBox, Loading, Warnings } from '../../components/states';
import { toggleColumn } from '../../lib/columns';
import { useData } from '../../lib/data';
import { bytes, count, duration, integer, plural } from '../../lib/format';
import { useHotkeys } from '../../lib/hotkeys';
import { useKept } from '../../lib/kept';
import { addClause, addFilter, clausesOf, splitPipes, toggleExclusion, toggleValue, withPipes } from '../../lib/query';
import { resolveRange } from '../../lib/range';
import { rowKey } from '../../lib/record';
import { autoStep, stepText } from '../../lib/step';
import { Context } from './context';
import { Facets } from './facets';
import type { FieldActions } from './fieldmenu';
import { LineList } from './list';
import { Live } from './live';
import { PatternsView } from './patterns';
import { Record } from './record';
import { SeriesView } from './series';
import { asked as askedNow, listProps, setColumns, showAround, submitQuery, toggleLive, type Asked, type Shown } from './state';
import { TableView } from './table';
import { Toolbar } from './toolbar';
import { useLines, type Lines } from './uselines';
import './logs.css';
import './results.css';

const BUCKETS = 80;
/** Points of a chart that is asked for by a click. */
const POINTS = 90;
/** As many as `| patterns` gives without a number. */
const PATTERNS = 50;

export default function Logs() {
  const w = resolved.value;
  const asked = askedNow();
  const { dataset, q, live, order, around } = asked;
  const tailing = live && !around;
  const lines = useLines(dataset, q, w, order, tailing);
  const pulse = usePulse(tailing);
  const shifted = useMemo(() => (tailing ? resolveRange(range.peek(), serverNow()) : w), [w, tailing, pulse]);
  const { head } = splitPipes(q);
  const histogram = useData((s) => getHistogram(dataset, head, shifted, 'level', BUCKETS, s), [dataset, head, shifted]);
  const [facetsOpen, setFacetsOpen] = useKept('tripod.logs.facets', window.innerWidth > 900);
  const [shapeOpen, setShapeOpen] = useKept('tripod.logs.histogram', true);
  // Of a live tail or a context, and this page's only while these show.
  const [other, setOther] = useState<Shown>({ rows: [], columns: [] });
  const shown = tailing || around ? other : null;
  const rows = shown?.rows ?? lines.rows;
  const row = useMemo(() => rows.find((r) => rowKey(r) === asked.row), [rows, asked.row]);
  const actions = actionsOf(asked, stepText(autoStep(w.endMs - w.startMs, POINTS)));
  const kind = tailing ? 'rows' : (lines.first?.kind ?? 'rows');
  useHotkeys({
    f: () => setFacetsOpen(!facetsOpen),
    w: () => setParams({ wrap: asked.wrap ? null : '1' }, { replace: true }),
    l: () => toggleLive(asked),
    ...(asked.row && !around ? { c: () => showAround(asked.row) } : {}),
  });
  return (
    <Page title="Logs" fixed>
      <div class="logs">
        <Toolbar asked={asked} busy={lines.loading} asking={lines.asking} error={lines.error} answer={lines.first} window={w} shown={shown} />
        {shapeOpen && !around && !isQueryError(lines.error) && (
          <div class="logs-histogram">
            <Async of={histogram} query={head} loading={<div class="histogram-wait" aria-hidden="true" />}>
              {(h) => <Shape of={h} asked={asked} onKey={(k, out) => actions.filter('level', k, out)} />}
            </Async>
          </div>
        )}
        {!tailing && !around && <Warnings items={notesOf(lines)} />}
        <div class={`logs-body${facetsOpen ? ' with-facets' : ''}${asked.row && kind === 'rows' ? ' with-record' : ''}`}>
          {facetsOpen && <Facets dataset={dataset} q={q} window={shifted} pulse={pulse} actions={actions} onValue={(k, v, out) => submitQuery(out ? toggleExclusion(q, k, v) : toggleValue(q, k, v))} />}
          <div class="logs-lines">
            {around ? (
              <Context key={around} asked={asked} onShown={setOther} />
            ) : (
              <>
                <ResultHead asked={asked} kind={kind} lines={lines} total={histogram.data?.total} facets={[facetsOpen, setFacetsOpen]} shape={[shapeOpen, setShapeOpen]} step={actions.step} />
                {tailing ? <Live asked={asked} start={range.value.start} onShown={setOther} /> : <Result asked={asked} lines={lines} />}
              </>
            )}
          </div>
          {asked.row && kind === 'rows' && <Record key={asked.row} id={asked.row} row={row} listed={!!shown || !!lines.first || !!lines.error} actions={actions} />}
        </div>
      </div>
    </Page>
  );
}

const isQueryError = (e: ApiError | null) => e?.position !== undefined;

function notesOf(lines: Lines): string[] {
  return lines.partial ? ['Only part of the data could be read: there may be more than is shown.', ...lines.warnings] : lines.warnings;
}

function actionsOf(asked: Asked, step: string): FieldActions {
  const { q } = asked;
  return {
    columns: asked.columns,
    step,
    filter: (key, value, exclude) => submitQuery(addFilter(q, key, value, exclude)),
    add: (clause) => submitQuery(addClause(q, clause)),
    pipe: (pipes) => submitQuery(withPipes(splitPipes(q).head, pipes)),
    column: (field) => setColumns(asked.dataset, toggleColumn(asked.columns, field)),
  };
}

/** A part of the past is not live. */
function zoom(fromMs: number, toMs: number): void {
  setParams({ live: null }, { replace: true });
  zoomTo(fromMs, toMs);
}

function Shape({ of, asked, onKey }: { of: Histogram; asked: Asked; onKey: (key: string | null, exclude: boolean) => void }) {
  return (
    <>
      <Warnings items={of.partial ? ['The histogram counts only part of the data.', ...of.warnings] : of.warnings} />
      {of.total ? <HistogramChart of={of} height={72} onZoom={zoom} onKey={onKey} noun={asked.noun} /> : <p class="histogram-wait dim">No {asked.noun}s to count.</p>}
    </>
  );
}

/** In a live tail counts follow every ten seconds. */
function usePulse(on: boolean): number {
  const [n, setN] = useState(0);
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => setN((x) => x + 1), 10_000);
    return () => clearInterval(timer);
  }, [on]);
  return n;
}

type Form = 'rows' | 'patterns' | 'table' | 'series';

type Switch = [boolean, (on: boolean) => void];

interface HeadProps {
  asked: Asked;
  kind: Form;
  lines: Lines;
  total: number | undefined;
  facets: Switch;
  shape: Switch;
  step: string;
}

function ResultHead({ asked, kind, lines, total, facets, shape, step }: HeadProps) {
  const { head } = splitPipes(asked.q);
  const pipes: Record<Form, string> = { rows: '', patterns: '| patterns', table: '| count by service, level', series: `| count by level every ${step}` };
  const stats = lines.first?.stats;
  const choose = (form: Form) => {
    if (asked.live) setParams({ live: null }, { replace: true });
    submitQuery(withPipes(head, pipes[form]));
  };
  return (
    <div class="result-head">
      <button class="icon-button" aria-pressed={facets[0]} aria-label="Fields" title={facets[0] ? 'Hide the fields (f)' : 'Show the fields (f)'} onClick={() => facets[1](!facets[0])}>
        <Icon name="sidebar" size={15} />
      </button>
      <button class="icon-button" aria-pressed={shape[0]} aria-label="Histogram" title={shape[0] ? 'Hide the histogram' : 'Show the histogram'} onClick={() => shape[1](!shape[0])}>
        <Icon name="overview" size={15} />
      </button>
      <Segmented
        label="Show as"
        value={kind}
        options={[
          { value: 'rows', label: 'Lines' },
          { value: 'patterns', label: 'Patterns', title: 'What kinds of messages there are' },
          { value: 'table', label: 'Table', title: 'Counts by service and level; change the pipe to count by others' },
          { value: 'series', label: 'Chart', title: 'Counts over time; change the pipe for others' },
        ]}
        onChange={choose}
      />
      <span class="result-count" role="status">
        {total !== undefined && <strong>{plural(total, asked.noun)}</strong>}
        {stats && !asked.live && (
          <span class="dim" title={`${integer(stats.scanned_rows)} rows and ${bytes(stats.scanned_bytes)} were read for this page`}>
            {' '}
            read {count(stats.scanned_rows)} rows in {duration(stats.took_ms)}
          </span>
        )}
      </span>
      {kind === 'rows' && (
        <>
          <button class="button small" aria-pressed={asked.wrap} title="Break long lines (w)" onClick={() => setParams({ wrap: asked.wrap ? null : '1' }, { replace: true })}>
            Wrap
          </button>
          <button class="button small" disabled={!!lines.first?.ranked && !asked.live} title="Turn the order round" onClick={() => setParams({ order: asked.order === 'asc' ? null : 'asc' })}>
            {asked.order === 'asc' ? 'Oldest first' : 'Newest first'}
          </button>
        </>
      )}
    </div>
  );
}

function Result({ asked, lines }: { asked: Asked; lines: Lines }) {
  const answer = lines.first;
  if (lines.error) return <div class="result-pad"><ErrorBox error={lines.error} query={asked.q} retry={lines.reload} /></div>;
  if (!answer) return <div class="result-pad"><Loading lines={12} /></div>;
  return (
    <div class={lines.asking ? 'lines-frame stale' : 'lines-frame'} aria-busy={lines.loading}>
      <Answer asked={asked} lines={lines} answer={answer} />
    </div>
  );
}

function Answer({ asked, lines, answer }: { asked: Asked; lines: Lines; answer: SearchAnswer }) {
  const { head } = splitPipes(asked.q);
  const drill = (pairs: [string, Cell][]) => submitQuery(pairs.reduce((q, [k, v]) => addFilter(q, k, v), head));
  if (answer.kind === 'patterns') return <PatternsView answer={answer} limit={Number(/\|\s*patterns\s+(\d+)/.exec(asked.q)?.[1] ?? PATTERNS)} onOnly={(p) => submitQuery(addClause(head, p.query))} onWithout={(p) => submitQuery(addClause(asked.q, `-${p.query}`))} />;
  if (answer.kind === 'table') return <TableView answer={answer} onDrill={drill} />;
  if (answer.kind === 'series') return <SeriesView answer={answer} onDrill={drill} />;
  if (!lines.rows.length) return <NoLines asked={asked} />;
  return (
    <LineList
      {...listProps(asked, answer)}
      items={lines.rows}
      onNearEnd={lines.more}
      below={<ListEnd lines={lines} asked={asked} />}
    />
  );
}

function ListEnd({ lines, asked }: { lines: Lines; asked: Asked }) {
  if (lines.moreError) return <ErrorBox error={lines.moreError} retry={lines.retryMore} />;
  if (!lines.done) return <p class="lines-end dim">Loading more…</p>;
  const all = splitPipes(asked.q).pipes ? 'That is all the question gives' : 'That is all in this time range';
  return <p class="lines-end dim">{lines.partial ? 'That is all that could be read.' : `${all}: ${plural(lines.rows.length, asked.noun)}.`}</p>;
}

function NoLines({ asked }: { asked: Asked }) {
  const { q } = asked;
  const { head, pipes } = splitPipes(q);
  const clauses = clausesOf(head) ?? [];
  return (
    <Empty title={q ? `No ${asked.noun} matches` : `No ${asked.noun}s in this time range`}>
      <p>Looked at: {rangeLabel.value}.</p>
      {clauses.length > 1 && (
        <div class="empty-actions">
          {clauses.map((c) => (
            <button key={c.text} class="button small" onClick={() => submitQuery(withPipes(clauses.filter((x) => x !== c).map((x) => x.text).join(' '), pipes))}>
              Without <code>{c.text}</code>
            </button>
          ))}
        </div>
      )}
      <div class="empty-actions">
        {q && (
          <button class="button" onClick={() => submitQuery('')}>
            Clear the query
          </button>
        )}
        <button class="button" onClick={() => setRange({ start: 'now-24h', end: 'now' })}>
          Look at the last 24 hours
        </button>
        {!q && (
          <a class="button" href={href('/start')}>
            Connect a log shipper
          </a>
        )}
      </div>
    </Empty>
  );
}

/** The answer as a file. Of records as many as one file may have, and it is said when that is not all. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { asApiError, isAbort, type ApiError } from '../../api/client';
import { search, type Window } from '../../api/endpoints';
import type { Row, SearchAnswer } from '../../api/types';
import { Icon } from '../../components/icon';
import { MenuItem, Popup } from '../../components/popup';
import { ErrorBox } from '../../components/states';
import { csv, download, isoNanos, rowsAsJson, tableAsJson } from '../../lib/export';
import { integer } from '../../lib/format';
import { DATASET, LEVEL, MESSAGE, SERVICE } from '../../lib/columns';
import { messageOf } from '../../lib/record';
import { exportable } from '../../lib/exportable';
import { cellText } from './cells';
import { columnsOf, type Asked, type Shown } from './state';

const MOST = 10_000;
const PAGE = 2000;

type Format = 'jsonl' | 'csv';

interface Props {
  asked: Asked;
  answer: SearchAnswer | undefined;
  /** The answer to what is asked now is on its way. */
  asking: boolean;
  window: Window;
  /** Live tail and context: only what is on the page. */
  shown: Shown | null;
}

export function Export(props: Props) {
  return (
    <Popup class="button icon-only" label="Export" panel="export" face={<Icon name="download" size={14} />}>
      {(close) => <Panel {...props} close={close} />}
    </Popup>
  );
}

type State = { kind: 'idle' } | { kind: 'busy'; rows: number } | { kind: 'done'; text: string } | { kind: 'failed'; error: ApiError };

function Panel({ asked, answer, asking, window: w, shown, close }: Props & { close: () => void }) {
  const [state, setState] = useState<State>({ kind: 'idle' });
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);
  const records = shown !== null || !answer || answer.kind === 'rows';
  const waits = asking && !shown;
  const save = async (format: Format) => {
    const keep = (text: string) => download(`${fileName(asked)}.${format}`, typeOf(format), text);
    const keepTable = (a: SearchAnswer) => {
      const { columns, lines } = exportable(a);
      keep(format === 'csv' ? csv(columns, lines) : tableAsJson(columns, lines));
      close();
    };
    if (!records) return keepTable(answer!);
    const stop = (abort.current = new AbortController());
    try {
      setState({ kind: 'busy', rows: 0 });
      const found = shown ? { ...shown, table: null, more: false, warnings: [] } : await fetchAll(asked, w, stop.signal, (n) => setState({ kind: 'busy', rows: n }));
      if (found.table) return keepTable(found.table);
      const { rows, columns, more, warnings } = found;
      keep(format === 'csv' ? rowsAsCsv(rows, columns) : rowsAsJson(rows));
      const text = more ? `The first ${integer(rows.length)} records are in the file; more match. Narrow the question or the time for the rest.` : `All ${integer(rows.length)} records are in the file.`;
      setState({ kind: 'done', text: [text, ...warnings].join(' ') });
    } catch (e) {
      if (!isAbort(e)) setState({ kind: 'failed', error: asApiError(e) });
    }
  };
  if (state.kind === 'busy') {
    return (
      <div class="export-note">
        <span class="spinner" /> {integer(state.rows)} records fetched…
        <button
          class="button small"
          onClick={() => {
            abort.current?.abort();
            setState({ kind: 'idle' });
          }}
        >
          Stop
        </button>
      </div>
    );
  }
  return (
    <>
      {state.kind === 'failed' && <ErrorBox error={state.error} />}
      {state.kind === 'done' && (
        <p class="export-note" role="status">
          {state.text}
        </p>
      )}
      <MenuItem onClick={() => void save('jsonl')} disabled={waits} hint={records ? 'every field' : undefined}>
        JSON lines
      </MenuItem>
      <MenuItem onClick={() => void save('csv')} disabled={waits} hint={records ? 'the columns shown' : undefined}>
        CSV
      </MenuItem>
      <p class="menu-head">{waits ? 'The answer is on its way.' : records ? (shown ? `What is on the page: ${integer(shown.rows.length)} records.` : `At most ${integer(MOST)} records.`) : 'The whole answer.'}</p>
    </>
  );
}

/** `table`: the question turned out to be none of records, and this is its answer. */
async function fetchAll(asked: Asked, w: Window, signal: AbortSignal, progress: (rows: number) => void) {
  const rows: Row[] = [];
  const warnings = new Set<string>();
  let columns = asked.columns;
  let cursor: string | null = null;
  do {
    const a: SearchAnswer = await search({ dataset: asked.dataset, q: asked.q, order: asked.order, limit: Math.min(PAGE, MOST - rows.length), cursor }, w, signal);
    if (a.kind !== 'rows') return { table: a, rows, columns, more: false, warnings: [] };
    rows.push(...a.rows);
    a.warnings.forEach((x) => warnings.add(x));
    if (a.partial) warnings.add('Only part of the data could be read.');
    columns = columnsOf(asked, a);
    cursor = a.cursor;
    progress(rows.length);
  } while (cursor && rows.length < MOST);
  return { table: null, rows, columns, more: cursor !== null, warnings: [...warnings] };
}

/** Columns that are made of several fields stand as they are shown, the others as they are stored. */
const MADE = new Set([LEVEL, SERVICE, DATASET]);

function rowsAsCsv(rows: Row[], columns: string[]): string {
  const value = (r: Row, c: string) => (c === MESSAGE ? messageOf(r) : MADE.has(c) ? cellText(r, c) : r.fields[c]);
  return csv(
    ['time', ...columns],
    rows.map((r) => [isoNanos(r.time_ns), ...columns.map((c) => value(r, c))]),
  );
}

const typeOf = (format: Format) => (format === 'csv' ? 'text/csv;charset=utf-8' : 'application/x-ndjson');

function fileName(asked: Asked): string {
  return `${asked.dataset}-${new Date().toISOString().slice(0, 19).replace(/[:T]/g, '-')}`;
}

/** The answer as a file. Of records as many as one file may have, and it is said when that is not all. */
import { useRef, useState } from 'preact/hooks';
import { asApiError, isAbort, type ApiError } from '../../api/client';
import { search, type Window } from '../../api/endpoints';
import type { Row, SearchAnswer } from '../../api/types';
import { Icon } from '../../components/icon';
import { MenuItem, Popup } from '../../components/popup';
import { ErrorBox } from '../../components/states';
import { csv, download, isoNanos, rowsAsJson, tableAsJson } from '../../lib/export';
import { integer } from '../../lib/format';
import { MESSAGE } from '../../lib/columns';
import { messageOf } from '../../lib/record';
import { exportable } from '../../lib/exportable';
import { cellText } from './cells';
import type { Asked } from './state';

const MOST = 10_000;
const PAGE = 2000;

type Format = 'jsonl' | 'csv';

interface Props {
  asked: Asked;
  answer: SearchAnswer | undefined;
  window: Window;
  /** Live tail and context: only what is on the page. */
  shown: Row[] | null;
}

export function Export(props: Props) {
  return (
    <Popup class="button icon-only" label="Export" panel="export" face={<Icon name="download" size={14} />}>
      {(close) => <Panel {...props} close={close} />}
    </Popup>
  );
}

type State = { kind: 'idle' } | { kind: 'busy'; rows: number } | { kind: 'done'; text: string } | { kind: 'failed'; error: ApiError };

function Panel({ asked, answer, window: w, shown, close }: Props & { close: () => void }) {
  const [state, setState] = useState<State>({ kind: 'idle' });
  const abort = useRef<AbortController | null>(null);
  const records = shown !== null || !answer || answer.kind === 'rows';
  const save = async (format: Format) => {
    const stop = (abort.current = new AbortController());
    try {
      if (!records) {
        const { columns, lines } = exportable(answer!);
        download(`${fileName(asked)}.${format}`, typeOf(format), format === 'csv' ? csv(columns, lines) : tableAsJson(columns, lines));
        return close();
      }
      setState({ kind: 'busy', rows: 0 });
      const { rows, more, warnings } = shown ? { rows: shown, more: false, warnings: [] } : await fetchAll(asked, w, stop.signal, (n) => setState({ kind: 'busy', rows: n }));
      download(`${fileName(asked)}.${format}`, typeOf(format), format === 'csv' ? rowsAsCsv(rows, asked.columns) : rowsAsJson(rows));
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
      <MenuItem onClick={() => void save('jsonl')} hint={records ? 'every field' : undefined}>
        JSON lines
      </MenuItem>
      <MenuItem onClick={() => void save('csv')} hint={records ? 'the columns shown' : undefined}>
        CSV
      </MenuItem>
      <p class="menu-head">{records ? (shown ? `What is on the page: ${integer(shown.length)} records.` : `At most ${integer(MOST)} records.`) : 'The whole answer.'}</p>
    </>
  );
}

async function fetchAll(asked: Asked, w: Window, signal: AbortSignal, progress: (rows: number) => void) {
  const rows: Row[] = [];
  const warnings = new Set<string>();
  let cursor: string | null = null;
  do {
    const a: SearchAnswer = await search({ dataset: asked.dataset, q: asked.q, order: asked.order, limit: Math.min(PAGE, MOST - rows.length), cursor }, w, signal);
    rows.push(...a.rows);
    a.warnings.forEach((x) => warnings.add(x));
    if (a.partial) warnings.add('Only part of the data could be read.');
    cursor = a.cursor;
    progress(rows.length);
  } while (cursor && rows.length < MOST);
  return { rows, more: cursor !== null, warnings: [...warnings] };
}

function rowsAsCsv(rows: Row[], columns: string[]): string {
  const value = (r: Row, c: string) => (c === MESSAGE ? messageOf(r) : (r.fields[c] ?? cellText(r, c)));
  return csv(
    ['time', ...columns],
    rows.map((r) => [isoNanos(r.time_ns), ...columns.map((c) => value(r, c))]),
  );
}

const typeOf = (format: Format) => (format === 'csv' ? 'text/csv;charset=utf-8' : 'application/x-ndjson');

function fileName(asked: Asked): string {
  return `${asked.dataset}-${new Date().toISOString().slice(0, 19).replace(/[:T]/g, '-')}`;
}

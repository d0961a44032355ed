/** What stands before and after one record, in the order in which it was stored. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { asApiError, isAbort, type ApiError } from '../../api/client';
import { getContext, type ContextQuery } from '../../api/endpoints';
import type { ContextAnswer, Row } from '../../api/types';
import { param, setParams } from '../../app/router';
import { Segmented } from '../../components/bits';
import { Icon } from '../../components/icon';
import { Empty, ErrorBox, Loading, Warnings } from '../../components/states';
import { valueText } from '../../lib/format';
import { parseRowKey, rowKey } from '../../lib/record';
import { fullTime, nsToMs } from '../../lib/time';
import { splitPipes } from '../../lib/query';
import { LineList } from './list';
import { openRow, setColumns, showAround, type Asked } from './state';

const FIRST = 50;
const MORE = 200;
/** The most the server gives to either side. */
const MOST = 1000;

const SCOPES = [
  { value: 'stream', label: 'Same stream', title: 'Of the same service, host, process, container and file' },
  { value: 'service', label: 'Same service', title: 'Of the same service, wherever it runs' },
  { value: 'all', label: 'Everything', title: 'All records of its kind' },
] as const;
type Scope = (typeof SCOPES)[number]['value'];

interface State {
  answer: ContextAnswer | null;
  error: ApiError | null;
  loading: boolean;
}

export function Context({ asked, onRows }: { asked: Asked; onRows: (rows: Row[]) => void }) {
  const scope: Scope = SCOPES.find((s) => s.value === param('scope'))?.value ?? 'stream';
  const matching = param('match') === '1';
  const { head } = splitPipes(asked.q);
  const q = matching ? head : '';
  const { state, before, after, reload } = useContextLines(asked.around, scope, q);
  const a = state.answer;
  const rows = a ? [...a.before, a.row, ...a.after] : [];
  useEffect(() => onRows(rows), [a]);
  return (
    <>
      <div class="context-head">
        <button class="button small" onClick={() => showAround(null)} title="Back to what was found">
          <Icon name="left" size={14} /> Back
        </button>
        <strong>Around {fullTime(nsToMs(parseRowKey(asked.around)?.time_ns))}</strong>
        <Segmented label="Which records" value={scope} options={[...SCOPES]} onChange={(v) => setParams({ scope: v === 'stream' ? null : v }, { replace: true })} />
        {head && (
          <label class="inline-field">
            <input type="checkbox" checked={matching} onChange={(e) => setParams({ match: e.currentTarget.checked ? '1' : null }, { replace: true })} /> only what the question finds
          </label>
        )}
        {a && <StreamText stream={a.stream} />}
      </div>
      {state.error ? (
        state.error.status === 404 ? (
          <Empty title="This record is not kept any more" />
        ) : (
          <ErrorBox error={state.error} query={q} retry={reload} />
        )
      ) : !a ? (
        <Loading lines={12} />
      ) : (
        <div class={state.loading ? 'lines-frame stale' : 'lines-frame'}>
          <Warnings items={a.partial ? ['Only part of the data could be read: lines may be missing here.', ...a.warnings] : a.warnings} />
          <LineList
            items={rows}
            dataset={asked.dataset}
            q={asked.q}
            columns={asked.columns}
            onColumns={(c) => setColumns(asked.dataset, c)}
            wrap={asked.wrap}
            open={asked.row}
            onOpen={openRow}
            anchor={rowKey(a.row)}
            above={<End more={a.more_before && a.before.length < MOST} cut={a.before.length >= MOST} onMore={before} what="before" />}
            below={<End more={a.more_after && a.after.length < MOST} cut={a.after.length >= MOST} onMore={after} what="after" />}
          />
        </div>
      )}
    </>
  );
}

function StreamText({ stream }: { stream: Record<string, unknown> }) {
  const pairs = Object.entries(stream).filter(([, v]) => v !== null && v !== '');
  if (!pairs.length) return null;
  const text = pairs.map(([k, v]) => `${k}=${valueText(v)}`).join(' ');
  return (
    <code class="context-stream dim" title={text}>
      {text}
    </code>
  );
}

function End({ more, cut, onMore, what }: { more: boolean; cut: boolean; onMore: () => void; what: 'before' | 'after' }) {
  return (
    <p class="lines-end dim">
      {more ? (
        <button class="button small" onClick={onMore}>
          {MORE} more {what}
        </button>
      ) : cut ? (
        `There are more ${what}: narrow the scope, or search by time.`
      ) : (
        `Nothing ${what}.`
      )}
    </p>
  );
}

function useContextLines(around: string, scope: Scope, q: string) {
  const [state, setState] = useState<State>({ answer: null, error: null, loading: true });
  const [counts, setCounts] = useState({ before: FIRST, after: FIRST });
  const [round, setRound] = useState(0);
  const kept = useRef(around);
  useEffect(() => {
    const key = parseRowKey(around);
    if (!key) return;
    const abort = new AbortController();
    const same = kept.current === around;
    kept.current = around;
    setState((s) => ({ answer: same ? s.answer : null, error: null, loading: true }));
    const ask: ContextQuery = { dataset: key.dataset, time: key.time_ns, sequence: key.seq, ...counts, scope, q };
    getContext(ask, abort.signal).then(
      (answer) => abort.signal.aborted || setState({ answer, error: null, loading: false }),
      (e: unknown) => isAbort(e) || abort.signal.aborted || setState({ answer: null, error: asApiError(e), loading: false }),
    );
    return () => abort.abort();
  }, [around, scope, q, counts, round]);
  const grow = (side: 'before' | 'after') => setCounts((c) => ({ ...c, [side]: Math.min(MOST, c[side] + MORE) }));
  return { state, before: () => grow('before'), after: () => grow('after'), reload: () => setRound((n) => n + 1) };
}

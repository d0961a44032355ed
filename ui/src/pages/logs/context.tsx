/** What stands before and after one record, in the order in which it was stored. */
import { useEffect, useState } from 'preact/hooks';
import { getContext } from '../../api/endpoints';
import { param, setParams } from '../../app/router';
import { Segmented } from '../../components/bits';
import { Icon } from '../../components/icon';
import { Empty, ErrorBox, Loading, Warnings } from '../../components/states';
import { useData } from '../../lib/data';
import { valueText } from '../../lib/format';
import { useHotkeys } from '../../lib/hotkeys';
import { parseRowKey, rowKey } from '../../lib/record';
import { fullTime, nsToMs } from '../../lib/time';
import { splitPipes } from '../../lib/query';
import { LineList } from './list';
import { columnsOf, listProps, showAround, type Asked, type Shown } from './state';

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

/** Takes the record as its `key`. */
export function Context({ asked, onShown }: { asked: Asked; onShown: (shown: Shown) => void }) {
  const scope: Scope = SCOPES.find((s) => s.value === param('scope'))?.value ?? 'stream';
  const matching = param('match') === '1';
  const { head } = splitPipes(asked.q);
  const q = matching ? head : '';
  const id = parseRowKey(asked.around);
  const [counts, setCounts] = useState({ before: FIRST, after: FIRST });
  const grow = (side: 'before' | 'after') => setCounts((c) => ({ ...c, [side]: Math.min(MOST, c[side] + MORE) }));
  const lines = useData((s) => id && getContext({ dataset: id.dataset, time: id.time_ns, sequence: id.seq, ...counts, scope, q }, s), [scope, q, counts]);
  const a = lines.data;
  const rows = a ? [...a.before, a.row, ...a.after] : [];
  useEffect(() => onShown({ rows, columns: columnsOf(asked, undefined) }), [a, asked.columns.join('\n')]);
  // Where there is no list that would leave.
  useHotkeys(a ? {} : { Escape: () => showAround(null) });
  return (
    <>
      <div class="context-head">
        <button class="button small" onClick={() => showAround(null)} title="Back to what was found">
          <Icon name="left" size={14} /> Back
        </button>
        {id && <strong>Around {fullTime(nsToMs(id.time_ns))}</strong>}
        <Segmented label="Which records" value={scope} options={[...SCOPES]} onChange={(v) => setParams({ scope: v === 'stream' ? null : v }, { replace: true })} />
        {head && (
          <label class="inline-field">
            <input type="checkbox" checked={matching} onChange={(e) => setParams({ match: e.currentTarget.checked ? '1' : null }, { replace: true })} /> only what the question finds
          </label>
        )}
        {a && <StreamText stream={a.stream} />}
      </div>
      {!id ? (
        <Empty title="The address names no record" />
      ) : lines.error ? (
        lines.error.status === 404 ? (
          <Empty title="This record is not kept any more" />
        ) : (
          <div class="result-pad">
            <ErrorBox error={lines.error} query={q} retry={lines.reload} />
          </div>
        )
      ) : !a ? (
        <Loading lines={12} />
      ) : (
        <div class={lines.loading ? 'lines-frame stale' : 'lines-frame'} aria-busy={lines.loading}>
          <Warnings items={a.partial ? ['Only part of the data could be read: lines may be missing here.', ...a.warnings] : a.warnings} />
          <LineList
            {...listProps(asked, undefined)}
            items={rows}
            anchor={rowKey(a.row)}
            onLeave={() => showAround(null)}
            above={<End more={a.more_before && a.before.length < MOST} cut={a.before.length >= MOST} onMore={() => grow('before')} what="before" />}
            below={<End more={a.more_after && a.after.length < MOST} cut={a.after.length >= MOST} onMore={() => grow('after')} what="after" />}
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

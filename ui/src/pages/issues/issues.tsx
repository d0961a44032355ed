/** Issues seen in the time range: found by a search, chosen by mouse or keys, changed one or many at once. It follows what comes in. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { serverNow } from '../../api/client';
import { complete, listAssignees, listIssues } from '../../api/endpoints';
import type { Issue, UserName } from '../../api/types';
import { range, rangeLabel, relative, resolved, setRange } from '../../app/range';
import { href, navigate, setParams } from '../../app/router';
import { Page } from '../../app/shell';
import { Kbd, Segmented } from '../../components/bits';
import { Icon } from '../../components/icon';
import { ActionNotice, useIssueActions, type Actions } from '../../components/issueactions';
import { ActionButtons } from '../../components/issuebuttons';
import { IssueTable } from '../../components/issuetable';
import { Pager } from '../../components/pager';
import { QuestionBar } from '../../components/questionbar';
import { Async, Empty, Warnings } from '../../components/states';
import { integer, plural } from '../../lib/format';
import { useHotkeys } from '../../lib/hotkeys';
import { joinSuggestions, placed, suggestWords, withoutStatus } from '../../lib/issuesearch';
import { useErrorTick, useFresh } from '../../lib/live';
import { indexToByte } from '../../lib/query';
import { resolveRange } from '../../lib/range';
import { all, extend, held, NONE, toggle, within, type Chosen } from '../../lib/selection';
import { Searches } from './searches';
import { askedFor, PAGE, SORTS, STATUSES, type Asked } from './state';
import './issues.css';

export default function Issues() {
  const w = resolved.value;
  const asked = askedFor();
  const { query, status, sort, offset } = asked;
  const tick = useErrorTick();
  const found = useFresh(
    (s) => listIssues({ status, query, sort, limit: PAGE, offset }, relative.peek() ? resolveRange(range.peek(), serverNow()) : w, s),
    [w, status, query, sort, offset],
    tick,
  );
  const error = placed(found.error, query);
  return (
    <Page title="Issues">
      <div class="toolbar issues-toolbar">
        <Segmented
          label="Status"
          value={status ?? ('' as 'all')}
          options={STATUSES}
          onChange={(v) => setParams({ status: v === 'unresolved' ? null : v, query: status === null ? withoutStatus(query) : query, offset: null })}
        />
        <Searches asked={asked} />
        <QuestionBar
          value={query}
          label="Search issues"
          placeholder="is:unresolved assigned:me release:latest browser:Firefox timeout…"
          dataset="errors"
          past="issues"
          suggest={suggest}
          busy={found.loading && !!found.data}
          error={error}
          onSubmit={(q) => setParams({ query: q, offset: null })}
        />
        <label class="inline-field">
          Sort by
          <select class="select" value={sort} onChange={(e) => setParams({ sort: e.currentTarget.value === 'last_seen' ? null : e.currentTarget.value, offset: null })}>
            {SORTS.map(([id, label]) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      {found.behind && <Warnings items={[`Not the newest: ${found.behind.message} It is asked for again.`]} />}
      <Async of={{ ...found, error }} query={query}>
        {(d) => <List key={`${status} ${query} ${sort} ${offset}`} fresh={d.issues} total={d.total} asked={asked} changed={found.reload} />}
      </Async>
    </Page>
  );
}

let users: Promise<UserName[]> | null = null;
/** Asked for once; without them there are fewer suggestions. */
const knownUsers = () =>
  (users ??= listAssignees().then(
    (a) => a.users,
    () => ((users = null), []),
  ));

async function suggest(text: string, caret: number, signal: AbortSignal) {
  const { completion, askEvents } = suggestWords(text, caret, await knownUsers());
  if (!askEvents) return completion;
  const events = await complete('errors', text, indexToByte(text, caret), resolved.peek(), signal).catch(() => null);
  return events ? joinSuggestions(completion, events) : completion;
}

interface ListProps {
  fresh: Issue[];
  total: number;
  asked: Asked;
  changed: () => void;
}

/** While issues are chosen no row moves; what is new waits. */
function List({ fresh, total, asked, changed }: ListProps) {
  const [chosen, setChosen] = useState<Chosen>(NONE);
  const [current, setCurrent] = useState<number | null>(null);
  const shown = useRef(fresh);
  const holding = chosen.ids.size > 0;
  const { rows, waiting } = holding ? held(shown.current, fresh) : { rows: fresh, waiting: 0 };
  shown.current = rows;
  const order = rows.map((i) => i.id);
  const actions = useIssueActions(() => {
    setChosen(NONE);
    changed();
  });
  useEffect(() => setChosen((c) => within(c, order)), [order.join()]);
  const picked = rows.filter((i) => chosen.ids.has(i.id));
  useListKeys({ rows, order, chosen, setChosen, current, setCurrent, actions });
  return (
    <>
      <ActionNotice actions={actions} />
      {holding && (
        <div class="issues-chosen" role="region" aria-label="Chosen issues">
          <strong>{integer(picked.length)} chosen</strong>
          <ActionButtons issues={picked} actions={actions} />
          {waiting > 0 && <span class="dim">{plural(waiting, 'new issue')} will show once none is chosen.</span>}
          <button class="icon-button" aria-label="Choose none" title="Choose none (Esc)" onClick={() => setChosen(NONE)}>
            <Icon name="close" size={14} />
          </button>
        </div>
      )}
      {rows.length ? (
        <>
          <IssueTable
            issues={rows}
            current={current}
            choice={{
              ids: chosen.ids,
              toggle: (id, stretch) => setChosen(stretch && !chosen.ids.has(id) ? extend(chosen, id, order) : toggle(chosen, id)),
              toggleAll: () => setChosen(chosen.ids.size === order.length ? NONE : all(order)),
            }}
          />
          <div class="issues-foot">
            <span class="dim">
              <Kbd keys="x" /> choose · <Kbd keys="e" /> resolve · <Kbd keys="?" /> all keys
            </span>
            <Pager offset={asked.offset} shown={rows.length} total={total} size={PAGE} />
          </div>
        </>
      ) : (
        <NoIssues asked={asked} />
      )}
    </>
  );
}

interface KeyProps {
  rows: Issue[];
  order: number[];
  chosen: Chosen;
  setChosen: (c: Chosen) => void;
  current: number | null;
  setCurrent: (id: number) => void;
  actions: Actions;
}

/** Keys are about the chosen issues, or else about the row they stand on. */
function useListKeys({ rows, order, chosen, setChosen, current, setCurrent, actions }: KeyProps): void {
  const at = current === null ? -1 : order.indexOf(current);
  const move = (step: number) => {
    if (!order.length) return;
    setCurrent(order[Math.min(order.length - 1, Math.max(0, at + step))]!);
    requestAnimationFrame(() => document.querySelector('[data-row-current="true"]')?.scrollIntoView({ block: 'nearest' }));
  };
  const targets = () => rows.filter((i) => (chosen.ids.size ? chosen.ids.has(i.id) : i.id === current));
  const open = () => targets().filter((i) => i.status === 'unresolved');
  const shut = () => targets().filter((i) => i.status !== 'unresolved');
  useHotkeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: () => at >= 0 && navigate(href(`/issues/${current}`)),
    x: () => at >= 0 && setChosen(toggle(chosen, current!)),
    'shift+x': () => at >= 0 && setChosen(extend(chosen, current!, order)),
    'shift+a': () => setChosen(all(order)),
    Escape: () => setChosen(NONE),
    e: () => actions.edit(open(), { status: 'resolved' }),
    i: () => actions.edit(open(), { status: 'ignored' }),
    u: () => actions.edit(shut(), { status: 'unresolved' }),
    m: () => actions.edit(targets(), { assignee: 'me' }),
    z: actions.undo,
  });
}

function NoIssues({ asked: { status, query } }: { asked: Asked }) {
  const what = status === null || status === 'all' ? 'issues' : `${status === 'ignored' ? 'archived' : status} issues`;
  return (
    <div class="panel">
      <Empty title={query ? `No ${what} match “${query}”` : `No ${what} in this time range`} icon={query ? 'search' : 'check'}>
        <p>Looked at: {rangeLabel.value}.</p>
        <div class="empty-actions">
          {query && (
            <button class="button" onClick={() => setParams({ query: null, offset: null })}>
              Clear the search
            </button>
          )}
          <button class="button" onClick={() => setRange({ start: 'now-30d', end: 'now' })}>
            Look at the last 30 days
          </button>
          <a class="button" href={href('/start')}>
            Connect a Sentry SDK
          </a>
        </div>
      </Empty>
    </div>
  );
}

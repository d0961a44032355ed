/** Issues seen in the time range. */
import { listIssues } from '../../api/endpoints';
import type { IssueStatus } from '../../api/types';
import { rangeLabel, resolved, setRange } from '../../app/range';
import { href, param, setParams } from '../../app/router';
import { Page } from '../../app/shell';
import { Segmented } from '../../components/bits';
import { IssueTable } from '../../components/issuetable';
import { QueryBar } from '../../components/querybar';
import { Async, Empty } from '../../components/states';
import { useData } from '../../lib/data';
import { integer } from '../../lib/format';

const PAGE = 50;

type StatusFilter = IssueStatus | 'all';

const STATUSES: { value: StatusFilter; label: string }[] = [
  { value: 'unresolved', label: 'Unresolved' },
  { value: 'resolved', label: 'Resolved' },
  { value: 'ignored', label: 'Ignored' },
  { value: 'all', label: 'All' },
];

const SORTS = [
  ['last_seen', 'Last seen'],
  ['first_seen', 'First seen'],
  ['count', 'Events'],
] as const;

export default function Issues() {
  const w = resolved.value;
  const status = (STATUSES.find((s) => s.value === param('status'))?.value ?? 'unresolved') as StatusFilter;
  const query = param('query');
  const sort = SORTS.find(([id]) => id === param('sort'))?.[0] ?? 'last_seen';
  const offset = Math.max(0, Number(param('offset')) || 0);
  const data = useData((s) => listIssues({ status, query, sort, limit: PAGE, offset }, w, s), [w, status, query, sort, offset]);
  return (
    <Page title="Issues">
      <div class="toolbar">
        <Segmented
          label="Status"
          value={status}
          options={STATUSES}
          onChange={(v) => setParams({ status: v === 'unresolved' ? null : v, offset: null })}
        />
        <QueryBar
          value={query}
          label="Search issues"
          placeholder="Type, message, culprit…"
          busy={data.loading && !!data.data}
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
      <Async of={data} query={query}>
        {(d) =>
          d.issues.length ? (
            <>
              <IssueTable key={`${status}${query}${sort}${offset}`} issues={d.issues} showStatus={status === 'all'} />
              <Pager offset={offset} shown={d.issues.length} total={d.total} />
            </>
          ) : (
            <NoIssues status={status} query={query} />
          )
        }
      </Async>
    </Page>
  );
}

function NoIssues({ status, query }: { status: StatusFilter; query: string }) {
  const what = status === 'all' ? 'issues' : `${status} issues`;
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

function Pager({ offset, shown, total }: { offset: number; shown: number; total: number }) {
  return (
    <div class="pager">
      <span class="dim">
        {integer(offset + 1)}–{integer(offset + shown)} of {integer(total)}
      </span>
      <button class="button" disabled={offset === 0} onClick={() => setParams({ offset: Math.max(0, offset - PAGE) || null })}>
        Previous
      </button>
      <button class="button" disabled={offset + shown >= total} onClick={() => setParams({ offset: offset + PAGE })}>
        Next
      </button>
    </div>
  );
}

/** One issue: what it is, how it went, and one of its events in full. */
import { useState } from 'preact/hooks';
import { asApiError, type ApiError } from '../../api/client';
import { getEvent, getIssue, getIssueTags, getLatestEvent, setIssueStatus } from '../../api/endpoints';
import type { ErrorEvent, Issue, IssueStatus } from '../../api/types';
import { refreshed } from '../../app/range';
import { href, navigate } from '../../app/router';
import { Crumbs, Page } from '../../app/shell';
import { Badge, Level, Tabs, Time } from '../../components/bits';
import { shortRelease, titleOf } from '../../components/issuetable';
import { SparkBars } from '../../components/sparkline';
import { Async, ErrorBox, Loading } from '../../components/states';
import { useData } from '../../lib/data';
import { count, integer, plural } from '../../lib/format';
import { useHotkeys } from '../../lib/hotkeys';
import { AllEvents } from './allevents';
import { EventView } from './event';
import './issue.css';

interface Props {
  id: number;
  eventId: string | null;
  view: string;
}

export default function IssuePage({ id, eventId, view }: Props) {
  const again = refreshed.value;
  const issue = useData((s) => getIssue(id, s), [id, again]);
  const onEvent = view === 'event';
  const event = useData((s) => (!onEvent ? null : eventId ? getEvent(eventId, s) : getLatestEvent(id, s)), [id, eventId, onEvent, again]);
  const go = (next: string | null | undefined) => next && navigate(href(`/issues/${id}/events/${next}`));
  useHotkeys({
    Escape: () => navigate(href('/issues')),
    j: () => go(event.data?.previous_event_id),
    k: () => go(event.data?.next_event_id),
  });
  const i = issue.data;
  return (
    <Page
      title={i ? `${i.short_id} ${titleOf(i)}` : `Issue ${id}`}
      head={
        <Crumbs parent="Issues" to={href('/issues')}>
          {i?.short_id ?? `Issue ${id}`}
        </Crumbs>
      }
      timed={false}
    >
      <Async of={issue}>{(data) => <Header issue={data} onChange={issue.set} />}</Async>
      <div class="issue-columns">
        <div class="issue-main">
          <Tabs
            current={view}
            tabs={[
              { id: 'event', label: 'Event', href: href(`/issues/${id}`) },
              { id: 'all-events', label: 'All events', href: href(`/issues/${id}/all-events`), count: i?.count },
            ]}
          />
          {onEvent ? (
            <Async of={event} loading={<Loading lines={10} />}>
              {(e: ErrorEvent) => <EventView event={e} issueId={id} latest={!eventId} />}
            </Async>
          ) : (
            <AllEvents id={id} />
          )}
        </div>
        <aside class="issue-side">{i && <Side issue={i} />}</aside>
      </div>
    </Page>
  );
}

function Header({ issue, onChange }: { issue: Issue; onChange: (i: Issue) => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const change = async (status: IssueStatus) => {
    setBusy(true);
    setError(null);
    try {
      const next = await setIssueStatus(issue.id, status);
      onChange({ ...issue, ...next });
    } catch (e) {
      setError(asApiError(e));
    } finally {
      setBusy(false);
    }
  };
  return (
    <header class="issue-head">
      <div class="issue-head-text">
        <div class="issue-head-line">
          <Level level={issue.level} />
          <h2 class="issue-type">{titleOf(issue)}</h2>
          {issue.status !== 'unresolved' && <Badge tone={issue.status === 'resolved' ? 'ok' : 'plain'}>{issue.status}</Badge>}
        </div>
        {issue.type && issue.value && <p class="issue-message">{issue.value}</p>}
        <p class="dim">
          {issue.culprit && <span class="mono">{issue.culprit}</span>}
          {issue.culprit && ' · '}
          {issue.project} · {issue.platform}
        </p>
      </div>
      <div class="issue-actions">
        {issue.status === 'unresolved' ? (
          <>
            <button class="button primary" disabled={busy} onClick={() => void change('resolved')}>
              Resolve
            </button>
            <button class="button" disabled={busy} onClick={() => void change('ignored')}>
              Ignore
            </button>
          </>
        ) : (
          <button class="button" disabled={busy} onClick={() => void change('unresolved')}>
            {issue.status === 'resolved' ? 'Unresolve' : 'Stop ignoring'}
          </button>
        )}
      </div>
      {error && <ErrorBox error={error} />}
    </header>
  );
}

function Side({ issue }: { issue: Issue }) {
  const tags = useData((s) => getIssueTags(issue.id, s), [issue.id]);
  return (
    <>
      <dl class="facts">
        <div>
          <dt>Events</dt>
          <dd class="big">{count(issue.count)}</dd>
        </div>
        <div>
          <dt>Users</dt>
          <dd class="big">{issue.users ? count(issue.users) : '–'}</dd>
        </div>
      </dl>
      {issue.trend && (
        <div class="side-block">
          <h3>Last 24 hours</h3>
          <SparkBars values={issue.trend.counts} width={252} height={44} label={`${plural(sum(issue.trend.counts), 'event')} in the last 24 hours`} />
        </div>
      )}
      <dl class="facts facts-rows">
        <div>
          <dt>Last seen</dt>
          <dd>
            <Time ns={issue.last_seen_ns} />
            {issue.last_release && <div class="dim mono">in {shortRelease(issue.last_release)}</div>}
          </dd>
        </div>
        <div>
          <dt>First seen</dt>
          <dd>
            <Time ns={issue.first_seen_ns} />
            {issue.first_release && <div class="dim mono">in {shortRelease(issue.first_release)}</div>}
          </dd>
        </div>
      </dl>
      {!!issue.releases?.length && <Facet title="Releases" values={issue.releases.map((r) => ({ value: r.release, count: r.count }))} short />}
      <Async of={tags} loading={<Loading lines={3} />}>
        {(d) => (
          <>
            {d.tags.map((t) => (
              <Facet key={t.key} title={t.key} values={t.values} />
            ))}
          </>
        )}
      </Async>
    </>
  );
}

const sum = (list: number[]) => list.reduce((a, b) => a + b, 0);

function Facet({ title, values, short = false }: { title: string; values: { value: string; count: number }[]; short?: boolean }) {
  const total = Math.max(1, sum(values.map((v) => v.count)));
  return (
    <div class="side-block">
      <h3>{title}</h3>
      <ul class="facet">
        {values.slice(0, 5).map((v) => (
          <li key={v.value} title={`${v.value}: ${integer(v.count)}`}>
            <i class="facet-bar" style={{ width: `${(v.count / total) * 100}%` }} />
            <span class="facet-value">{short ? shortRelease(v.value) : v.value || '(empty)'}</span>
            <span class="facet-share">{Math.round((v.count / total) * 100)} %</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

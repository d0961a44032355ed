/** One issue: what it is, what was done with it, how it went, and one of its events in full. It follows what comes in. */
import { useState } from 'preact/hooks';
import { serverNow } from '../../api/client';
import { getEvent, getIssue, getLatestEvent, listIssueFeedback, listMerged, unmergeIssue } from '../../api/endpoints';
import type { ErrorEvent, Issue } from '../../api/types';
import { refreshed } from '../../app/range';
import { href, navigate, param } from '../../app/router';
import { Crumbs, Page } from '../../app/shell';
import { Badge, Level, Tabs, Time } from '../../components/bits';
import { Icon } from '../../components/icon';
import { ActionNotice, useIssueActions } from '../../components/issueactions';
import { ActionButtons } from '../../components/issuebuttons';
import { titleOf } from '../../components/issuetable';
import { Async, ErrorBox, Loading, Warnings } from '../../components/states';
import { useData } from '../../lib/data';
import { useHotkeys } from '../../lib/hotkeys';
import { stateHint, stateOf } from '../../lib/issuewords';
import { useErrorTick, useFresh } from '../../lib/live';
import { compareNs } from '../../lib/time';
import { Activity } from './activity';
import { AllEvents } from './allevents';
import { EventView } from './event';
import { FeedbackList } from './feedback';
import { GroupingView } from './grouping';
import { Side } from './side';
import { useWork } from './work';
import './issue.css';

interface Props {
  id: number;
  eventId: string | null;
  view: string;
}

export default function IssuePage({ id, eventId, view }: Props) {
  const again = refreshed.value;
  const tick = useErrorTick();
  /** Grows with everything that is done here. */
  const [pulse, setPulse] = useState(0);
  const issue = useFresh((s) => getIssue(id, s), [id, again], tick);
  const merged = useData((s) => listMerged(id, s), [id, again, pulse]);
  const feedback = useFresh((s) => listIssueFeedback(id, null, s), [id, again], tick, 5000);
  const onEvent = view === 'event';
  // What one reads is not taken away when a newer event comes: it is told, and shown when it is asked for.
  const event = useData((s) => (!onEvent ? null : eventId ? getEvent(eventId, s) : getLatestEvent(id, s)), [id, eventId, onEvent, again]);
  const changed = () => {
    setPulse((n) => n + 1);
    getIssue(id).then(issue.set, issue.reload);
  };
  const actions = useIssueActions(changed, () => navigate(href('/issues')));
  const go = (next: string | null | undefined) => next && navigate(href(`/issues/${id}/events/${next}`));
  const i = issue.data;
  const open = i && !i.merged_into && i.status === 'unresolved' ? [i] : [];
  const shut = i && !i.merged_into && i.status !== 'unresolved' ? [i] : [];
  useHotkeys({
    Escape: () => navigate(href('/issues')),
    j: () => go(event.data?.previous_event_id),
    k: () => go(event.data?.next_event_id),
    e: () => actions.edit(open, { status: 'resolved' }),
    i: () => actions.edit(open, { status: 'ignored' }),
    u: () => actions.edit(shut, { status: 'unresolved' }),
    m: () => i && actions.edit([i], { assignee: 'me' }),
    z: actions.undo,
  });
  const members = [id, ...(merged.data?.merged ?? []).map((m) => m.id)];
  const to = (v: string) => href(`/issues/${id}/${v}`);
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
      <ActionNotice actions={actions} />
      {issue.behind && <Warnings items={[`Not the newest: ${issue.behind.message} It is asked for again.`]} />}
      <Async of={issue}>
        {(data) => (
          <header class="issue-head">
            <HeadText issue={data} />
            {data.merged_into ? <PartOf issue={data} changed={changed} /> : <ActionButtons issues={[data]} actions={actions} />}
          </header>
        )}
      </Async>
      <div class="issue-columns">
        <div class="issue-main">
          <Tabs
            current={view}
            tabs={[
              { id: 'event', label: 'Event', href: href(`/issues/${id}`) },
              { id: 'all-events', label: 'All events', href: to('all-events'), count: i?.count },
              { id: 'activity', label: 'Activity', href: to('activity') },
              { id: 'grouping', label: 'Grouping', href: to('grouping'), count: merged.data?.merged.length || undefined },
              { id: 'feedback', label: 'Feedback', href: to('feedback'), count: feedback.data?.feedback.length || undefined },
            ]}
          />
          {onEvent && (
            <Async of={event} loading={<Loading lines={10} />}>
              {(e: ErrorEvent) => (
                <>
                  {i && <Newer issue={i} event={e} show={() => (eventId ? navigate(href(`/issues/${id}`)) : event.reload())} />}
                  <EventView event={e} issueId={id} latest={!eventId} />
                </>
              )}
            </Async>
          )}
          {view === 'all-events' && <AllEvents id={id} newest={i?.last_seen_ns ?? null} />}
          {view === 'activity' && <Activity id={id} shortId={i?.short_id ?? ''} pulse={pulse} stamp={i ? `${i.status}${i.status_time_ns}${i.substatus}` : ''} />}
          {view === 'grouping' && <GroupingView id={id} eventId={param('event') || null} merged={merged} changed={changed} />}
          {view === 'feedback' && <FeedbackList id={id} first={feedback} />}
        </div>
        <aside class="issue-side">{i && <Side issue={i} members={members} tick={tick} />}</aside>
      </div>
    </Page>
  );
}

function HeadText({ issue }: { issue: Issue }) {
  const state = stateOf(issue, serverNow());
  const by = issue.status !== 'unresolved' ? issue.status_by : '';
  return (
    <div class="issue-head-text">
      <div class="issue-head-line">
        <Level level={issue.level} />
        <h2 class="issue-type">{titleOf(issue)}</h2>
      </div>
      {issue.type && issue.value && <p class="issue-message">{issue.value}</p>}
      <p class="issue-state">
        <Badge tone={state.tone} title={stateHint(issue)}>
          {state.text}
        </Badge>
        {by && (
          <span class="dim">
            by {by}, <Time ns={issue.status_time_ns} />
          </span>
        )}
        <span class="dim">
          {issue.culprit && <span class="mono">{issue.culprit}</span>}
          {issue.culprit && ' · '}
          {issue.project} · {issue.platform}
        </span>
      </p>
    </div>
  );
}

/** Merged into another: there it lives, here it can be taken out. */
function PartOf({ issue, changed }: { issue: Issue; changed: () => void }) {
  const work = useWork(changed);
  const whole = issue.short_id.replace(/\d+$/, String(issue.merged_into));
  return (
    <div class="hint part-of">
      <Icon name="info" />
      <p>
        It is part of <a href={href(`/issues/${issue.merged_into}`)}>{whole}</a>. What it shows here is its own share.
      </p>
      <button class="button" disabled={work.busy} onClick={() => work.run(() => unmergeIssue(issue.id))}>
        Take it out
      </button>
      {work.error && <ErrorBox error={work.error} />}
    </div>
  );
}

function Newer({ issue, event, show }: { issue: Issue; event: ErrorEvent; show: () => void }) {
  if (event.next_event_id || compareNs(issue.last_seen_ns, event.time_ns) <= 0) return null;
  return (
    <p class="newer" role="status">
      A newer event came <Time ns={issue.last_seen_ns} />.{' '}
      <button class="link-button" onClick={show}>
        Show it
      </button>
    </p>
  );
}

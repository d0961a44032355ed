/** Issues as a table: what, how often, how many people, since when. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Issue } from '../api/types';
import { href, navigate } from '../app/router';
import { count, integer, plural } from '../lib/format';
import { badgeOf, shortRelease } from '../lib/issuewords';
import { useRows } from '../lib/rows';
import { Badge, Level, Time } from './bits';
import { SparkBars } from './sparkline';
import './issuetable.css';

/** Rows that can be chosen: which are, and what a click on one's box means. */
export interface Choice {
  ids: ReadonlySet<number>;
  toggle: (id: number, stretch: boolean) => void;
  toggleAll: () => void;
}

interface Props {
  issues: Issue[];
  keys?: boolean;
  choice?: Choice;
  /** The row that keys are about, where the page says it itself. */
  current?: number | null;
}

const to = (i: Issue) => href(`/issues/${i.id}`);

export function IssueTable({ issues, keys = true, choice, current }: Props) {
  const own = useRows(issues.length, (n) => navigate(to(issues[n]!)), { off: !keys || current !== undefined });
  const rowProps = (i: Issue, n: number) => (current === undefined ? own.rowProps(n) : { 'data-row-current': i.id === current ? 'true' : undefined });
  return (
    <div class="panel scroll-x">
      <table class="table issues">
        <thead>
          <tr>
            {choice && <AllBox issues={issues} choice={choice} />}
            <th>Issue</th>
            <th class="wide">Last 24 h</th>
            <th class="num">Events</th>
            <th class="num">Users</th>
            <th class="wide">First seen</th>
            <th>Last seen</th>
            {choice && <th>Assigned</th>}
          </tr>
        </thead>
        <tbody>
          {issues.map((i, n) => (
            <tr key={i.id} {...rowProps(i, n)} class="clickable" aria-selected={choice ? choice.ids.has(i.id) : undefined} onClick={() => navigate(to(i))}>
              {choice && <RowBox issue={i} choice={choice} />}
              <What issue={i} />
              <td class="wide">
                {i.trend ? <SparkBars values={i.trend.counts} label={`${plural(i.trend.counts.reduce((a, b) => a + b, 0), 'event')} in the last 24 hours`} /> : <span class="dim">–</span>}
              </td>
              <td class="num strong" title={integer(i.count)}>
                {count(i.count)}
              </td>
              <td class="num">
                <Users issue={i} />
              </td>
              <td class="nowrap wide">
                <Time ns={i.first_seen_ns} />
                {i.first_release && <div class="dim mono release">{shortRelease(i.first_release)}</div>}
              </td>
              <td class="nowrap">
                <Time ns={i.last_seen_ns} />
                {i.last_release && i.last_release !== i.first_release && <div class="dim mono release">{shortRelease(i.last_release)}</div>}
              </td>
              {choice && <td class="issue-assignee">{i.assignee ? <span title={i.assignee.email}>{i.assignee.email}</span> : <span class="dim">–</span>}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function What({ issue: i }: { issue: Issue }) {
  const badge = badgeOf(i);
  return (
    <td class="issue-cell">
      <div class="issue-line">
        <Level level={i.level} />
        <a class="issue-title" href={to(i)} onClick={(e) => e.stopPropagation()}>
          {titleOf(i)}
        </a>
        {badge && <Badge tone={badge.tone}>{badge.text}</Badge>}
      </div>
      <div class="issue-sub">
        {i.value && i.type && <span class="issue-value">{firstLine(i.value)}</span>}
        <span class="dim nowrap">
          {i.short_id}
          {i.culprit && ` · ${i.culprit}`}
        </span>
      </div>
    </td>
  );
}

/** Many are counted within about 2 percent: then it is said so. */
export function Users({ issue: i }: { issue: Pick<Issue, 'users' | 'users_estimated'> }): ComponentChildren {
  if (!i.users) return <span class="dim">–</span>;
  return (
    <span title={i.users_estimated ? `About ${integer(i.users)}, within 2 %` : integer(i.users)}>
      {i.users_estimated && <span class="dim">about </span>}
      {count(i.users)}
    </span>
  );
}

function AllBox({ issues, choice }: { issues: Issue[]; choice: Choice }) {
  const box = useRef<HTMLInputElement>(null);
  const n = issues.filter((i) => choice.ids.has(i.id)).length;
  useEffect(() => {
    box.current!.indeterminate = n > 0 && n < issues.length;
  }, [n, issues.length]);
  return (
    <th class="issue-box">
      <label>
        <input ref={box} type="checkbox" aria-label="All issues of this page" checked={n > 0 && n === issues.length} onChange={choice.toggleAll} />
      </label>
    </th>
  );
}

function RowBox({ issue, choice }: { issue: Issue; choice: Choice }) {
  return (
    <td class="issue-box" onClick={(e) => e.stopPropagation()}>
      <label>
        <input
          type="checkbox"
          aria-label={issue.short_id}
          checked={choice.ids.has(issue.id)}
          onClick={(e) => choice.toggle(issue.id, e.shiftKey)}
        />
      </label>
    </td>
  );
}

/** The type alone where there is a value to show below it, otherwise the whole title. */
export function titleOf(i: Pick<Issue, 'type' | 'value' | 'title'>): string {
  return i.type && i.value ? i.type : i.title || i.type || 'Untitled';
}

export function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}

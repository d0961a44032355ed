/** Issues as a table: what, how often, how many people, since when. */
import type { Issue } from '../api/types';
import { href, navigate } from '../app/router';
import { count, plural } from '../lib/format';
import { useRows } from '../lib/rows';
import { Badge, Level, Time } from './bits';
import { SparkBars } from './sparkline';
import './issuetable.css';

export function IssueTable({ issues, keys = true, showStatus = false }: { issues: Issue[]; keys?: boolean; showStatus?: boolean }) {
  const to = (i: Issue) => href(`/issues/${i.id}`);
  const { rowProps } = useRows(issues.length, (n) => navigate(to(issues[n]!)), { off: !keys });
  return (
    <div class="panel scroll-x">
      <table class="table issues">
        <thead>
          <tr>
            <th>Issue</th>
            <th>Last 24 h</th>
            <th class="num">Events</th>
            <th class="num">Users</th>
            <th>First seen</th>
            <th>Last seen</th>
          </tr>
        </thead>
        <tbody>
          {issues.map((i, n) => (
            <tr key={i.id} {...rowProps(n)} class="clickable" onClick={() => navigate(to(i))}>
              <td class="issue-cell">
                <div class="issue-line">
                  <Level level={i.level} />
                  <a class="issue-title" href={to(i)} onClick={(e) => e.stopPropagation()}>
                    {titleOf(i)}
                  </a>
                  {showStatus && i.status !== 'unresolved' && <Badge tone={i.status === 'resolved' ? 'ok' : 'plain'}>{i.status}</Badge>}
                </div>
                <div class="issue-sub">
                  {i.value && i.type && <span class="issue-value">{firstLine(i.value)}</span>}
                  <span class="dim nowrap">
                    {i.short_id}
                    {i.culprit && ` · ${i.culprit}`}
                  </span>
                </div>
              </td>
              <td>
                {i.trend ? <SparkBars values={i.trend.counts} label={`${plural(i.trend.counts.reduce((a, b) => a + b, 0), 'event')} in the last 24 hours`} /> : <span class="dim">–</span>}
              </td>
              <td class="num strong">{count(i.count)}</td>
              <td class="num">{i.users ? count(i.users) : <span class="dim">–</span>}</td>
              <td class="nowrap">
                <Time ns={i.first_seen_ns} />
                {i.first_release && <div class="dim mono release">{shortRelease(i.first_release)}</div>}
              </td>
              <td class="nowrap">
                <Time ns={i.last_seen_ns} />
                {i.last_release && i.last_release !== i.first_release && <div class="dim mono release">{shortRelease(i.last_release)}</div>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The type alone where there is a value to show below it, otherwise the whole title. */
export function titleOf(i: Pick<Issue, 'type' | 'value' | 'title'>): string {
  return i.type && i.value ? i.type : i.title || i.type || 'Untitled';
}

export function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}

/** A git SHA by its first letters; anything else as it is. */
export function shortRelease(release: string): string {
  return /^[0-9a-f]{32,40}$/.test(release) ? release.slice(0, 10) : release;
}

/** Beside the event: how often, how many people, since when, and which tags the events have. */
import { serverNow } from '../../api/client';
import { getIssueOverTime, getIssueTags } from '../../api/endpoints';
import type { Issue, OverTime } from '../../api/types';
import { refreshed } from '../../app/range';
import { href } from '../../app/router';
import { Time } from '../../components/bits';
import { Users } from '../../components/issuetable';
import { SparkBars } from '../../components/sparkline';
import { Async, Loading, Warnings } from '../../components/states';
import { count, integer, percent, plural } from '../../lib/format';
import { shortRelease } from '../../lib/issuewords';
import { useFresh } from '../../lib/live';
import { addClause, filterText } from '../../lib/query';
import { absoluteRange } from '../../lib/range';
import { nsToMs } from '../../lib/time';

const SHOWN = 5;
/** Tags are counted over all events: not more often than that. */
const TAGS_MS = 5000;

interface Props {
  issue: Issue;
  /** The issue and what was merged into it. */
  members: number[];
  tick: number;
}

export function Side({ issue, members, tick }: Props) {
  const again = refreshed.value;
  const tags = useFresh((s) => getIssueTags(issue.id, s), [issue.id, again, members.length], tick, TAGS_MS);
  const month = useFresh((s) => getIssueOverTime(issue.id, 'day', s), [issue.id, again, members.length], tick, TAGS_MS);
  const shared = { issue, members };
  return (
    <>
      <dl class="facts">
        <div>
          <dt>Events</dt>
          <dd class="big" title={integer(issue.count)}>
            {count(issue.count)}
          </dd>
        </div>
        <div>
          <dt>Users</dt>
          <dd class="big">
            <Users issue={issue} />
          </dd>
        </div>
      </dl>
      {issue.stored && issue.stored.whole < issue.stored.events && (
        <p class="dim">
          A flood: {integer(issue.stored.whole)} of {integer(issue.stored.events)} stored events are whole, a sample. Counts are of all.
        </p>
      )}
      {issue.trend && (
        <div class="side-block">
          <h3>Last 24 hours</h3>
          <SparkBars values={issue.trend.counts} width={252} height={44} label={`${plural(sum(issue.trend.counts), 'event')} in the last 24 hours`} />
        </div>
      )}
      <Async of={month} loading={<Loading lines={2} />}>
        {(m) => <Month of={m} />}
      </Async>
      <dl class="facts facts-rows">
        <div>
          <dt>Last seen</dt>
          <dd>
            <Time ns={issue.last_seen_ns} />
            {issue.last_release && (
              <div class="dim mono" title={issue.last_release}>
                in {shortRelease(issue.last_release)}
              </div>
            )}
          </dd>
        </div>
        <div>
          <dt>First seen</dt>
          <dd>
            <Time ns={issue.first_seen_ns} />
            {issue.first_release && (
              <div class="dim mono" title={issue.first_release}>
                in {shortRelease(issue.first_release)}
              </div>
            )}
          </dd>
        </div>
      </dl>
      <Async of={tags} loading={<Loading lines={3} />}>
        {(d) => (
          <>
            <Warnings items={d.warnings} />
            {d.tags.map((t) => (
              <Facet key={t.key} {...shared} title={t.key} field={t.key} values={t.values} other={t.other} without={d.total - t.events} short={t.key === 'release'} />
            ))}
            {d.tags.length === 0 && <p class="dim">No event of it has tags.</p>}
          </>
        )}
      </Async>
    </>
  );
}

function Month({ of }: { of: OverTime }) {
  const most = Math.max(0, ...of.users);
  return (
    <div class="side-block">
      <h3>Last 30 days</h3>
      <SparkBars values={of.counts} width={252} height={44} label={`${plural(sum(of.counts), 'event')} in the last 30 days`} />
      {most > 0 && (
        <p class="dim month-users">
          Up to {of.users_estimated && 'about '}
          {plural(most, 'user')} a day
        </p>
      )}
      <Warnings items={of.warnings} />
    </div>
  );
}

const sum = (list: number[]) => list.reduce((a, b) => a + b, 0);

interface FacetProps {
  issue: Issue;
  members: number[];
  title: string;
  field: string;
  values: { value: string; count: number }[];
  /** Events with a value that is not listed, and without any. */
  other: number;
  without: number;
  short?: boolean;
}

/** Each value leads to the events that have it. */
function Facet({ issue, members, title, field, values, other, without, short = false }: FacetProps) {
  const rest = other + sum(values.slice(SHOWN).map((v) => v.count));
  const total = Math.max(1, sum(values.map((v) => v.count)) + other + Math.max(0, without));
  const ids = members.length > 1 ? `issue.id:(${members.join(' OR ')})` : `issue.id:${issue.id}`;
  const time = absoluteRange(nsToMs(issue.first_seen_ns) - 1000, serverNow());
  const to = (value: string) => href('/logs', { dataset: 'errors', q: addClause(ids, filterText(field, value)), ...time });
  return (
    <div class="side-block">
      <h3>{title}</h3>
      <ul class="facet">
        {values.slice(0, SHOWN).map((v) => (
          <li key={v.value} title={`${v.value}: ${plural(v.count, 'event')}`}>
            <i class="facet-bar" style={{ width: `${(v.count / total) * 100}%` }} />
            <a class="facet-value" href={to(v.value)}>
              {short ? shortRelease(v.value) : v.value || '(empty)'}
            </a>
            <span class="facet-share">{percent(v.count / total)}</span>
          </li>
        ))}
        {rest > 0 && (
          <li>
            <span class="facet-value dim">others</span>
            <span class="facet-share">{percent(rest / total)}</span>
          </li>
        )}
        {without > 0 && (
          <li>
            <span class="facet-value dim">none</span>
            <span class="facet-share">{percent(without / total)}</span>
          </li>
        )}
      </ul>
    </div>
  );
}

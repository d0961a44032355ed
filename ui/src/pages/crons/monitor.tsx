/** One monitor: how each environment stands, its runs, how long they took, and its issue. */
import { useMemo, useState } from 'preact/hooks';
import { asApiError, serverNow, type ApiError } from '../../api/client';
import { getEvent, listIssues } from '../../api/endpoints';
import { deleteMonitor, getMonitor, listCheckIns, muteMonitor, type CheckIn, type Monitor } from '../../api/monitors';
import { refreshed } from '../../app/range';
import { href, navigate, param, setParams } from '../../app/router';
import { Crumbs, Page } from '../../app/shell';
import { Badge, IdLink, Section, Segmented, Time } from '../../components/bits';
import { Chart } from '../../components/chart';
import { Icon } from '../../components/icon';
import { IssueTable } from '../../components/issuetable';
import { PeriodPicker, periodOf, periodWords, startOf, type Period } from '../../components/period';
import { Async, Empty, ErrorBox, Loading } from '../../components/states';
import { useData, type Data } from '../../lib/data';
import { duration, integer, percent, plural } from '../../lib/format';
import { RUN, stateOf, statisticsOf } from '../../lib/monitors';
import { nsToMs } from '../../lib/time';
import { Expected, Runs, ScheduleText, Word } from './parts';
import './crons.css';

const USUAL: Period = '7d';
const MOST = 2000;
/** Rows of the table; the picture above it has all. */
const ROWS = 200;

export default function MonitorPage({ id }: { id: number }) {
  const period = periodOf(USUAL);
  const environment = param('environment');
  const monitor = useData((s) => getMonitor(id, s), [id, refreshed.value]);
  const runs = useData((s) => listCheckIns(id, { environment, start: startOf(period), limit: MOST }, s), [id, environment, period, refreshed.value]);
  const title = monitor.data?.slug ?? `Monitor ${id}`;
  return (
    <Page
      title={title}
      timed={false}
      head={
        <Crumbs parent="Crons" to={href('/crons')}>
          {title}
        </Crumbs>
      }
    >
      <Async of={monitor} loading={<Loading lines={8} />}>
        {(m) => (
          <>
            <Head of={m} set={monitor.set} />
            <Environments of={m} runs={runs.data?.check_ins ?? []} known={!!runs.data} />
            <Section
              title="Check-ins"
              id="check-ins"
              actions={
                <>
                  {m.environments.length > 1 && (
                    <Segmented label="Environment" value={environment} options={[{ value: '', label: 'All' }, ...m.environments.map((e) => ({ value: e.environment, label: e.environment }))]} onChange={(v) => setParams({ environment: v })} />
                  )}
                  <PeriodPicker value={period} usual={USUAL} />
                </>
              }
            >
              <Async of={runs}>{(d) => <CheckIns of={d.check_ins} hasMore={d.has_more} period={period} />}</Async>
            </Section>
            <Issues slug={m.slug} />
          </>
        )}
      </Async>
    </Page>
  );
}

function Head({ of, set }: { of: Monitor; set: Data<Monitor>['set'] }) {
  const [error, setError] = useState<ApiError | null>(null);
  const [asking, setAsking] = useState(false);
  const run = async (work: () => Promise<void>) => {
    setError(null);
    try {
      await work();
    } catch (e) {
      setError(asApiError(e));
    }
  };
  return (
    <>
      {error && <ErrorBox error={error} />}
      <div class="panel pad cron-head">
        <dl class="facts">
          <div>
            <dt>Schedule</dt>
            <dd>
              <ScheduleText of={of} />
            </dd>
          </div>
          <div>
            <dt>Missed after</dt>
            <dd>{plural(of.margin_minutes, 'minute')}</dd>
          </div>
          <div>
            <dt>Hung after</dt>
            <dd>{plural(of.max_runtime_minutes, 'minute')}</dd>
          </div>
          <div>
            <dt>An issue after</dt>
            <dd>{of.muted ? <span class="dim">muted: none</span> : plural(of.failure_threshold, 'failure')}</dd>
          </div>
          <div>
            <dt>Resolved after</dt>
            <dd>{plural(of.recovery_threshold, 'success', 'successes')}</dd>
          </div>
        </dl>
        <div class="cron-actions">
          <button class="button" aria-pressed={of.muted} title={of.muted ? 'Its failures make issues again' : 'Its failures make no issues'} onClick={() => void run(async () => set(await muteMonitor(of.id, !of.muted)))}>
            {of.muted ? 'Unmute' : 'Mute'}
          </button>
          {asking ? (
            <button
              class="button danger"
              onClick={() =>
                void run(async () => {
                  await deleteMonitor(of.id);
                  navigate(href('/crons'));
                })
              }
            >
              Delete it with its check-ins
            </button>
          ) : (
            <button class="button" onClick={() => setAsking(true)}>
              Delete…
            </button>
          )}
        </div>
      </div>
    </>
  );
}

function Environments({ of, runs, known }: { of: Monitor; runs: CheckIn[]; known: boolean }) {
  const now = serverNow();
  return (
    <Section title="State">
      <div class="panel scroll-x">
        <table class="table">
          <thead>
            <tr>
              <th>Environment</th>
              <th>State</th>
              <th>Why</th>
              <th>Next expected</th>
              <th>Last check-in</th>
              <th>Failing since</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {of.environments.map((e) => {
              const state = stateOf(e, runs, now);
              return (
                <tr key={e.environment}>
                  <td class="strong">{e.environment}</td>
                  <td>{known ? <Word state={state} /> : <span class="dim">…</span>}</td>
                  <td class="dim">{known && state.why}</td>
                  <td class="nowrap">
                    <Expected ns={e.expected_ns} />
                  </td>
                  <td class="nowrap">
                    <Time ns={e.last_check_in_ns} />
                  </td>
                  <td class="nowrap">
                    {e.failing_since_ns ? (
                      <>
                        <Time ns={e.failing_since_ns} /> <span class="dim">{plural(e.failures, 'failure')}</span>
                      </>
                    ) : (
                      <span class="dim">–</span>
                    )}
                  </td>
                  <td class="row-links">{e.failing_event_id && <FailingIssue event={e.failing_event_id} />}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

/** The issue that the last failure is an event of. */
function FailingIssue({ event }: { event: string }) {
  const found = useData((s) => getEvent(event, s), [event]);
  if (found.error) return <span class="dim" title={found.error.message}>its event is not there</span>;
  return found.data ? <a href={href(`/issues/${found.data.issue_id}/events/${event}`)}>Issue</a> : null;
}

function CheckIns({ of, hasMore, period }: { of: CheckIn[]; hasMore: boolean; period: Period }) {
  const s = useMemo(() => statisticsOf(of), [of]);
  if (!of.length) {
    return (
      <div class="panel">
        <Empty title={`No check-ins in the last ${periodWords(period)}`} icon="crons" />
      </div>
    );
  }
  const ended = s.ok + s.failed + s.missed + s.hung;
  return (
    <>
      <dl class="tiles cron-tiles">
        <Tile label="Went well" value={ended ? percent(s.ok / ended) : '–'} note={`${integer(s.ok)} of ${integer(ended)}`} />
        <Tile label="Failed" value={integer(s.failed)} bad={s.failed > 0} />
        <Tile label="Missed" value={integer(s.missed)} bad={s.missed > 0} />
        <Tile label="Hung" value={integer(s.hung)} bad={s.hung > 0} />
        <Tile label="Usual duration" value={duration(s.p50_ms)} note={s.longest_ms === null ? '' : `${duration(s.longest_ms)} at most`} />
      </dl>
      <div class="panel pad cron-line">
        <Runs of={of.slice(0, 120)} width={1000} />
        <p class="dim cron-legend">
          {of.length > 120 ? 'The last 120 runs' : plural(of.length, 'run')}, the newest on the right:{' '}
          {(['ok', 'error', 'missed', 'timeout', 'in_progress'] as const).map((w) => (
            <span key={w}>
              <i class={`cron-key run-${w}`} /> {RUN[w].word}
            </span>
          ))}
        </p>
      </div>
      <Durations of={of} />
      <Table of={of.slice(0, ROWS)} />
      {(hasMore || of.length > ROWS) && (
        <p class="list-note dim">
          The newest {Math.min(ROWS, of.length)} are listed{hasMore ? `; counts and pictures are of the newest ${integer(of.length)}` : ''}. Choose a shorter time for others.
        </p>
      )}
    </>
  );
}

function Tile({ label, value, note = '', bad = false }: { label: string; value: string; note?: string; bad?: boolean }) {
  return (
    <div class="tile">
      <dt>{label}</dt>
      <dd class={bad ? 'bad' : undefined}>{value}</dd>
      {note && <dd class="tile-note dim">{note}</dd>}
    </div>
  );
}

function Durations({ of }: { of: CheckIn[] }) {
  const d = useMemo(() => {
    const ran = of.filter((c) => c.duration_ns !== null && c.status !== 'missed' && c.status !== 'in_progress').reverse();
    const at = ran.map((c) => nsToMs(c.added_ns) / 1000);
    // Strictly rising, as the chart needs: two runs of one instant are a microsecond apart.
    for (let i = 1; i < at.length; i++) at[i] = Math.max(at[i]!, at[i - 1]! + 1e-6);
    const only = (bad: boolean) => ran.map((c) => ((c.status !== 'ok') === bad ? nsToMs(c.duration_ns) : null));
    return { x: at, all: ran.map((c) => nsToMs(c.duration_ns)), bad: only(true) };
  }, [of]);
  if (d.x.length < 2) return null;
  return (
    <figure class="panel cron-chart">
      <figcaption>
        <h3>Duration of each run</h3>
      </figcaption>
      <Chart
        x={d.x}
        from={d.x[0]!}
        to={d.x.at(-1)!}
        height={140}
        label="Duration of each run"
        format={duration}
        series={[
          { label: 'Duration', values: d.all, color: '--c2', fill: true },
          { label: 'Failed or hung', values: d.bad, color: '--error-fill' },
        ]}
      />
    </figure>
  );
}

function Table({ of }: { of: CheckIn[] }) {
  return (
    <div class="panel scroll-x">
      <table class="table dense check-ins">
        <thead>
          <tr>
            <th>Began</th>
            <th>Came to</th>
            <th>Environment</th>
            <th class="num">Duration</th>
            <th>Expected</th>
            <th class="num">Late</th>
            <th>Release</th>
            <th>Trace</th>
          </tr>
        </thead>
        <tbody>
          {of.map((c) => {
            const late = nsToMs(c.late_ns);
            return (
              <tr key={c.id + c.added_ns}>
                <td class="nowrap">
                  <Time ns={c.added_ns} mode="full" />
                </td>
                <td>
                  <Badge tone={RUN[c.status].tone} title={RUN[c.status].why}>
                    {RUN[c.status].word}
                  </Badge>
                </td>
                <td>{c.environment}</td>
                <td class="num">{c.duration_ns && c.status !== 'missed' ? duration(nsToMs(c.duration_ns)) : <span class="dim">–</span>}</td>
                <td class="nowrap">{c.expected_ns ? <Time ns={c.expected_ns} mode="compact" /> : <span class="dim">–</span>}</td>
                <td class="num">{late > 0 ? <span class="warned">{duration(late)}</span> : <span class="dim">–</span>}</td>
                <td class="mono">{c.release ? <a href={href('/release', { version: c.release })}>{c.release}</a> : <span class="dim">–</span>}</td>
                <td>{c.trace_id ? <IdLink id={c.trace_id} max={12} /> : <span class="dim">–</span>}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

const DAY_MS = 86_400_000;

function Issues({ slug }: { slug: string }) {
  const query = `tags.monitor.slug:${JSON.stringify(slug)}`;
  const found = useData((s) => {
    const endMs = serverNow();
    return listIssues({ status: 'all', query, sort: 'last_seen', limit: 10, offset: 0 }, { startMs: endMs - 90 * DAY_MS, endMs }, s);
  }, [slug, refreshed.value]);
  return (
    <Section title="Its issues" actions={<a href={href('/issues', { query, status: 'all', start: 'now-30d', end: 'now' })}>Among all issues</a>}>
      <Async of={found}>
        {(d) =>
          d.issues.length ? (
            <IssueTable issues={d.issues} />
          ) : (
            <p class="quiet">
              <Icon name="check" /> Its failures made no issue in the last 90 days.
            </p>
          )
        }
      </Async>
    </Section>
  );
}

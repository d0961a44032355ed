/** One release: how healthy it is, which issues it brought, brought back and fixed, out of which commits, where it runs. */
import { useMemo } from 'preact/hooks';
import { RESOLVED_READ, getRelease, listReleases, listResolved, type Release, type ReleaseDetail } from '../../api/releases';
import type { Issue } from '../../api/types';
import { refreshed } from '../../app/range';
import { href, param } from '../../app/router';
import { Crumbs, Page } from '../../app/shell';
import { Section, Time } from '../../components/bits';
import { Chart } from '../../components/chart';
import { Icon } from '../../components/icon';
import { IssueTable } from '../../components/issuetable';
import { PeriodPicker, periodOf, periodWords, startOf, type Period } from '../../components/period';
import { Async, Empty, ErrorBox, Loading, Warnings } from '../../components/states';
import { useData } from '../../lib/data';
import { count, integer } from '../../lib/format';
import { healthSeries, previousOf, sharePercent, usersText } from '../../lib/releases';
import { nsToMs } from '../../lib/time';
import { Adoption, CrashFree, EnvironmentPicker, NoSessions, compareHref, hasSessions } from '../releases/parts';
import { Commits, Deploys } from './commits';
import { Latencies } from './latencies';
import '../releases/releases.css';

const USUAL: Period = '14d';

export default function ReleasePage() {
  const version = param('version');
  return <One key={version} version={version} />;
}

function One({ version }: { version: string }) {
  const period = periodOf(USUAL);
  const environment = param('environment');
  const start = startOf(period);
  const data = useData((s) => getRelease(version, environment, start, s), [version, environment, start, refreshed.value]);
  // Of the newest 500: enough to know which came before.
  const all = useData((s) => listReleases({ query: '', sort: 'date', environment: '', start: 'now-1h', limit: 500, offset: 0 }, s), [version]);
  const previous = all.data ? previousOf(all.data.releases, version) : null;
  return (
    <Page
      title={version}
      timed={false}
      head={
        <Crumbs parent="Releases" to={href('/releases', { environment, period: param('period') })}>
          {version}
        </Crumbs>
      }
    >
      <div class="toolbar release-bar">
        <EnvironmentPicker start={startOf('90d')} />
        <PeriodPicker value={period} usual={USUAL} />
        {previous && (
          <a class="button" href={compareHref(previous.version, version)}>
            Compare with {previous.version}
          </a>
        )}
        <a class="button" href={href('/issues', { query: `release:${JSON.stringify(version)}`, start: `now-${period}`, end: 'now' })}>
          All its issues
        </a>
        <a class="button" href={href('/logs', { q: `service.version:${JSON.stringify(version)}`, start: `now-${period}`, end: 'now' })}>
          Logs
        </a>
      </div>
      <Async of={data} loading={<Loading lines={10} />}>
        {(d) => <Body of={d} period={period} environment={environment} previous={previous} start={start} />}
      </Async>
    </Page>
  );
}

function Body({ of, period, environment, previous, start }: { of: ReleaseDetail; period: Period; environment: string; previous: Release | null; start: string }) {
  const where = environment ? ` of ${environment}` : '';
  return (
    <>
      <Warnings items={of.warnings} />
      {!hasSessions(of.health) && <NoSessions>{`No sessions${where} were sent with this release in the last ${periodWords(period)}.`}</NoSessions>}
      <Tiles of={of} />
      {hasSessions(of.health) && <Charts of={of} />}
      {of.environments.length > 1 && <Environments of={of} />}
      <Issues title="New issues" note="first seen in it" issues={of.new_issue_list} none="No issue was first seen in this release" total={of.new_issues} keys />
      <Issues title="Regressed issues" note="resolved before, and seen again in it" issues={of.regressed_issue_list} none="No resolved issue came back in this release" />
      <Resolved version={of.version} />
      <Latencies version={of.version} previous={previous} environment={environment} start={start} />
      <Commits commits={of.commits} version={of.version} />
      <Deploys deploys={of.deploys} version={of.version} />
    </>
  );
}

function Tiles({ of }: { of: ReleaseDetail }) {
  const h = of.health;
  return (
    <dl class="tiles">
      <div class="tile">
        <dt>Crash-free sessions</dt>
        <dd>
          <CrashFree share={h.crash_free_sessions} />
        </dd>
        {hasSessions(h) && (
          <dd class="tile-note dim">
            {integer(h.crashed)} of {integer(h.sessions)} crashed
          </dd>
        )}
      </div>
      <div class="tile">
        <dt>Crash-free users</dt>
        <dd>
          <CrashFree share={h.crash_free_users} />
        </dd>
        {h.users > 0 && (
          <dd class="tile-note dim">
            {integer(h.crashed_users)} of {usersText(h)}
          </dd>
        )}
      </div>
      <div class="tile">
        <dt>Adoption, last 24 hours</dt>
        <dd>
          <Adoption share={h.adoption} />
        </dd>
      </div>
      <div class="tile">
        <dt>Errors</dt>
        <dd>{count(of.events)}</dd>
        <dd class="tile-note dim">
          since <Time ns={of.first_seen_ns} mode="compact" />
        </dd>
      </div>
      <div class="tile">
        <dt>{of.released_ns ? 'Released' : 'First seen'}</dt>
        <dd>
          <Time ns={of.released_ns ?? of.first_seen_ns} />
        </dd>
        <dd class="tile-note dim">
          {of.ref && <span>{of.ref} · </span>}
          {/^https?:/.test(of.url) ? (
            <a href={of.url} target="_blank" rel="noreferrer">
              its page <Icon name="external" size={12} />
            </a>
          ) : (
            <>
              last seen <Time ns={of.last_seen_ns} />
            </>
          )}
        </dd>
      </div>
    </dl>
  );
}

function Charts({ of }: { of: ReleaseDetail }) {
  const s = useMemo(() => healthSeries(of), [of]);
  const marks = of.deploys.flatMap((d) => {
    const at = d.finished_ns ?? d.started_ns;
    return at ? [{ time: nsToMs(at) / 1000, label: `Deployed to ${d.environment}` }] : [];
  });
  const common = { x: s.x, from: nsToMs(of.start_ns) / 1000, to: nsToMs(of.end_ns) / 1000, sync: 'release', marks, height: 150 };
  return (
    <div class="health-charts">
      <figure class="panel">
        <figcaption>
          <h3>Sessions</h3>
          <span class="dim">all, with errors, crashed</span>
        </figcaption>
        <Chart
          {...common}
          label="Sessions over time"
          format={(v) => (v == null ? '–' : integer(v))}
          series={[
            { label: 'All', values: s.sessions, color: '--c2', fill: true },
            { label: 'With errors', values: s.errored, color: '--warn-fill' },
            { label: 'Crashed', values: s.crashed, color: '--error-fill' },
          ]}
        />
      </figure>
      <figure class="panel">
        <figcaption>
          <h3>Sessions that crashed</h3>
          <span class="dim">share of all</span>
        </figcaption>
        <Chart {...common} label="Share of sessions that crashed over time" format={(v) => sharePercent(v)} series={[{ label: 'Crashed', values: s.crash_rate, color: '--error-fill', fill: true }]} />
      </figure>
    </div>
  );
}

function Environments({ of }: { of: ReleaseDetail }) {
  return (
    <Section title="By environment">
      <div class="panel scroll-x">
        <table class="table dense">
          <thead>
            <tr>
              <th>Environment</th>
              <th class="num">Sessions</th>
              <th class="num">With errors</th>
              <th class="num">Crashed</th>
              <th class="num">Crash-free sessions</th>
              <th class="num">Users</th>
              <th class="num">Crash-free users</th>
            </tr>
          </thead>
          <tbody>
            {of.environments.map((e) => (
              <tr key={e.environment}>
                <td class="strong">{e.environment || <span class="dim">none</span>}</td>
                <td class="num">{integer(e.sessions)}</td>
                <td class="num">{integer(e.errored)}</td>
                <td class="num">{integer(e.crashed)}</td>
                <td class="num">
                  <CrashFree share={e.crash_free_sessions} />
                </td>
                <td class="num">{usersText(e)}</td>
                <td class="num">
                  <CrashFree share={e.crash_free_users} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Issues({ title, note, issues, none, total, keys = false }: { title: string; note: string; issues: Issue[]; none: string; total?: number; keys?: boolean }) {
  const more = total !== undefined && total > issues.length;
  return (
    <Section title={title} actions={<span class="dim">{more ? `the ${integer(issues.length)} of ${integer(total)} seen last` : note}</span>}>
      {issues.length ? (
        <IssueTable issues={issues} keys={keys} />
      ) : (
        <p class="quiet">
          <Icon name="check" /> {none}.
        </p>
      )}
    </Section>
  );
}

/** Those that people, or a commit's message, resolved in this release. */
function Resolved({ version }: { version: string }) {
  const found = useData((s) => listResolved(s), [version, refreshed.value]);
  if (found.error) return <ErrorBox error={found.error} retry={found.reload} />;
  if (!found.data) return null;
  const issues = found.data.issues.filter((i) => i.resolution?.kind === 'release' && i.resolution.release === version);
  const partly = found.data.total > found.data.issues.length;
  return (
    <Section title="Resolved issues" actions={<span class="dim">{partly ? `looked for in the ${RESOLVED_READ} resolved ones seen last` : 'said to be fixed in it'}</span>}>
      {issues.length ? (
        <IssueTable issues={issues} keys={false} />
      ) : (
        <div class="panel">
          <Empty title="No issue was resolved in this release" icon="check">
            <p>
              Resolve an issue “in release”, or let a commit do it: a message with <code>Fixes DEFAULT-12</code> resolves that issue in the release that it is part of.
            </p>
          </Empty>
        </div>
      )}
    </Section>
  );
}

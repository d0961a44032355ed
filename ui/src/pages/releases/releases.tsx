/** Releases, newest first: how many use each, how many of them it crashed for, what it broke. */
import { listReleases, type Release } from '../../api/releases';
import { refreshed } from '../../app/range';
import { href, navigate, param, setParams } from '../../app/router';
import { Page } from '../../app/shell';
import { Badge, Time } from '../../components/bits';
import { Code } from '../../components/code';
import { PeriodPicker, periodOf, periodWords, startOf, type Period } from '../../components/period';
import { Pager } from '../../components/pager';
import { QueryBar } from '../../components/querybar';
import { Async, Empty, Loading, Warnings } from '../../components/states';
import { useData } from '../../lib/data';
import { count, integer } from '../../lib/format';
import { usersText } from '../../lib/releases';
import { useRows } from '../../lib/rows';
import { Adoption, CrashFree, EnvironmentPicker, NoSessions, Version, compareHref, hasSessions, releaseHref } from './parts';
import './releases.css';

const PAGE = 50;
const USUAL: Period = '24h';

const SORTS = [
  ['date', 'Newest'],
  ['crash_free_sessions', 'Least crash-free sessions'],
  ['crash_free_users', 'Least crash-free users'],
  ['adoption', 'Adoption'],
  ['sessions', 'Sessions'],
  ['users', 'Users'],
  ['new_issues', 'New issues'],
  ['events', 'Errors'],
  ['last_seen', 'Last seen'],
] as const;

export default function Releases() {
  const period = periodOf(USUAL);
  const sort = SORTS.find(([id]) => id === param('sort'))?.[0] ?? 'date';
  const [query, environment] = [param('query'), param('environment')];
  const offset = Math.max(0, Number(param('offset')) || 0);
  const start = startOf(period);
  const data = useData((s) => listReleases({ query, sort, environment, start, limit: PAGE, offset }, s), [query, sort, environment, start, offset, refreshed.value]);
  return (
    <Page title="Releases" timed={false}>
      <div class="toolbar release-bar">
        <QueryBar value={query} label="Search releases" placeholder="Part of a version…" busy={data.loading && !!data.data} onSubmit={(q) => setParams({ query: q, offset: null })} />
        <EnvironmentPicker start={startOf('90d')} />
        <PeriodPicker value={period} usual={USUAL} />
        <label class="inline-field">
          Sort by
          <select class="select" value={sort} onChange={(e) => setParams({ sort: e.currentTarget.value === 'date' ? null : e.currentTarget.value, offset: null })}>
            {SORTS.map(([id, label]) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Async of={data} loading={<Loading lines={8} />}>
        {(d) => (
          <>
            <Warnings items={d.warnings} />
            {d.releases.length === 0 ? (
              <None query={query} />
            ) : (
              <>
                {!d.releases.some((r) => hasSessions(r.health)) && (
                  <NoSessions>{`No sessions${environment ? ` of ${environment}` : ''} were sent in the last ${periodWords(period)}.`}</NoSessions>
                )}
                <Table releases={d.releases} sort={sort} period={period} />
                {d.total > PAGE && <Pager offset={offset} shown={d.releases.length} total={d.total} size={PAGE} />}
              </>
            )}
          </>
        )}
      </Async>
    </Page>
  );
}

function Table({ releases, sort, period }: { releases: Release[]; sort: string; period: Period }) {
  const { rowProps } = useRows(releases.length, (n) => navigate(releaseHref(releases[n]!.version)));
  return (
    <div class="panel scroll-x">
      <table class="table releases">
        <thead>
          <tr>
            <th>Release</th>
            <th>First seen</th>
            <th title="Share of all sessions of the last 24 hours">Adoption</th>
            <th class="num" title={`That began in the last ${periodWords(period)}`}>
              Sessions
            </th>
            <th class="num">Crash-free sessions</th>
            <th class="num">Users</th>
            <th class="num">Crash-free users</th>
            <th class="num" title="Issues that were first seen in it">
              New issues
            </th>
            <th class="num">Errors</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {releases.map((r, n) => {
            const before = sort === 'date' ? releases[n + 1] : undefined;
            return (
              <tr key={r.version} {...rowProps(n)} class="clickable" onClick={() => navigate(releaseHref(r.version))}>
                <td class="release-cell">
                  <Version release={r} />
                  {r.last_deploy && <Badge tone="info">{r.last_deploy.environment}</Badge>}
                  <Sub release={r} />
                </td>
                <td class="nowrap">
                  <Time ns={r.first_seen_ns} />
                </td>
                <td>
                  <Adoption share={r.health.adoption} />
                </td>
                <td class="num">{hasSessions(r.health) ? count(r.health.sessions) : <span class="dim">none</span>}</td>
                <td class="num strong">
                  <CrashFree share={r.health.crash_free_sessions} />
                </td>
                <td class="num">{r.health.users ? usersText(r.health) : <span class="dim">–</span>}</td>
                <td class="num">
                  <CrashFree share={r.health.crash_free_users} />
                </td>
                <td class="num">{r.new_issues ? <strong>{integer(r.new_issues)}</strong> : <span class="dim">0</span>}</td>
                <td class="num">{count(r.events)}</td>
                <td class="row-links" onClick={(e) => e.stopPropagation()}>
                  {before && <a href={compareHref(before.version, r.version)} title={`Compare with ${before.version}`}>Compare</a>}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Sub({ release: r }: { release: Release }) {
  const parts = [
    r.released_ns && (
      <>
        released <Time ns={r.released_ns} />
      </>
    ),
    r.commit_count > 0 && `${integer(r.commit_count)} ${r.commit_count === 1 ? 'commit' : 'commits'}${r.last_commit ? ` to ${r.last_commit.slice(0, 8)}` : ''}`,
    r.ref,
  ].filter(Boolean);
  if (!parts.length) return null;
  return (
    <div class="dim release-sub">
      {parts.map((p, i) => (
        <span key={i}>
          {i > 0 && ' · '}
          {p}
        </span>
      ))}
    </div>
  );
}

const HOW = `sentry_sdk.init(dsn="…", release="shop@1.4.0", environment="production")

# OpenTelemetry
OTEL_RESOURCE_ATTRIBUTES=service.version=shop@1.4.0`;

function None({ query }: { query: string }) {
  return (
    <div class="panel">
      {query ? (
        <Empty title={`No release has “${query}” in its version`}>
          <button class="button" onClick={() => setParams({ query: null, offset: null })}>
            Clear the search
          </button>
        </Empty>
      ) : (
        <Empty title="No release is known yet" icon="releases">
          <p>A release is made by the first error, session or transaction that names it, or by sentry-cli.</p>
          <Code text={HOW} language="python" />
          <a class="button" href={href('/start')}>
            Get started
          </a>
        </Empty>
      )}
    </div>
  );
}

/** Two releases side by side: which errors and which latencies the second has that the first had not. */
import { compareReleases, listReleases, type Comparison, type Release } from '../../api/releases';
import type { Issue } from '../../api/types';
import { refreshed } from '../../app/range';
import { href, param, setParams } from '../../app/router';
import { Crumbs, Page } from '../../app/shell';
import { Section, Time } from '../../components/bits';
import { Icon } from '../../components/icon';
import { IssueTable } from '../../components/issuetable';
import { PeriodPicker, periodOf, periodWords, startOf, type Period } from '../../components/period';
import { Async, Empty, ErrorBox, Loading, Warnings } from '../../components/states';
import { useData } from '../../lib/data';
import { count, integer, percent, plural } from '../../lib/format';
import { crashFreeTone, previousOf, sharePercent, usersText } from '../../lib/releases';
import { EnvironmentPicker, NoSessions, Version, hasSessions } from '../releases/parts';
import { SlowerTable } from './latencies';
import '../releases/releases.css';

const USUAL: Period = '14d';

export default function Compare() {
  const period = periodOf(USUAL);
  const start = startOf(period);
  const environment = param('environment');
  const all = useData((s) => listReleases({ query: '', sort: 'date', environment: '', start: 'now-1h', limit: 500, offset: 0 }, s), [refreshed.value]);
  const releases = all.data?.releases ?? [];
  // Without a choice: the newest one with the one before it.
  const release = param('release') || releases[0]?.version || '';
  const base = param('base') || (release && previousOf(releases, release)?.version) || '';
  const data = useData((s) => (base && release ? compareReleases(base, release, environment, start, s) : null), [base, release, environment, start, refreshed.value]);
  return (
    <Page
      title="Compare releases"
      timed={false}
      head={
        <Crumbs parent="Releases" to={href('/releases', { environment, period: param('period') })}>
          Compare
        </Crumbs>
      }
    >
      {all.error && <ErrorBox error={all.error} retry={all.reload} />}
      <div class="toolbar compare-bar">
        <Choice label="Before" value={base} releases={releases} onChange={(v) => setParams({ base: v })} />
        <button class="icon-button" title="The other way round" aria-label="The other way round" onClick={() => setParams({ base: release, release: base })} disabled={!base || !release}>
          ⇄
        </button>
        <Choice label="After" value={release} releases={releases} onChange={(v) => setParams({ release: v })} />
        <EnvironmentPicker start={startOf('90d')} />
        <PeriodPicker value={period} usual={USUAL} />
      </div>
      {all.data && (!base || !release) ? (
        <div class="panel">
          <Empty title="There is no second release to compare with" icon="releases" />
        </div>
      ) : (
        <Async of={data} loading={<Loading lines={10} />}>
          {(d) => <Body of={d} period={period} />}
        </Async>
      )}
    </Page>
  );
}

function Choice({ label, value, releases, onChange }: { label: string; value: string; releases: Release[]; onChange: (v: string) => void }) {
  const versions = releases.map((r) => r.version);
  return (
    <label class="inline-field">
      {label}
      <select class="select mono" value={value} onChange={(e) => onChange(e.currentTarget.value)}>
        {value && !versions.includes(value) && <option value={value}>{value}</option>}
        {versions.map((v) => (
          <option key={v} value={v}>
            {v}
          </option>
        ))}
      </select>
    </label>
  );
}

function Body({ of, period }: { of: Comparison; period: Period }) {
  return (
    <>
      <Warnings items={of.warnings} />
      {!hasSessions(of.base.health) && !hasSessions(of.release.health) && <NoSessions>{`Neither release sent sessions in the last ${periodWords(period)}.`}</NoSessions>}
      <Side base={of.base} release={of.release} />
      <Issues title="New issues" note={`with events in ${of.release.version}, none in ${of.base.version}`} issues={of.new_issues} none="Every issue of the second was in the first already" keys />
      <Issues title="Gone" note={`the other way round`} issues={of.gone_issues} none="Every issue of the first is in the second too" />
      <Section title="Slower requests" actions={<span class="dim">p50 or p95 grew by 20 % and 5 ms at least; {plural(of.compared_routes, 'route')} compared</span>}>
        {of.slower.length ? (
          <SlowerTable routes={of.slower} />
        ) : (
          <p class="quiet">
            <Icon name={of.compared_routes ? 'check' : 'info'} />
            {of.compared_routes ? 'No request got slower.' : 'No route has 20 traced requests in both: nothing to compare.'}
          </p>
        )}
      </Section>
    </>
  );
}

function Issues({ title, note, issues, none, keys = false }: { title: string; note: string; issues: Issue[]; none: string; keys?: boolean }) {
  return (
    <Section title={issues.length ? `${title}: ${issues.length >= 50 ? '50 or more' : issues.length}` : title} actions={<span class="dim">{note}</span>}>
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

function Side({ base, release }: { base: Release; release: Release }) {
  const a = base.health;
  return (
    <Section title="Health">
      <div class="panel scroll-x">
        <table class="table dense">
          <thead>
            <tr>
              <th>Release</th>
              <th>First seen</th>
              <th class="num">Adoption</th>
              <th class="num">Sessions</th>
              <th class="num">Crash-free sessions</th>
              <th class="num">Users</th>
              <th class="num">Crash-free users</th>
              <th class="num">Errors</th>
            </tr>
          </thead>
          <tbody>
            {[base, release].map((r) => (
              <tr key={r.version}>
                <td>
                  <Version release={r} />
                </td>
                <td class="nowrap">
                  <Time ns={r.first_seen_ns} />
                </td>
                <td class="num">{percent(r.health.adoption)}</td>
                <td class="num">{hasSessions(r.health) ? integer(r.health.sessions) : <span class="dim">none</span>}</td>
                <td class="num">
                  <Share share={r.health.crash_free_sessions} before={r === release ? a.crash_free_sessions : null} />
                </td>
                <td class="num">{r.health.users ? usersText(r.health) : <span class="dim">–</span>}</td>
                <td class="num">
                  <Share share={r.health.crash_free_users} before={r === release ? a.crash_free_users : null} />
                </td>
                <td class="num">{count(r.events)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

/** With how many points it moved. */
function Share({ share, before }: { share: number | null; before: number | null }) {
  if (share === null) return <span class="dim">–</span>;
  const points = before === null ? 0 : (share - before) * 100;
  return (
    <>
      <span class={crashFreeTone(share)}>{sharePercent(share)}</span>
      {Math.abs(points) >= 0.01 && (
        <span class={`delta ${points > 0 ? 'good' : 'bad'}`}>
          {points > 0 ? '+' : '−'}
          {Math.abs(points).toFixed(2)} points
        </span>
      )}
    </>
  );
}

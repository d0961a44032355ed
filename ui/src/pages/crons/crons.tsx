/** Cron monitors: which jobs run when they should, and which do not. */
import { useState } from 'preact/hooks';
import { serverNow } from '../../api/client';
import { getSetup } from '../../api/endpoints';
import { listCheckIns, listMonitors, type Monitor } from '../../api/monitors';
import { refreshed } from '../../app/range';
import { href, navigate, param, setParams } from '../../app/router';
import { Page } from '../../app/shell';
import { Badge, Segmented, Time } from '../../components/bits';
import { Code } from '../../components/code';
import { Pager } from '../../components/pager';
import { Async, Empty, ErrorBox, Loading } from '../../components/states';
import { useData } from '../../lib/data';
import { integer, plural } from '../../lib/format';
import { sortMonitors, stateOf } from '../../lib/monitors';
import { useRows } from '../../lib/rows';
import { Expected, Runs, ScheduleText, Word } from './parts';
import './crons.css';

/** Each shown one asks for its check-ins: so many at a time. */
const PAGE = 25;
const RUNS = 40;

export default function Crons() {
  const data = useData(listMonitors, [refreshed.value]);
  return (
    <Page title="Crons" timed={false}>
      <Async of={data} loading={<Loading lines={8} />}>
        {(d) => (d.monitors.length ? <List monitors={d.monitors} /> : <None />)}
      </Async>
    </Page>
  );
}

function List({ monitors }: { monitors: Monitor[] }) {
  const [needle, setNeedle] = useState('');
  const failing = monitors.filter((m) => m.status === 'error').length;
  const onlyFailing = param('state') === 'failing';
  const words = needle.trim().toLowerCase();
  const found = sortMonitors(monitors).filter((m) => (!onlyFailing || m.status === 'error') && (!words || m.slug.includes(words)));
  const offset = Math.min(Math.max(0, Number(param('offset')) || 0), Math.max(0, found.length - 1));
  const shown = found.slice(offset, offset + PAGE);
  return (
    <>
      <div class="toolbar">
        <Segmented
          label="Which monitors"
          value={onlyFailing ? 'failing' : 'all'}
          options={[
            { value: 'all', label: `All ${integer(monitors.length)}` },
            { value: 'failing', label: `Failing ${integer(failing)}` },
          ]}
          onChange={(v) => setParams({ state: v === 'failing' ? v : null, offset: null }, { replace: true })}
        />
        <div class="grow" data-query>
          <input class="input cron-find" placeholder="Find a monitor" aria-label="Find a monitor" value={needle} onInput={(e) => setNeedle(e.currentTarget.value)} />
        </div>
      </div>
      {shown.length ? (
        <Table key={`${offset}${words}${onlyFailing}`} monitors={shown} />
      ) : (
        <div class="panel">
          <Empty title={words ? `No monitor has “${needle.trim()}” in its name` : 'No monitor is failing'} icon={words ? 'search' : 'check'} />
        </div>
      )}
      {found.length > PAGE && (
        <Pager offset={offset} shown={shown.length} total={found.length} size={PAGE} of={plural(found.length, 'monitor')} />
      )}
    </>
  );
}

function Table({ monitors }: { monitors: Monitor[] }) {
  const { rowProps } = useRows(monitors.length, (n) => navigate(href(`/crons/${monitors[n]!.id}`)));
  return (
    <div class="panel scroll-x">
      <table class="table crons">
        <thead>
          <tr>
            <th>Monitor</th>
            <th>State</th>
            <th>Schedule</th>
            <th>Next expected</th>
            <th>Last check-in</th>
            <th>Last {RUNS} runs</th>
          </tr>
        </thead>
        <tbody>
          {monitors.map((m, i) => (
            <Row key={m.id} of={m} props={rowProps(i)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ of, props }: { of: Monitor; props: { 'data-row-current': string | undefined } }) {
  const runs = useData((s) => listCheckIns(of.id, { start: 'now-90d', limit: RUNS }, s), [of.id, of.environments.map((e) => e.last_check_in_ns).join()]);
  const checkIns = runs.data?.check_ins ?? [];
  const now = serverNow();
  const to = href(`/crons/${of.id}`);
  return (
    <tr {...props} class="clickable" onClick={() => navigate(to)}>
      <td>
        <a class="strong cron-name" href={to} onClick={(e) => e.stopPropagation()}>
          {of.slug}
        </a>{' '}
        {of.muted && <Badge title="Its failures make no issues">muted</Badge>}
      </td>
      <td>
        {of.environments.map((e) => (
          <div key={e.environment} class="cron-state">
            {runs.loading && !runs.data ? <span class="dim">…</span> : <Word state={stateOf(e, checkIns, now)} />} <span class="dim">{e.environment}</span>
          </div>
        ))}
        {of.environments.length === 0 && <span class="dim">no check-in yet</span>}
      </td>
      <td class="cron-schedule">
        <ScheduleText of={of} />
      </td>
      <td class="nowrap">
        {of.environments.map((e) => (
          <div key={e.environment} class="cron-state">
            <Expected ns={e.expected_ns} />
          </div>
        ))}
      </td>
      <td class="nowrap">
        {of.environments.map((e) => (
          <div key={e.environment} class="cron-state">
            <Time ns={e.last_check_in_ns} />
          </div>
        ))}
      </td>
      <td>{runs.error ? <span class="bad">{runs.error.message}</span> : runs.data ? <Runs of={checkIns} /> : <span class="dim">…</span>}</td>
    </tr>
  );
}

const sdk = (dsn: string) => `import sentry_sdk
from sentry_sdk.crons import monitor

sentry_sdk.init(dsn="${dsn}")

@monitor(monitor_slug="nightly-import", monitor_config={
    "schedule": {"type": "crontab", "value": "0 3 * * *"},
    "timezone": "Europe/Berlin",
    "checkin_margin": 5,   # minutes until it counts as missed
    "max_runtime": 30,     # minutes until it counts as hung
})
def nightly_import():
    ...`;

const cli = (dsn: string) => `export SENTRY_DSN=${dsn}
sentry-cli monitors run --schedule "0 3 * * *" --timezone Europe/Berlin \\
  --check-in-margin 5 --max-runtime 30 nightly-import -- ./import.sh`;

const curl = (http: string, project: number, key: string) => `curl '${http}/api/${project}/cron/nightly-import/${key}/' -H 'Content-Type: application/json' \\
  -d '{"status": "ok", "monitor_config": {"schedule": {"type": "crontab", "value": "0 3 * * *"}}}'`;

/** What to paste, with this server's own DSN. */
export function HowToCheckIn() {
  const setup = useData(getSetup, []);
  if (setup.error) return <ErrorBox error={setup.error} retry={setup.reload} />;
  if (!setup.data) return <Loading />;
  const { dsn, http, project } = setup.data;
  const key = /^\w+:\/\/([^:@/]+)/.exec(dsn)?.[1] ?? 'KEY';
  return (
    <div class="cron-how">
      <section>
        <h3>With an SDK</h3>
        <Code text={sdk(dsn)} language="python" />
      </section>
      <section>
        <h3>Round any command, from the crontab</h3>
        <Code text={cli(dsn)} language="shell" />
        <h3>With nothing but curl</h3>
        <Code text={curl(http, project.id, key)} language="shell" />
      </section>
    </div>
  );
}

function None() {
  return (
    <div class="panel">
      <Empty title="No job has checked in yet" icon="crons">
        <p>A monitor is made by the first check-in that says its schedule. From then on a run that is missed, hangs or fails becomes an issue.</p>
      </Empty>
      <HowToCheckIn />
    </div>
  );
}

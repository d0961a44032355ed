/** Get started: four lanes, each live until its first signal is in; what was refused, and why, below. */
import { getRejected, getSetup, getStatus } from '../../api/endpoints';
import type { Rejected, Setup, SetupBlock, SignalName, Status } from '../../api/types';
import { Page } from '../../app/shell';
import { href } from '../../app/router';
import { CopyButton, Section, Time } from '../../components/bits';
import { Code } from '../../components/code';
import { Icon, type IconName } from '../../components/icon';
import { ErrorBox, Loading } from '../../components/states';
import { usePoll } from '../../lib/data';
import { count, plural } from '../../lib/format';
import './start.css';

const ORDER: SignalName[] = ['errors', 'traces', 'metrics', 'logs'];

const LANE: Record<SignalName, { noun: string; icon: IconName; to: string; see: string; how: string }> = {
  errors: { noun: 'event', icon: 'issues', to: '/issues', see: 'See issues', how: 'Put the DSN where your Sentry SDK starts.' },
  traces: { noun: 'span', icon: 'traces', to: '/traces', see: 'See traces', how: 'Set these variables for the process that OpenTelemetry instruments.' },
  metrics: { noun: 'sample', icon: 'metrics', to: '/explore', see: 'Query metrics', how: 'Add the scrape target to the configuration and reload.' },
  logs: { noun: 'line', icon: 'logs', to: '/logs', see: 'See logs', how: 'Point the shipper you have at this address.' },
};

export default function Start() {
  const setup = usePoll(getSetup, 2000);
  const rejected = usePoll(getRejected, 2000);
  const status = usePoll(getStatus, 5000);
  return (
    <Page title="Get started" timed={false}>
      <div class="start">
        <p class="lead">
          Point the SDKs and shippers you already run at these addresses. Each lane ticks when its first signal arrives.
        </p>
        {setup.error && <ErrorBox error={setup.error} retry={setup.reload} />}
        {!setup.data && !setup.error && <Loading lines={8} />}
        {setup.data && <Lanes setup={setup.data} />}
        <Refused of={rejected.data} />
        {rejected.error && <ErrorBox error={rejected.error} retry={rejected.reload} />}
        {status.data && <NotKept of={status.data} />}
      </div>
    </Page>
  );
}

function Lanes({ setup }: { setup: Setup }) {
  const done = ORDER.filter((id) => (setup.signals[id]?.count ?? 0) > 0).length;
  const blocks = ORDER.map((id) => setup.blocks.find((b) => b.id === id)).filter((b): b is SetupBlock => !!b);
  return (
    <>
      <div class="start-progress" role="status">
        {ORDER.map((id) => (
          <span key={id} class={setup.signals[id]?.count ? 'pip on' : 'pip'} />
        ))}
        <span>{done === 4 ? 'All four signals are arriving.' : `${done} of 4 signals are arriving.`}</span>
        <span class="start-dsn">
          <span class="dim">DSN</span> <code>{setup.dsn}</code> <CopyButton text={setup.dsn} small label="Copy DSN" />
        </span>
      </div>
      <div class="lanes">
        {blocks.map((b) => (
          <Lane key={b.id} block={b} signal={setup.signals[b.id]} />
        ))}
      </div>
    </>
  );
}

function Lane({ block, signal }: { block: SetupBlock; signal: { count: number; last_ns: string | null } | undefined }) {
  const lane = LANE[block.id];
  const arrived = !!signal?.count;
  return (
    <article class={arrived ? 'lane arrived' : 'lane'} data-lane={block.id}>
      <header>
        <Icon name={lane.icon} />
        <h2>{block.title}</h2>
        {arrived ? (
          <span class="tick on">
            <Icon name="check" size={14} /> {count(signal.count)} {signal.count === 1 ? lane.noun : `${lane.noun}s`}
          </span>
        ) : (
          <span class="tick">
            <i class="pulse" /> Waiting
          </span>
        )}
      </header>
      <p class="dim">{lane.how}</p>
      <Code text={block.text} language={block.language} />
      <details class="curl">
        <summary>Test it with curl</summary>
        <Code text={block.curl} language="shell" />
      </details>
      <footer>
        {arrived ? (
          <>
            <span class="dim">
              Last one <Time ns={signal.last_ns} />
            </span>
            <a href={href(lane.to)}>{lane.see}</a>
          </>
        ) : (
          <span class="dim">Nothing has arrived yet.</span>
        )}
      </footer>
    </article>
  );
}

function Refused({ of }: { of: Rejected | undefined }) {
  if (!of) return null;
  const total = of.totals.reduce((n, t) => n + t.count, 0);
  return (
    <Section
      title="Refused"
      actions={total > 0 ? <span class="dim">{plural(total, 'item')} since start</span> : undefined}
    >
      {of.items.length === 0 ? (
        <p class="quiet">
          <Icon name="check" /> Nothing has been refused. A wrong key, path, protocol or clock will show here as it happens.
        </p>
      ) : (
        <>
          <ul class="totals">
            {of.totals.map((t) => (
              <li key={`${t.protocol} ${t.reason}`}>
                <span class="dim">{t.protocol}</span> {reasonWords(t.reason)} <strong>{count(t.count)}</strong>
              </li>
            ))}
          </ul>
          <div class="panel scroll-x">
            <table class="table">
              <thead>
                <tr>
                  <th>When</th>
                  <th>Protocol</th>
                  <th>Reason</th>
                  <th>Detail</th>
                  <th class="num">Items</th>
                  <th>From</th>
                </tr>
              </thead>
              <tbody>
                {of.items.slice(0, 50).map((r, i) => (
                  <tr key={`${r.time_ns}${i}`}>
                    <td class="nowrap">
                      <Time ns={r.time_ns} />
                    </td>
                    <td>{r.protocol}</td>
                    <td class="nowrap">{reasonWords(r.reason)}</td>
                    <td class="wrap">{r.detail}</td>
                    <td class="num">{count(r.count)}</td>
                    <td class="mono">{r.peer}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </Section>
  );
}

const reasonWords = (reason: string) => reason.replace(/_/g, ' ');

function NotKept({ of }: { of: Status }) {
  const rows = of.received.filter((r) => !r.kept && r.count > 0);
  if (!rows.length) return null;
  return (
    <Section title="Received, not yet kept">
      <p class="dim">These kinds of items were taken in and counted; this version does not store them.</p>
      <ul class="totals">
        {rows.map((r) => (
          <li key={`${r.protocol} ${r.item}`}>
            <span class="dim">{r.protocol}</span> {r.item} <strong>{count(r.count)}</strong>
          </li>
        ))}
      </ul>
    </Section>
  );
}

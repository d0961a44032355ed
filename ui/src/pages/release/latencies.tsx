/** How long a release's requests take, and which got slower since the one before it. */
import { compareReleases, latenciesOf, type Release, type SlowerRoute } from '../../api/releases';
import { refreshed } from '../../app/range';
import { href } from '../../app/router';
import { Section } from '../../components/bits';
import { Icon } from '../../components/icon';
import { Async, Warnings } from '../../components/states';
import { useData } from '../../lib/data';
import { duration, integer, plural } from '../../lib/format';
import { changeText } from '../../lib/releases';
import { compareHref } from '../releases/parts';

export function Latencies({ version, previous, environment, start }: { version: string; previous: Release | null; environment: string; start: string }) {
  const found = useData((s) => latenciesOf(version, environment, start, s), [version, environment, start, refreshed.value]);
  const before = previous?.version ?? '';
  const slower = useData((s) => (before ? compareReleases(before, version, environment, start, s) : null), [before, version, environment, start, refreshed.value]);
  return (
    <Section title="Requests" actions={<span class="dim">of its traces, the commonest first</span>}>
      <Async of={found}>
        {(d) => (
          <>
            <Warnings items={d.warnings} />
            {d.routes.length === 0 ? (
              <p class="quiet">
                <Icon name="info" /> No requests were traced with this release.
              </p>
            ) : (
              <div class="panel scroll-x">
                <table class="table dense">
                  <thead>
                    <tr>
                      <th>Request</th>
                      <th>Service</th>
                      <th class="num">Requests</th>
                      <th class="num">p50</th>
                      <th class="num">p95</th>
                    </tr>
                  </thead>
                  <tbody>
                    {d.routes.map((r) => (
                      <tr key={`${r.service} ${r.name}`}>
                        <td class="mono wrap">
                          <a href={href('/traces', { service: r.service, q: `service.version:${JSON.stringify(version)} name:${JSON.stringify(r.name)}`, start, end: 'now' })}>{r.name}</a>
                        </td>
                        <td>{r.service}</td>
                        <td class="num">{integer(r.count)}</td>
                        <td class="num">{duration(r.p50_ms)}</td>
                        <td class="num">{duration(r.p95_ms)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )}
          </>
        )}
      </Async>
      {slower.data && (
        <p class="list-note">
          {slower.data.slower.length ? (
            <>
              <a href={compareHref(before, version)}>{plural(slower.data.slower.length, 'request')} got slower</a> <span class="dim">than in {before}.</span>
            </>
          ) : (
            <span class="dim">{slower.data.compared_routes ? `None of ${plural(slower.data.compared_routes, 'request')} got slower than in ${before}.` : `Nothing to compare with ${before}: it takes 20 requests of a route in both.`}</span>
          )}
        </p>
      )}
    </Section>
  );
}

export function SlowerTable({ routes }: { routes: SlowerRoute[] }) {
  return (
    <div class="panel scroll-x">
      <table class="table dense">
        <thead>
          <tr>
            <th>Request</th>
            <th>Service</th>
            <th class="num">Requests</th>
            <th class="num">p50</th>
            <th class="num">p95</th>
          </tr>
        </thead>
        <tbody>
          {routes.map((r) => (
            <tr key={`${r.service} ${r.method} ${r.route}`}>
              <td class="mono wrap">
                {r.method} {r.route}
              </td>
              <td>{r.service}</td>
              <td class="num">
                <span class="was">{integer(r.base.count)} →</span> {integer(r.release.count)}
              </td>
              <Grown before={r.base.p50_ms} after={r.release.p50_ms} change={r.p50_change} />
              <Grown before={r.base.p95_ms} after={r.release.p95_ms} change={r.p95_change} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Grown({ before, after, change }: { before: number; after: number; change: number }) {
  return (
    <td class="num">
      <span class="was">{duration(before)} →</span> {duration(after)} <span class={change >= 0.2 ? 'bad' : 'dim'}>{changeText(change)}</span>
    </td>
  );
}

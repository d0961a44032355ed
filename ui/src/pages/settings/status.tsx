/** What the server holds, how full it is, what it takes in and what it scrapes. */
import { serverNow } from '../../api/client';
import { getStatus } from '../../api/endpoints';
import type { Status } from '../../api/types';
import { Badge, Section, Time } from '../../components/bits';
import { Empty, ErrorBox, Loading } from '../../components/states';
import { usePoll } from '../../lib/data';
import { bytes, count, duration, integer, percent } from '../../lib/format';
import { nsToMs } from '../../lib/time';
import { Targets } from './targets';

export function StatusView() {
  const status = usePoll(getStatus, 5000);
  return (
    <>
      {status.error && <ErrorBox error={status.error} retry={status.reload} />}
      {!status.data && !status.error && <Loading lines={8} />}
      {status.data && <Body status={status.data} />}
    </>
  );
}

function Body({ status: s }: { status: Status }) {
  const up = serverNow() - nsToMs(s.started_ns);
  const disk = s.datasets.reduce((n, d) => n + d.bytes, 0) + s.metrics.bytes;
  return (
    <>
      <dl class="tiles">
        <Tile label="Version" value={s.version} mono />
        <Tile label="Up for" value={duration(up)} note={<Time ns={s.started_ns} mode="full" />} />
        <Tile label="On disk" value={bytes(disk)} />
        <div class="tile">
          <dt>Memory</dt>
          <dd>
            {bytes(s.memory.used)} <span class="dim">of {bytes(s.memory.budget)}</span>
            <Meter used={s.memory.used} budget={s.memory.budget} />
          </dd>
        </div>
      </dl>
      <Section title="Stored">
        <div class="panel scroll-x">
          <table class="table">
            <thead>
              <tr>
                <th>Data set</th>
                <th class="num">Rows</th>
                <th class="num">On disk</th>
                <th class="num">Per row</th>
                <th class="num">Parts</th>
                <th>Oldest</th>
                <th>Newest</th>
              </tr>
            </thead>
            <tbody>
              {s.datasets.map((d) => (
                <tr key={d.name}>
                  <td class="strong">{d.name}</td>
                  <td class="num">{integer(d.rows)}</td>
                  <td class="num">{bytes(d.bytes)}</td>
                  <td class="num">{d.rows ? bytes(d.bytes / d.rows) : '–'}</td>
                  <td class="num">{integer(d.parts)}</td>
                  <td>{d.oldest_ns ? <Time ns={d.oldest_ns} /> : <span class="dim">–</span>}</td>
                  <td>{d.newest_ns ? <Time ns={d.newest_ns} /> : <span class="dim">–</span>}</td>
                </tr>
              ))}
              <tr>
                <td class="strong">metrics</td>
                <td class="num">{count(s.metrics.samples)} samples</td>
                <td class="num">{bytes(s.metrics.bytes)}</td>
                <td class="num">{s.metrics.samples ? bytes(s.metrics.bytes / s.metrics.samples) : '–'}</td>
                <td class="num dim">–</td>
                <td colSpan={2}>{integer(s.metrics.series)} series</td>
              </tr>
            </tbody>
          </table>
        </div>
      </Section>
      <Targets of={s.scrape_targets} sources={s.scrape_sources} unusable={s.scrape_unusable} notes={s.scrape_notes} />
      <Received of={s.received} />
      <p class="foot">
        <a href="/licenses.txt" target="_blank" rel="noreferrer">
          Licences of the libraries in this interface
        </a>
      </p>
    </>
  );
}

function Tile({ label, value, note, mono = false }: { label: string; value: string; note?: preact.ComponentChildren; mono?: boolean }) {
  return (
    <div class="tile">
      <dt>{label}</dt>
      <dd class={mono ? 'mono' : undefined}>{value}</dd>
      {note && <dd class="tile-note dim">{note}</dd>}
    </div>
  );
}

function Meter({ used, budget }: { used: number; budget: number }) {
  const share = budget ? Math.min(1, used / budget) : 0;
  const tone = share > 0.9 ? 'bad' : share > 0.75 ? 'warn' : '';
  return (
    <div class={`meter ${tone}`} role="meter" aria-valuenow={Math.round(share * 100)} aria-valuemin={0} aria-valuemax={100} aria-label={`Memory used: ${percent(share)}`}>
      <i style={{ width: `${share * 100}%` }} />
    </div>
  );
}

function Received({ of }: { of: Status['received'] }) {
  const rows = [...of].sort((a, b) => (a.protocol < b.protocol ? -1 : a.protocol > b.protocol ? 1 : b.count - a.count));
  return (
    <Section title="Received since start">
      <div class="panel scroll-x">
        {rows.length === 0 ? (
          <Empty title="Nothing has been received since the server started" icon="start" />
        ) : (
          <table class="table">
            <thead>
              <tr>
                <th>Protocol</th>
                <th>Item</th>
                <th class="num">Count</th>
                <th>Kept</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((r) => (
                <tr key={`${r.protocol}${r.item}`}>
                  <td>{r.protocol}</td>
                  <td class="mono">{r.item}</td>
                  <td class="num">{integer(r.count)}</td>
                  <td>{r.kept ? <Badge tone="ok">kept</Badge> : <Badge tone="warn">received, not yet kept</Badge>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </Section>
  );
}

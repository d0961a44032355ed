/** What is scraped, job by job: what is down comes with its reason, what could not be found or read at all stands above. */
import { useState } from 'preact/hooks';
import type { Status } from '../../api/types';
import { href, param, setParams } from '../../app/router';
import { Badge, Section, Segmented, Time } from '../../components/bits';
import { Icon } from '../../components/icon';
import { Empty } from '../../components/states';
import { duration, integer, plural } from '../../lib/format';

type Target = Status['scrape_targets'][number];

/** More rows than these are found by their words. */
const MOST = 200;

interface Props {
  of: Status['scrape_targets'];
  sources: Status['scrape_sources'];
  unusable: string[];
  notes: string[];
}

export const isBad = (t: Target) => (!t.up && !!t.last_scrape_ns) || !!t.error || !!t.warning;

export function Targets({ of, sources, unusable, notes }: Props) {
  const [needle, setNeedle] = useState('');
  const onlyBad = param('targets') === 'down';
  const bad = of.filter(isBad).length;
  const words = needle.trim().toLowerCase();
  const found = of.filter((t) => (!onlyBad || isBad(t)) && (!words || `${t.job} ${t.url} ${t.error} ${t.warning}`.toLowerCase().includes(words)));
  return (
    <Section
      title="Scrape targets"
      id="targets"
      actions={
        of.length > 0 && (
          <>
            <span class={bad ? 'bad' : 'dim'}>{bad ? `${integer(bad)} of ${plural(of.length, 'target')} need a look` : `${plural(of.length, 'target')}, all well`}</span>
            {of.length > 10 && <input class="input target-find" placeholder="Find a target" aria-label="Find a target" value={needle} onInput={(e) => setNeedle(e.currentTarget.value)} />}
            {bad > 0 && (
              <Segmented
                label="Which targets"
                value={onlyBad ? 'down' : 'all'}
                options={[
                  { value: 'all', label: 'All' },
                  { value: 'down', label: 'Need a look' },
                ]}
                onChange={(v) => setParams({ targets: v === 'down' ? v : null }, { replace: true })}
              />
            )}
          </>
        )
      }
    >
      <Troubles sources={sources} unusable={unusable} />
      {of.length === 0 ? (
        <div class="panel">
          <Empty title="Nothing is scraped" icon="metrics">
            <a class="button" href={href('/start')}>
              Add a scrape target
            </a>
          </Empty>
        </div>
      ) : (
        <Table of={found.slice(0, MOST)} all={of} />
      )}
      {of.length > 0 && found.length === 0 && <p class="list-note dim">No target has that in its job, address or reason.</p>}
      {found.length > MOST && <p class="list-note dim">The first {MOST} of {integer(found.length)} are shown.</p>}
      {notes.length > 0 && (
        <details class="target-notes">
          <summary>{plural(notes.length, 'key')} of the configuration without effect here</summary>
          <ul>
            {notes.map((n) => (
              <li key={n}>{n}</li>
            ))}
          </ul>
        </details>
      )}
    </Section>
  );
}

/** What keeps targets from being known at all. */
function Troubles({ sources, unusable }: { sources: Status['scrape_sources']; unusable: string[] }) {
  const lost = sources.filter((s) => s.error);
  if (!lost.length && !unusable.length) return null;
  return (
    <ul class="target-troubles" role="status">
      {lost.map((s) => (
        <li key={`${s.job}${s.source}`}>
          <Icon name="warn" size={14} />
          <span>
            <strong>{s.job}</strong>: {s.error}
            <span class="dim"> {s.targets ? `${s.targets === 1 ? 'Its target is the last one' : `Its ${integer(s.targets)} targets are the last ones`} known.` : 'It has no targets yet.'}</span>
            {!s.error.includes(s.source) && <code class="dim"> {s.source}</code>}
          </span>
        </li>
      ))}
      {unusable.map((text) => (
        <li key={text}>
          <Icon name="warn" size={14} />
          <span>{text}</span>
        </li>
      ))}
    </ul>
  );
}

function Table({ of, all }: { of: Target[]; all: Target[] }) {
  const ups = new Map<string, [number, number]>();
  for (const t of all) {
    const [up, n] = ups.get(t.job) ?? [0, 0];
    ups.set(t.job, [up + (t.up ? 1 : 0), n + 1]);
  }
  return (
    <div class="panel scroll-x">
      <table class="table targets">
        <thead>
          <tr>
            <th>Job</th>
            <th>Address</th>
            <th>State</th>
            <th>Last scrape</th>
            <th class="num">Took</th>
            <th class="num">Samples</th>
            <th>Why</th>
          </tr>
        </thead>
        <tbody>
          {of.map((t, i) => (
            <tr key={`${t.job} ${t.url} ${i}`} class={i > 0 && of[i - 1]!.job === t.job ? 'same-job' : undefined}>
              <td class="nowrap">{(i === 0 || of[i - 1]!.job !== t.job) && <Job name={t.job} ups={ups.get(t.job)!} />}</td>
              <td class="mono wrap target-url">{t.url}</td>
              <td>{t.up ? <Badge tone={t.warning ? 'warn' : 'ok'}>up</Badge> : <Badge tone={t.last_scrape_ns ? 'error' : 'plain'}>{t.last_scrape_ns ? 'down' : 'not yet'}</Badge>}</td>
              <td class="nowrap">
                <Time ns={t.last_scrape_ns} />
              </td>
              <td class="num">{t.up && t.duration_ms !== undefined ? duration(t.duration_ms) : <span class="dim">–</span>}</td>
              <td class="num">{t.up ? integer(t.samples) : <span class="dim">–</span>}</td>
              <td class={`wrap ${t.error ? 'bad' : 'warned'}`}>{t.error || t.warning}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Job({ name, ups: [up, all] }: { name: string; ups: [number, number] }) {
  return (
    <>
      <a class="strong" href={href('/explore', { a: `up{job=${JSON.stringify(name)}}` })} title="When its targets were up">
        {name}
      </a>
      {all > 1 && (
        <span class={up < all ? 'bad target-ups' : 'dim target-ups'}>
          {up} of {all} up
        </span>
      )}
    </>
  );
}

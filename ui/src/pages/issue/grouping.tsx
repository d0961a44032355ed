/** Why this is one issue: what an event's hash is made of and what not, the issue's hashes, and what people merged into it. */
import { useState } from 'preact/hooks';
import { getGrouping, getOldestEvent, listHashes, listIssueEvents, unmergeIssue } from '../../api/endpoints';
import type { EventGrouping, GroupingComponent, GroupingVariant, MergedIssue } from '../../api/types';
import { refreshed } from '../../app/range';
import { href } from '../../app/router';
import { Badge, CopyButton, Section, Time } from '../../components/bits';
import { Icon } from '../../components/icon';
import { Async, ErrorBox, Loading } from '../../components/states';
import { useData, type Data } from '../../lib/data';
import { count, plural } from '../../lib/format';
import { isLeaf, MEANS, strategyWords } from '../../lib/groupingwords';
import { useWork } from './work';
import './grouping.css';

interface Props {
  id: number;
  /** null: the newest one's. */
  eventId: string | null;
  merged: Data<{ merged: MergedIssue[] }>;
  changed: () => void;
}

export function GroupingView({ id, eventId, merged, changed }: Props) {
  const again = refreshed.value;
  const why = useData(async (s) => getGrouping(eventId ?? (await wholeEvent(id, s)), s), [id, eventId, again]);
  const hashes = useData((s) => listHashes(id, s), [id, again, merged.data]);
  return (
    <>
      <Section title="Merged into it">
        <Async of={merged} loading={<Loading lines={2} />}>
          {(d) => <Merged id={id} list={d.merged} changed={changed} />}
        </Async>
      </Section>
      <Section title="Why this is one issue">
        <Async of={why} loading={<Loading lines={8} />}>
          {(g) => <Why key={g.event_id} of={g} id={id} latest={!eventId} />}
        </Async>
      </Section>
      <Section title="Hashes" actions={<span class="dim">{hashes.data?.hashes.length}</span>}>
        <Async of={hashes} loading={<Loading lines={2} />}>
          {(d) => (
            <ul class="hashes panel pad">
              {d.hashes.map((h) => (
                <li key={h} class="mono">
                  {h} {why.data?.hashes.includes(h) && <Badge title="One of this event's">this event</Badge>}
                </li>
              ))}
              {d.hashes.length === 0 && <li class="dim">No hash is known of it.</li>}
            </ul>
          )}
        </Async>
      </Section>
    </>
  );
}

/** The newest that has its payload; of a flood the first ones have. */
async function wholeEvent(id: number, signal: AbortSignal): Promise<string> {
  const { events } = await listIssueEvents(id, null, signal);
  return (events.find((e) => !e.thinned) ?? (await getOldestEvent(id, signal))).event_id;
}

function Merged({ id, list, changed }: { id: number; list: MergedIssue[]; changed: () => void }) {
  const work = useWork(changed);
  if (!list.length) return <p class="dim">Nothing: all its events were grouped by themselves. Choose several issues in the list to merge them.</p>;
  return (
    <>
      {work.error && <ErrorBox error={work.error} />}
      <div class="panel scroll-x">
        <table class="table">
          <thead>
            <tr>
              <th>Issue</th>
              <th class="num">Events</th>
              <th class="num">Users</th>
              <th>First seen</th>
              <th>Last seen</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {list.map((m) => (
              <tr key={m.id}>
                <td>
                  <a href={href(`/issues/${m.id}`)}>{m.short_id}</a> {m.title}
                  {m.culprit && <div class="dim mono">{m.culprit}</div>}
                  {m.merged_into !== id && <div class="dim">by way of issue {m.merged_into}</div>}
                </td>
                <td class="num">{count(m.count)}</td>
                <td class="num">{m.users ? count(m.users) : '–'}</td>
                <td class="nowrap">
                  <Time ns={m.first_seen_ns} />
                </td>
                <td class="nowrap">
                  <Time ns={m.last_seen_ns} />
                </td>
                <td class="row-links">
                  <button class="button small" disabled={work.busy} onClick={() => void work.run(() => unmergeIssue(m.id))} title="It stands for itself again, with all that came meanwhile">
                    Take it out
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Why({ of: g, id, latest }: { of: EventGrouping; id: number; latest: boolean }) {
  const [whole, setWhole] = useState(false);
  const counting = g.variants.filter((v) => v.contributes);
  const rest = g.variants.filter((v) => !v.contributes);
  return (
    <>
      <p class="why-lead">
        {strategyWords(g.strategy)}{' '}
        <span class="dim">
          Worked out anew from {latest ? 'the newest whole event' : 'the event'}{' '}
          <a class="mono" href={href(`/issues/${id}/events/${g.event_id}`)}>
            {g.event_id.slice(0, 8)}
          </a>
          , by grouping {g.version}
          {g.stored.version && g.stored.version !== g.version && `; when it came, ${g.stored.version} was in force`}.
        </span>
      </p>
      {!g.in_force && (
        <p class="newer" role="status">
          The rules have changed since: an event like this would now go to another issue.
        </p>
      )}
      {g.fingerprint && (
        <p class="why-print">
          {g.fingerprint.source === 'rule' ? 'By the rule ' : 'The client says so: '}
          {g.fingerprint.rule && <code>{g.fingerprint.rule}</code>}
          {g.fingerprint.rule && ', '}
          fingerprint{' '}
          {g.fingerprint.values.map((v) => (
            <code key={v}>{v}</code>
          ))}
        </p>
      )}
      <label class="inline-field why-switch">
        <input type="checkbox" checked={whole} onChange={(e) => setWhole(e.currentTarget.checked)} /> with what did not count
      </label>
      {counting.map((v) => (
        <VariantView key={v.name} of={v} whole={whole} open />
      ))}
      {rest.map((v) => (
        <VariantView key={v.name} of={v} whole open={false} />
      ))}
    </>
  );
}

function VariantView({ of: v, whole, open }: { of: GroupingVariant; whole: boolean; open: boolean }) {
  return (
    <details class="panel variant" open={open}>
      <summary>
        <strong>{v.name}</strong> {v.contributes ? <Badge tone="ok">counts</Badge> : <Badge>does not count</Badge>}
        {v.hint && <span class="dim">{v.hint}</span>}
        {v.hash && (
          <span class="variant-hash mono dim">
            {v.hash} <CopyButton text={v.hash} small label="Copy the hash" />
          </span>
        )}
      </summary>
      <ul class="parts">
        <Part of={v.component} whole={whole} counts={v.contributes} />
      </ul>
    </details>
  );
}

/** One part with its own; what does not contribute is shown only of the whole. */
function Part({ of: c, whole, counts }: { of: GroupingComponent; whole: boolean; counts: boolean }) {
  const does = counts && c.contributes;
  const children = c.children.filter((x) => whole || x.contributes);
  const hidden = c.children.length - children.length;
  return (
    <li class={does ? 'part' : 'part part-out'}>
      <span class="part-head">
        <Icon name={does ? 'check' : 'minus'} size={12} />
        <span class="part-id">{MEANS[c.id] ?? c.id}</span>
        {c.name && <span class="mono">{c.name}</span>}
        {isLeaf(c) && c.value !== null && <code class="part-value">{c.value}</code>}
        {c.hint && <span class="dim">{c.hint}</span>}
        {hidden > 0 && <span class="dim">{plural(hidden, 'part')} did not count</span>}
      </span>
      {children.length > 0 && (
        <ul class="parts">
          {children.map((x, n) => (
            <Part key={n} of={x} whole={whole} counts={does} />
          ))}
        </ul>
      )}
    </li>
  );
}

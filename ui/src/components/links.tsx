/** What is linked to an id, each link with how sure it is and why. */
import type { Links } from '../api/types';
import { href } from '../app/router';
import { integer, plural } from '../lib/format';
import { absoluteRange } from '../lib/range';
import { nsToMs } from '../lib/time';
import { Badge, CopyButton, IdLink, Section, Time } from './bits';
import { Icon } from './icon';
import { Empty } from './states';
import { TraceTable } from './tracetable';
import './links.css';

const KIND: Record<string, string> = {
  trace_id: 'Trace (OpenTelemetry)',
  sentry_trace_id: 'Trace (Sentry)',
  request_id: 'Request',
  event_id: 'Error event',
  task_id: 'Celery task',
  session: 'Session',
};

/** The logs page for these links: their query, over the time they cover and a minute round it. */
export function logsHref(links: Links): string {
  const { query, start_ns, end_ns } = links.logs;
  const window = start_ns && end_ns ? absoluteRange(nsToMs(start_ns) - 60_000, nsToMs(end_ns) + 60_000) : {};
  return href('/logs', { q: query, ...window });
}

export function LinksView({ links }: { links: Links }) {
  const nothing = !links.traces.length && !links.errors.length && !links.logs.count;
  return (
    <>
      {links.hint && (
        <div class="hint">
          <Icon name="info" />
          <p>{links.hint}</p>
        </div>
      )}
      <Section title="Identities">
        <div class="panel scroll-x">
          <table class="table">
            <thead>
              <tr>
                <th>Kind</th>
                <th>Id</th>
                <th>Confidence</th>
                <th>Evidence</th>
              </tr>
            </thead>
            <tbody>
              {links.identities.map((i) => (
                <tr key={`${i.kind}${i.value}`}>
                  <td class="nowrap">{KIND[i.kind] ?? i.kind}</td>
                  <td class="nowrap">
                    <IdLink id={i.value} kind={i.kind === 'sentry_trace_id' ? 'trace_id' : i.kind} max={44} /> <CopyButton text={i.value} small label="Copy id" />
                  </td>
                  <td>
                    {i.confidence === 'exact' ? (
                      <Badge tone="ok">exact</Badge>
                    ) : (
                      <Badge tone="warn" title="Offered, not merged: the evidence fits, and no other candidate does">
                        probable
                      </Badge>
                    )}
                  </td>
                  <td class="wrap dim">{i.evidence}</td>
                </tr>
              ))}
              {links.identities.length === 0 && (
                <tr>
                  <td colSpan={4} class="dim">
                    No other identity is known.
                  </td>
                </tr>
              )}
            </tbody>
          </table>
        </div>
      </Section>
      {nothing && <Empty title="No trace, error or line carries this id" icon="link" />}
      {links.errors.length > 0 && <Errors links={links} />}
      {links.traces.length > 0 && (
        <Section title={plural(links.traces.length, 'trace')}>
          <TraceTable traces={links.traces} />
        </Section>
      )}
      {links.logs.count > 0 && (
        <Section title={plural(links.logs.count, 'log line')}>
          <p class="logs-query">
            <code>{links.logs.query}</code>
            <a class="button" href={logsHref(links)}>
              <Icon name="logs" /> Open {integer(links.logs.count)} in Logs
            </a>
          </p>
        </Section>
      )}
    </>
  );
}

function Errors({ links }: { links: Links }) {
  return (
    <Section title={plural(links.errors.length, 'error')}>
      <div class="panel">
        <table class="table">
          <tbody>
            {links.errors.map((e) => (
              <tr key={e.event_id}>
                <td>
                  <Icon name="issues" />{' '}
                  <a class="strong" href={href(`/issues/${e.issue_id}/events/${e.event_id}`)}>
                    {e.title}
                  </a>
                </td>
                <td class="mono dim">{e.event_id.slice(0, 8)}</td>
                <td class="nowrap">
                  <Time ns={e.time_ns} mode="full" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

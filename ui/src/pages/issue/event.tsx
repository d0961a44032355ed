/** One event of an issue, top to bottom in the order in which it is read at three in the morning. */
import type { ErrorEvent } from '../../api/types';
import { eventHref } from '../../api/endpoints';
import { href } from '../../app/router';
import { CopyButton, IdLink, Section, Time } from '../../components/bits';
import { Json } from '../../components/json';
import { Icon } from '../../components/icon';
import { filterText } from '../../lib/query';
import { absoluteRange } from '../../lib/range';
import { nsToMs } from '../../lib/time';
import { Breadcrumbs } from './breadcrumbs';
import { Attachments, Removed } from './files';
import { KeyValues } from '../../components/keyvalues';
import { ProblemView, problemOf } from './problem';
import { StackTrace } from './stack';

interface Props {
  event: ErrorEvent;
  issueId: number;
  latest: boolean;
}

export function EventView({ event, issueId, latest }: Props) {
  const problem = problemOf(event);
  const contexts = Object.entries(event.contexts ?? {}).filter(([name]) => !problem || name !== 'problem');
  return (
    <>
      <EventBar event={event} issueId={issueId} latest={latest} />
      <LinkBar event={event} issueId={issueId} />
      {event.thinned && <p class="dim">One of a flood: it is counted, and stored without its stack trace. Older and newer lead to events that are whole.</p>}
      {problem ? (
        <ProblemView problem={problem} event={event} />
      ) : event.exceptions.length > 0 ? (
        <StackTrace exceptions={event.exceptions} />
      ) : (
        event.message && (
          <Section title="Message">
            <pre class="panel message">{event.message}</pre>
          </Section>
        )
      )}
      {event.breadcrumbs.length > 0 && <Breadcrumbs event={event} />}
      {event.request && <Request event={event} />}
      <TagList event={event} />
      {event.user && Object.keys(event.user).length > 0 && (
        <Section title="User">
          <KeyValues of={event.user} />
        </Section>
      )}
      {contexts.map(([name, value]) => (
        <Section key={name} title={contextTitle(name)}>
          <KeyValues of={value} />
        </Section>
      ))}
      {Object.keys(event.extra ?? {}).length > 0 && (
        <Section title="Extra">
          <KeyValues of={event.extra} />
        </Section>
      )}
      <Attachments eventId={event.event_id} />
      <Removed event={event} />
      <Rest event={event} />
    </>
  );
}

function EventBar({ event, issueId, latest }: Props) {
  const to = (id: string | null) => (id ? href(`/issues/${issueId}/events/${id}`) : undefined);
  return (
    <div class="event-bar">
      <div>
        <Time ns={event.time_ns} mode="full" />{' '}
        <span class="dim">
          (<Time ns={event.time_ns} />){latest && ' · newest event'}
        </span>
      </div>
      <div class="event-id">
        <span class="dim">Event</span> <IdLink id={event.event_id} kind="event_id" max={20} /> <CopyButton text={event.event_id} small label="Copy event id" />
      </div>
      <nav class="button-group" aria-label="Events">
        <HopButton to={to(event.previous_event_id)} label="Older" icon="left" hint="Older event (j)" />
        <HopButton to={to(event.next_event_id)} label="Newer" icon="right" hint="Newer event (k)" after />
      </nav>
    </div>
  );
}

interface HopProps {
  to?: string;
  label: string;
  icon: 'left' | 'right';
  hint: string;
  after?: boolean;
}

function HopButton({ to, label, icon, hint, after = false }: HopProps) {
  const body = (
    <>
      {!after && <Icon name={icon} size={14} />}
      {label}
      {after && <Icon name={icon} size={14} />}
    </>
  );
  return to ? (
    <a class="button" href={to} title={hint}>
      {body}
    </a>
  ) : (
    <button class="button" disabled>
      {body}
    </button>
  );
}

/** Where to go from here: the trace, the lines of this request, everything linked. */
function LinkBar({ event, issueId }: { event: ErrorEvent; issueId: number }) {
  // Log lines bear the request's id and OpenTelemetry's trace id, not Sentry's: without the first, the trace's page knows the lines.
  const at = nsToMs(event.time_ns);
  const near = absoluteRange(at - 300_000, at + 300_000);
  const linked = event.request_id ?? event.trace_id ?? event.event_id;
  return (
    <div class="link-bar">
      {event.trace_id && (
        <a class="button" href={href(`/traces/${event.trace_id}`)}>
          <Icon name="traces" /> Trace
        </a>
      )}
      {event.request_id || event.trace_id ? (
        <a
          class="button"
          href={event.request_id ? href('/logs', { q: filterText('request_id', event.request_id), ...near }) : href(`/traces/${event.trace_id}`, { view: 'logs' })}
        >
          <Icon name="logs" /> Logs of this request
        </a>
      ) : (
        <a class="button" href={href('/logs', { ...absoluteRange(at - 30_000, at + 30_000) })}>
          <Icon name="logs" /> Logs at that time
        </a>
      )}
      <a class="button" href={href(`/id/${encodeURIComponent(linked)}`)}>
        <Icon name="link" /> Everything linked
      </a>
      {!event.thinned && !problemOf(event) && (
        <a class="button" href={href(`/issues/${issueId}/grouping`, { event: event.event_id })} title="Why the event is in this issue">
          <Icon name="info" /> Why this issue
        </a>
      )}
      <a class="button" href={eventHref(event.event_id)} target="_blank" rel="noreferrer" title="The event as the API gives it">
        <Icon name="external" /> JSON
      </a>
      <span class="link-facts">
        {event.transaction && <span class="mono">{event.transaction}</span>}
        {event.environment && <span>{event.environment}</span>}
        {event.server_name && <span class="mono">{event.server_name}</span>}
      </span>
    </div>
  );
}

function Request({ event }: { event: ErrorEvent }) {
  const r = event.request!;
  const query = r.query_string;
  const hasData = r.data !== undefined && r.data !== null && r.data !== '';
  return (
    <Section title="Request">
      <div class="panel pad">
        <p class="request-line mono">
          <strong>{r.method ?? 'GET'}</strong> <span>{r.url}</span>
        </p>
        {query !== undefined && query !== null && query !== '' && (
          <>
            <h3>Query</h3>
            {typeof query === 'string' ? <pre class="flat">{query}</pre> : <Json value={query} />}
          </>
        )}
        {hasData && (
          <>
            <h3>Body</h3>
            {typeof r.data === 'object' ? <KeyValues of={r.data} bare /> : <pre class="flat">{String(r.data)}</pre>}
          </>
        )}
        {r.headers && Object.keys(r.headers).length > 0 && (
          <>
            <h3>Headers</h3>
            <KeyValues of={r.headers} bare />
          </>
        )}
      </div>
    </Section>
  );
}

function TagList({ event }: { event: ErrorEvent }) {
  if (!event.tags.length) return null;
  return (
    <Section title="Tags">
      <ul class="tags">
        {event.tags.map(([k, v]) => (
          <li key={k}>
            <span>{k}</span>
            <strong>{v}</strong>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Rest({ event }: { event: ErrorEvent }) {
  const modules = Object.entries(event.modules ?? {});
  return (
    <>
      {modules.length > 0 && (
        <details class="fold">
          <summary>Packages ({modules.length})</summary>
          <ul class="modules">
            {modules.sort().map(([name, version]) => (
              <li key={name}>
                <span>{name}</span> <span class="dim">{version}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
      <details class="fold">
        <summary>Raw event</summary>
        <div class="panel pad raw">
          <CopyButton text={() => JSON.stringify(event.payload, null, 2)} label="Copy JSON" />
          <Json value={event.payload} />
        </div>
      </details>
      <p class="dim">
        {event.sdk?.name && `Sent by ${event.sdk.name} ${event.sdk.version ?? ''}. `}
        Received <Time ns={event.received_ns} mode="full" />.
      </p>
    </>
  );
}

const contextTitle = (name: string) => name.charAt(0).toUpperCase() + name.slice(1).replace(/_/g, ' ');

/** One span in full: times, statement, attributes, events, and its own lines and errors. */
import { useState } from 'preact/hooks';
import type { Dict, Row, Span, Trace, Twin } from '../../api/types';
import { href } from '../../app/router';
import { Badge, CopyButton, Dot, Source, sourceName } from '../../components/bits';
import { Icon } from '../../components/icon';
import { Value } from '../../components/keyvalues';
import { Sql } from '../../components/sql';
import { duration, plural, valueText } from '../../lib/format';
import { filterText } from '../../lib/query';
import { spanStatement, type Node, type Run } from '../../lib/trace';
import { clockTime, diffMs, durationMs, nsToMs } from '../../lib/time';
import { LogRows, logsWindow } from './logs';
import '../../components/record.css';
import './span.css';

interface Props {
  node: Node;
  trace: Trace;
  run: Run | undefined;
  onClose: () => void;
}

export function SpanPanel({ node, trace, run, onClose }: Props) {
  const { span } = node;
  const sql = spanStatement(span);
  const ids = [span.span_id, span.twin?.span_id];
  const logs = trace.logs.filter((r) => ids.includes(r.fields.span_id as string));
  const errors = trace.errors.filter((e) => e.span_id === span.span_id);
  return (
    <aside class="span-panel" aria-label="Span">
      <button class="icon-button record-close" aria-label="Close" title="Close (Esc)" onClick={onClose}>
        <Icon name="close" />
      </button>
      <h2 class="span-panel-title">{span.name}</h2>
      <p class="span-panel-sub">
        <Dot name={span.service} /> {span.service} <span class="dim">{span.kind}</span> <Source source={span.source} also={span.also_seen_by} />
        {span.status === 'error' && <Badge tone="error">error</Badge>}
      </p>
      {span.status_message && <p class="form-error">{span.status_message}</p>}
      <Facts node={node} trace={trace} />
      {run && (
        <p class="run-note">
          One of {run.size} like spans in a row under the same parent, {duration(run.totalMs)} in all. {sql ? 'This is how an N+1 looks: fetch them with one query.' : ''}
        </p>
      )}
      {sql && <Sql text={sql} />}
      {errors.length > 0 && (
        <ul class="span-errors">
          {errors.map((e) => (
            <li key={e.event_id}>
              <Icon name="issues" size={14} /> <a href={href(`/issues/${e.issue_id}/events/${e.event_id}`)}>{e.title}</a>
            </li>
          ))}
        </ul>
      )}
      {span.events.length > 0 && <Events span={span} />}
      {logs.length > 0 && <SpanLogs logs={logs} trace={trace} span={span} />}
      <Attributes title="Attributes" of={span.attributes} skip={sql ? ['db.statement', 'db.query.text'] : []} searchable />
      {span.twin && <TwinSection twin={span.twin} span={span} />}
      <Attributes title="Resource" of={span.resource} closed />
      <p class="dim span-foot">
        {span.scope && <span>{span.scope}</span>}
        <span class="mono">
          span {span.span_id} <CopyButton text={span.span_id} small label="Copy span id" />
        </span>
      </p>
    </aside>
  );
}

function Facts({ node, trace }: { node: Node; trace: Trace }) {
  const share = node.durationMs / Math.max(1e-6, nsToMs(trace.duration_ns));
  return (
    <dl class="facts span-facts">
      <div>
        <dt>Duration</dt>
        <dd>
          {duration(node.durationMs)} <span class="dim">{Math.round(share * 100)} %</span>
        </dd>
      </div>
      <div>
        <dt>Itself</dt>
        <dd title="Not spent in any child">{duration(node.selfMs)}</dd>
      </div>
      <div>
        <dt>Starts at</dt>
        <dd title={clockTime(nsToMs(node.span.start_ns), true)}>+{duration(node.startMs)}</dd>
      </div>
      <div>
        <dt>Below</dt>
        <dd>{plural(node.descendants, 'span')}</dd>
      </div>
    </dl>
  );
}

function Events({ span }: { span: Span }) {
  return (
    <section class="span-section">
      <h3>Events</h3>
      {span.events.map((e, i) => {
        const { 'exception.type': type, 'exception.message': message, 'exception.stacktrace': stack, ...rest } = e.attributes;
        return (
          <div key={i} class={e.name === 'exception' ? 'span-event-block failed' : 'span-event-block'}>
            <p>
              <strong>{type ? valueText(type) : e.name}</strong> <span class="dim mono">+{duration(diffMs(e.time_ns, span.start_ns))}</span>
            </p>
            {message !== undefined && <p class="mono wrap">{valueText(message)}</p>}
            {typeof stack === 'string' && <pre class="flat stack-text">{stack.trim()}</pre>}
            {Object.keys(rest).length > 0 && <AttributeTable of={rest} />}
          </div>
        );
      })}
    </section>
  );
}

/** What the other tracer knows of the same operation. */
function TwinSection({ twin, span }: { twin: Twin; span: Span }) {
  const later = diffMs(twin.start_ns, span.start_ns);
  return (
    <section class="span-section">
      <p class="span-panel-sub">
        <Source source={span.also_seen_by} />
        <span>
          {duration(durationMs(twin.duration_ns))}, begun {duration(Math.abs(later))} {later < 0 ? 'earlier' : 'later'}
        </span>
      </p>
      {twin.name !== spanStatement(span) && <p class="mono wrap">{twin.name}</p>}
      <Attributes title={`Attributes, as ${sourceName(span.also_seen_by)} has them`} of={twin.attributes} closed searchable />
    </section>
  );
}

function SpanLogs({ logs, trace, span }: { logs: Row[]; trace: Trace; span: Span }) {
  return (
    <section class="span-section">
      <h3>
        Logs of this span <a href={href('/logs', { q: filterText('span_id', span.span_id), ...logsWindow(trace) })}>Open in Logs</a>
      </h3>
      <LogRows rows={logs} startNs={trace.start_ns} />
    </section>
  );
}

function Attributes({ title, of, skip = [], closed = false, searchable = false }: { title: string; of: Dict; skip?: string[]; closed?: boolean; searchable?: boolean }) {
  const [open, setOpen] = useState(!closed);
  const rest = Object.fromEntries(Object.entries(of ?? {}).filter(([k]) => !skip.includes(k)));
  const n = Object.keys(rest).length;
  if (!n) return null;
  return (
    <section class="span-section">
      <h3>
        <button class="plain" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name={open ? 'down' : 'right'} size={11} /> {title} <span class="dim">{n}</span>
        </button>
      </h3>
      {open && <AttributeTable of={rest} searchable={searchable} />}
    </section>
  );
}

function AttributeTable({ of, searchable = false }: { of: Dict; searchable?: boolean }) {
  return (
    <table class="record-fields">
      <tbody>
        {Object.entries(of).map(([k, v]) => (
          <tr key={k}>
            <th scope="row">{k}</th>
            <td>
              <Value name={k} value={v} />
            </td>
            <td class="record-actions">
              {searchable && (
                <a class="icon-button" href={href('/traces', { q: filterText(k, v) })} aria-label={`Traces with ${k} = ${valueText(v)}`} title="Traces with this value">
                  <Icon name="filterIn" size={14} />
                </a>
              )}
              <CopyButton text={valueText(v)} small label={`Copy ${k}`} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

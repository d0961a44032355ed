/** One record in full beside the list: all its fields, what they can do to the question, where they lead. */
import { useEffect, useState } from 'preact/hooks';
import { getContext, getLinks } from '../../api/endpoints';
import type { Row } from '../../api/types';
import { resolved } from '../../app/range';
import { href } from '../../app/router';
import { CopyButton, IdLink, Level, Time } from '../../components/bits';
import { Icon } from '../../components/icon';
import { Json } from '../../components/json';
import { MenuItem, Popup } from '../../components/popup';
import { Async, Empty } from '../../components/states';
import { useData } from '../../lib/data';
import { duration, valueText } from '../../lib/format';
import { isIdField } from '../../lib/ids';
import { keyOf } from '../../lib/query';
import { absoluteRange } from '../../lib/range';
import { levelOf, messageOf, orderedFields, parseRowKey, rowKey, serviceOf, text } from '../../lib/record';
import { FieldMenu, type FieldActions } from './fieldmenu';
import { openRow, showAround } from './state';
import '../../components/record.css';

/** A value longer than this is text to read, not to filter by. */
const LONGEST_FILTER = 300;
/** Rows that are only passed on the way to another are not looked up. */
const LINKS_AFTER_MS = 200;

interface Props {
  id: string;
  row: Row | undefined;
  /** The list is loaded: a row that is not in it must be fetched. */
  listed: boolean;
  actions: FieldActions;
}

export function Record({ id, row, listed, actions }: Props) {
  const found = useData((s) => (row || !listed ? null : fetchRow(id, s)), [id, !!row, listed]);
  return (
    <aside class="record" aria-label="Record">
      <button class="icon-button record-close" aria-label="Close" title="Close (Esc)" onClick={() => openRow(null)}>
        <Icon name="close" />
      </button>
      {row ? (
        <Body row={row} actions={actions} />
      ) : found.error?.status === 404 ? (
        <Empty title="This record is not kept any more" />
      ) : (
        <Async of={found}>{(r) => (r ? <Body row={r} actions={actions} /> : <Empty title="The address names no record" />)}</Async>
      )}
    </aside>
  );
}

/** A record that was linked to but is not in the list. */
async function fetchRow(id: string, signal: AbortSignal): Promise<Row | null> {
  const key = parseRowKey(id);
  if (!key) return null;
  const { row } = await getContext({ dataset: key.dataset, time: key.time_ns, sequence: key.seq, before: 0, after: 0 }, signal);
  return row;
}

/** Read as a whole, not in a column. */
const STACK = 'exception.stacktrace';

function Body({ row, actions }: { row: Row; actions: FieldActions }) {
  const stack = text(row, STACK);
  return (
    <>
      <header class="record-head">
        <Level level={levelOf(row)} />
        <Time ns={row.time_ns} mode="full" />
        <span class="dim">{serviceOf(row)}</span>
      </header>
      <pre class="record-message">{messageOf(row)}</pre>
      <LinkBar row={row} />
      {stack && <pre class="record-stack">{stack}</pre>}
      <table class="record-fields">
        <tbody>
          {orderedFields(row).filter(([k]) => k !== STACK).map(([k, v]) => (
            <Field key={k} name={k} value={v} actions={actions} />
          ))}
        </tbody>
      </table>
    </>
  );
}

function LinkBar({ row }: { row: Row }) {
  const traceId = text(row, 'trace_id');
  const linked = text(row, 'request_id') || text(row, 'event_id') || traceId;
  return (
    <div class="link-bar">
      {traceId && (
        <a class="button small" href={href(`/traces/${traceId}`, { span: text(row, 'span_id') })}>
          <Icon name="traces" size={14} /> Trace
        </a>
      )}
      {linked && (
        <a class="button small" href={href(`/id/${encodeURIComponent(linked)}`)}>
          <Icon name="link" size={14} /> Everything linked
        </a>
      )}
      {row.dataset === 'errors' && text(row, 'issue.id') ? (
        <a class="button small" href={href(`/issues/${text(row, 'issue.id')}/events/${text(row, 'event_id')}`)}>
          <Icon name="issues" size={14} /> Issue
        </a>
      ) : (
        linked && <LinkedIssues key={linked} id={linked} />
      )}
      <button class="button small" onClick={() => showAround(rowKey(row))} title="What stands before and after it (c)">
        <Icon name="list" size={14} /> Context
      </button>
      <Popup class="button small" label="Copy" panel="menu" face={<><Icon name="copy" size={14} /> Copy</>}>
        {(close) => <CopyMenu row={row} close={close} />}
      </Popup>
    </div>
  );
}

/** The issues behind a line's ids, where there are any. */
function LinkedIssues({ id }: { id: string }) {
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setWanted(true), LINKS_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  const links = useData((s) => (wanted ? getLinks(id, s) : null), [id, wanted]);
  const issues = new Map((links.data?.errors ?? []).map((e) => [e.issue_id, e]));
  return (
    <>
      {[...issues.values()].slice(0, 3).map((e) => (
        <a key={e.issue_id} class="button small record-issue" href={href(`/issues/${e.issue_id}/events/${e.event_id}`)} title={e.title}>
          <Icon name="issues" size={14} /> <span>{e.title}</span>
        </a>
      ))}
    </>
  );
}

function CopyMenu({ row, close }: { row: Row; close: () => void }) {
  const { startMs, endMs } = resolved.peek();
  const link = () => new URL(href(location.pathname, { ...Object.fromEntries(new URL(location.href).searchParams), live: null, ...absoluteRange(startMs, endMs), row: rowKey(row) }), location.origin).href;
  const entries: [string, () => string][] = [
    ['Link to this record', link],
    ['Record as JSON', () => JSON.stringify(row.fields, null, 2)],
    ['Message', () => messageOf(row)],
    ...(text(row, 'original') ? [['Line as it was sent', () => text(row, 'original')] as [string, () => string]] : []),
  ];
  return (
    <div class="copy-menu">
      {entries.map(([label, of]) => (
        <CopyButton key={label} text={of} label={label} />
      ))}
      <MenuItem onClick={close}>Close</MenuItem>
    </div>
  );
}

function Field({ name, value, actions }: { name: string; value: unknown; actions: FieldActions }) {
  const plain = valueText(value);
  const filterable = (value === null || typeof value !== 'object') && plain.length <= LONGEST_FILTER;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        {typeof value === 'string' && value && isIdField(name) ? (
          <IdLink id={value} kind={name} max={48} />
        ) : value !== null && typeof value === 'object' ? (
          <Json value={value} depth={1} />
        ) : (
          <span class="kv-value">
            {plain}
            {/duration_ns$/.test(name) && <span class="dim"> ({duration(Number(value) / 1e6)})</span>}
          </span>
        )}
      </td>
      <td class="record-actions">
        {filterable && (
          <>
            <button class="icon-button" aria-label={`Only ${name} = ${plain}`} title="Only this value" onClick={() => actions.filter(keyOf(name), value, false)}>
              <Icon name="filterIn" size={14} />
            </button>
            <button class="icon-button" aria-label={`Without ${name} = ${plain}`} title="Without this value" onClick={() => actions.filter(keyOf(name), value, true)}>
              <Icon name="filterOut" size={14} />
            </button>
          </>
        )}
        <CopyButton text={plain} small label={`Copy ${name}`} />
        <FieldMenu field={name} name={keyOf(name)} numeric={typeof value === 'number'} actions={actions} />
      </td>
    </tr>
  );
}

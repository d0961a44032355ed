/** One line's whole record beside the list. */
import { search } from '../../api/endpoints';
import type { Row } from '../../api/types';
import { href } from '../../app/router';
import { CopyButton, IdLink, Level, Time } from '../../components/bits';
import { Icon } from '../../components/icon';
import { Json } from '../../components/json';
import { Async, Empty } from '../../components/states';
import { useData } from '../../lib/data';
import { valueText } from '../../lib/format';
import { isIdField } from '../../lib/ids';
import { filterText } from '../../lib/query';
import { absoluteRange } from '../../lib/range';
import { messageOf, orderedFields, rowKey, text } from '../../lib/record';
import { nsToMs } from '../../lib/time';
import { select } from './list';
import '../../components/record.css';

/** A value longer than this is text to read, not to filter by. */
const LONGEST_FILTER = 300;

type OnFilter = (key: string, value: unknown, exclude: boolean) => void;

interface Props {
  id: string;
  row: Row | undefined;
  /** The list is loaded: a row that is not in it must be fetched. */
  listed: boolean;
  onFilter: OnFilter;
}

export function Record({ id, row, listed, onFilter }: Props) {
  const found = useData((s) => (row || !listed ? null : fetchRow(id, s)), [id, !!row, listed]);
  return (
    <aside class="record" aria-label="Record">
      <button class="icon-button record-close" aria-label="Close" title="Close (Esc)" onClick={() => select(null)}>
        <Icon name="close" />
      </button>
      {row ? (
        <Body row={row} onFilter={onFilter} />
      ) : (
        <Async of={found}>
          {(r) => (r ? <Body row={r} onFilter={onFilter} /> : <Empty title="This line is not kept any more" />)}
        </Async>
      )}
    </aside>
  );
}

/** A line that was linked to but is not in the list: looked up by its time. */
async function fetchRow(id: string, signal: AbortSignal): Promise<Row | null> {
  const at = nsToMs(id.split('.')[0]);
  const answer = await search({ dataset: 'logs', q: '', limit: 1000, order: 'asc' }, { startMs: at - 1, endMs: at + 2 }, signal);
  return answer.rows.find((r) => rowKey(r) === id) ?? null;
}

function Body({ row, onFilter }: { row: Row; onFilter: OnFilter }) {
  const at = nsToMs(row.time_ns);
  const traceId = text(row, 'trace_id');
  const linked = text(row, 'request_id') || traceId;
  const service = text(row, 'service.name');
  const around = { ...absoluteRange(at - 15_000, at + 15_000), q: service ? filterText('service.name', service) : null, row: rowKey(row) };
  return (
    <>
      <header class="record-head">
        <Level level={text(row, 'severity_text') || text(row, 'level')} />
        <Time ns={row.time_ns} mode="full" />
        {service && <span class="dim">{service}</span>}
      </header>
      <pre class="record-message">{messageOf(row)}</pre>
      <div class="link-bar">
        {traceId && (
          <a class="button" href={href(`/traces/${traceId}`, { span: text(row, 'span_id') })}>
            <Icon name="traces" /> Trace
          </a>
        )}
        {linked && (
          <a class="button" href={href(`/id/${encodeURIComponent(linked)}`)}>
            <Icon name="link" /> Everything linked
          </a>
        )}
        <a class="button" href={href('/logs', around)} title="Lines of this service, 15 s before and after">
          <Icon name="list" /> Around this line
        </a>
        <CopyButton text={() => JSON.stringify(row.fields, null, 2)} label="Copy JSON" />
      </div>
      <table class="record-fields">
        <tbody>
          {orderedFields(row).map(([k, v]) => (
            <Field key={k} name={k} value={v} onFilter={onFilter} />
          ))}
        </tbody>
      </table>
    </>
  );
}

function Field({ name, value, onFilter }: { name: string; value: unknown; onFilter: OnFilter }) {
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
          <span class="kv-value">{plain}</span>
        )}
      </td>
      <td class="record-actions">
        {filterable && (
          <>
            <button class="icon-button" aria-label={`Only ${name} = ${plain}`} title="Only this value" onClick={() => onFilter(name, value, false)}>
              <Icon name="filterIn" size={14} />
            </button>
            <button class="icon-button" aria-label={`Without ${name} = ${plain}`} title="Without this value" onClick={() => onFilter(name, value, true)}>
              <Icon name="filterOut" size={14} />
            </button>
          </>
        )}
        <CopyButton text={plain} small label={`Copy ${name}`} />
      </td>
    </tr>
  );
}

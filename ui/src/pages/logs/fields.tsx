/** The fields of the data set and, on a click, their commonest values under the current query. */
import { useState } from 'preact/hooks';
import { getFieldValues, getFields, type Window } from '../../api/endpoints';
import type { FieldInfo } from '../../api/types';
import { Icon } from '../../components/icon';
import { Async, Loading } from '../../components/states';
import { useData } from '../../lib/data';
import { count } from '../../lib/format';

const USEFUL = ['severity_text', 'service.name', 'path', 'event', 'user_id', 'status', 'method', 'request_id'];

interface Props {
  q: string;
  window: Window;
  onFilter: (key: string, value: unknown, exclude: boolean) => void;
}

export function FieldPanel({ q, window, onFilter }: Props) {
  const fields = useData((s) => getFields('logs', window, s), [window]);
  const [needle, setNeedle] = useState('');
  const [open, setOpen] = useState<string[]>(['severity_text', 'service.name']);
  const toggle = (name: string) => setOpen(open.includes(name) ? open.filter((n) => n !== name) : [...open, name]);
  return (
    <nav class="fields" aria-label="Fields">
      <input class="input fields-find" placeholder="Find a field" aria-label="Find a field" value={needle} onInput={(e) => setNeedle(e.currentTarget.value)} />
      <Async of={fields} loading={<Loading lines={6} />}>
        {(d) => (
          <ul class="fields-list">
            {ordered(d.fields, needle).map((f) => (
              <li key={f.name}>
                <button class="field-name" aria-expanded={open.includes(f.name)} title={`${f.name} (${f.type})`} onClick={() => toggle(f.name)}>
                  <Icon name={open.includes(f.name) ? 'down' : 'right'} size={11} />
                  <span>{f.name}</span>
                </button>
                {open.includes(f.name) && <Values field={f} q={q} window={window} onFilter={onFilter} />}
              </li>
            ))}
            {d.fields.length === 0 && <li class="dim">No fields in this time range.</li>}
          </ul>
        )}
      </Async>
    </nav>
  );
}

function ordered(fields: FieldInfo[], needle: string): FieldInfo[] {
  const n = needle.trim().toLowerCase();
  const rank = (f: FieldInfo) => {
    const i = USEFUL.indexOf(f.name);
    return i < 0 ? USEFUL.length : i;
  };
  return fields
    .filter((f) => f.name !== 'body' && f.name !== 'original' && (!n || f.name.toLowerCase().includes(n)))
    .sort((a, b) => rank(a) - rank(b) || b.rows - a.rows || (a.name < b.name ? -1 : 1));
}

function Values({ field, q, window, onFilter }: Props & { field: FieldInfo }) {
  const data = useData((s) => getFieldValues('logs', field.name, q, window, s), [field.name, q, window]);
  return (
    <div class="values">
      <Async of={data} loading={<Loading lines={2} />}>
        {(d) => {
          const most = Math.max(1, ...d.values.map((v) => v.count));
          return d.values.length ? (
            <ul>
              {d.values.slice(0, 10).map((v) => (
                <li key={v.value}>
                  <button class="value" title={`Only ${field.name} = ${v.value}`} onClick={() => onFilter(field.name, typed(field, v.value), false)}>
                    <i class="value-bar" style={{ width: `${(v.count / most) * 100}%` }} />
                    <span class="value-text">{v.value || '(empty)'}</span>
                    <span class="value-count">{count(v.count)}</span>
                  </button>
                </li>
              ))}
            </ul>
          ) : (
            <p class="dim">No value under this query.</p>
          );
        }}
      </Async>
    </div>
  );
}

/** Values come as text; a number is filtered as a number. */
function typed(field: FieldInfo, value: string): unknown {
  return /^(u?int|float|double|number)/.test(field.type) && value !== '' && !Number.isNaN(Number(value)) ? Number(value) : value;
}

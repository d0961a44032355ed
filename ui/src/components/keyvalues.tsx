/** An object as two columns; ids are links, nested values open. */
import { valueText } from '../lib/format';
import { isIdField } from '../lib/ids';
import { CopyButton, IdLink } from './bits';
import { Json } from './json';

export function KeyValues({ of, bare = false, empty = 'Nothing here.' }: { of: unknown; bare?: boolean; empty?: string }) {
  if (of === null || typeof of !== 'object') return <pre class="flat">{valueText(of)}</pre>;
  const entries = Object.entries(of);
  if (!entries.length) return <p class="dim">{empty}</p>;
  return (
    <table class={bare ? 'kv' : 'kv panel'}>
      <tbody>
        {entries.map(([k, v]) => (
          <tr key={k}>
            <th scope="row">{k}</th>
            <td>
              <Value name={k} value={v} />
            </td>
            <td class="kv-copy">
              <CopyButton text={valueText(v)} small label={`Copy ${k}`} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Value({ name, value }: { name: string; value: unknown }) {
  if (typeof value === 'string' && value && isIdField(name)) return <IdLink id={value} kind={name} max={60} />;
  if (value !== null && typeof value === 'object') return <Json value={value} depth={1} />;
  if (value === '[Filtered]') return <span class="filtered">[Filtered]</span>;
  return <span class="kv-value">{valueText(value)}</span>;
}

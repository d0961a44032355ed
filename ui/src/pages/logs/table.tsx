/** The table that `| count by`, `| stats` and `| top` make: sorted by a click on a head, its values lead on to records. */
import { useMemo, useRef } from 'preact/hooks';
import type { Cell, Column, SearchAnswer } from '../../api/types';
import { param, setParams } from '../../app/router';
import { Empty } from '../../components/states';
import { Spacer, useVirtual } from '../../components/virtual';
import { useRows } from '../../lib/rows';
import { plural, valueText } from '../../lib/format';
import { sortTable, type Sort } from '../../lib/tablesort';
import { withUnit } from '../../lib/units';

const ROW = 27;
const HEAD = 29;

interface Props {
  answer: SearchAnswer;
  /** Goes to the records of some values. */
  onDrill: (pairs: [string, Cell][]) => void;
}

export function TableView({ answer, onDrill }: Props) {
  const { columns } = answer;
  const [name, direction] = splitSort(param('sort'));
  const sort: Sort | null = columns.some((c) => c.name === name) ? { column: columns.findIndex((c) => c.name === name), descending: direction === 'desc' } : null;
  const lines = useMemo(() => sortTable(answer.table, sort), [answer, sort?.column, sort?.descending]);
  const most = useMemo(() => columns.map((c, i) => (c.role === 'value' ? Math.max(0, ...answer.table.map((l) => Number(l[i]) || 0)) : 0)), [answer]);
  const box = useRef<HTMLDivElement>(null);
  const v = useVirtual(box, lines.length, ROW, { head: HEAD });
  const keys = columns.flatMap((c, i) => (c.role === 'key' ? [i] : []));
  const drill = (line: Cell[]) => keys.length && onDrill(keys.map((i) => [columns[i]!.key, line[i] ?? null]));
  const rows = useRows(lines.length, (i) => drill(lines[i]!), { onMove: (i) => v.scrollTo(i) });
  if (!lines.length) return <Empty title="The question is valid, and nothing is left to show" />;
  const click = (c: Column) => {
    const descending = name === c.name ? direction === 'asc' : c.role === 'value';
    setParams({ sort: `${c.name}:${descending ? 'desc' : 'asc'}` }, { replace: true });
  };
  const first = v.items[0];
  const end = v.items.at(-1);
  return (
    <div class="lines-frame">
      <div class="result-scroll" ref={box} tabIndex={0} role="region" aria-label="Table">
        <table class="table dense result-table">
          <thead>
            <tr>
              {columns.map((c) => (
                <th key={c.name} class={c.role === 'value' ? 'num' : undefined} aria-sort={name === c.name ? (direction === 'desc' ? 'descending' : 'ascending') : undefined}>
                  <button class="plain sort" title={`Sort by ${c.name}`} onClick={() => click(c)}>
                    {c.name}
                    <span class="sort-mark">{name === c.name ? (direction === 'desc' ? ' ↓' : ' ↑') : ''}</span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Spacer height={first?.start ?? 0} columns={columns.length} />
            {v.items.map((item) => {
              const line = lines[item.index]!;
              return (
                <tr key={item.index} class={keys.length ? 'clickable' : undefined} title={keys.length ? 'Show the records' : undefined} {...rows.rowProps(item.index)} onClick={() => drill(line)}>
                  {columns.map((c, i) => (
                    <CellView key={c.name} column={c} cell={line[i] ?? null} share={most[i]! > 0 ? Math.max(0, Number(line[i]) || 0) / most[i]! : 0} />
                  ))}
                </tr>
              );
            })}
            <Spacer height={end ? v.total - end.end : 0} columns={columns.length} />
          </tbody>
        </table>
        <p class="lines-end dim">{plural(lines.length, 'row')}.</p>
      </div>
    </div>
  );
}

function splitSort(text: string): [string, string] {
  const colon = text.lastIndexOf(':');
  return colon < 0 ? ['', ''] : [text.slice(0, colon), text.slice(colon + 1)];
}

function CellView({ column, cell, share }: { column: Column; cell: Cell; share: number }) {
  if (column.role !== 'value') {
    return <td class="mono result-key" title={cell === null ? 'Records without the field' : valueText(cell)}>{cell === null ? <span class="dim">(none)</span> : valueText(cell)}</td>;
  }
  return (
    <td class="num result-value">
      <i class="result-bar" style={{ width: `${share * 100}%` }} />
      <span title={cell === null ? 'Nothing to calculate it of' : String(cell)}>{cell === null ? '–' : withUnit(cell, column)}</span>
    </td>
  );
}

/** The list's column heads: dragged to another place, taken out, put back as they were. */
import { useState } from 'preact/hooks';
import { Icon } from '../../components/icon';
import { moveColumn } from '../../lib/columns';

const TITLES: Record<string, string> = { level: 'Level', service: 'Service', message: 'Message', dataset: 'From', duration_ns: 'Duration' };

export const columnTitle = (name: string) => TITLES[name] ?? name;

export function Heads({ columns, onColumns }: { columns: string[]; onColumns?: (columns: string[]) => void }) {
  const [over, setOver] = useState('');
  const drop = (e: DragEvent, on: string) => {
    e.preventDefault();
    setOver('');
    const from = e.dataTransfer?.getData('text/x-column') ?? '';
    if (columns.includes(from)) onColumns?.(moveColumn(columns, from, on));
  };
  const step = (c: string, by: -1 | 1) => {
    const on = columns[columns.indexOf(c) + by];
    if (on !== undefined) onColumns?.(moveColumn(columns, c, on));
  };
  return (
    <thead>
      <tr>
        <th scope="col">Time</th>
        {columns.map((c) => (
          <th
            key={c}
            scope="col"
            class={over === c ? 'drop' : undefined}
            draggable={!!onColumns}
            tabIndex={onColumns ? 0 : undefined}
            onKeyDown={(e) => {
              if (e.target !== e.currentTarget || (e.key !== 'ArrowLeft' && e.key !== 'ArrowRight')) return;
              e.preventDefault();
              step(c, e.key === 'ArrowLeft' ? -1 : 1);
            }}
            title={onColumns ? `${c}: drag to move, or ← and → while it has the focus` : c}
            onDragStart={(e) => e.dataTransfer?.setData('text/x-column', c)}
            onDragOver={(e) => {
              e.preventDefault();
              setOver(c);
            }}
            onDragLeave={() => setOver('')}
            onDrop={(e) => drop(e, c)}
          >
            <span class="head-name">{columnTitle(c)}</span>
            {onColumns && columns.length > 1 && (
              <button class="head-out" aria-label={`Take out the column ${columnTitle(c)}`} title="Take out" onClick={() => onColumns(columns.filter((x) => x !== c))}>
                <Icon name="close" size={11} />
              </button>
            )}
          </th>
        ))}
      </tr>
    </thead>
  );
}

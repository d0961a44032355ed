/** The lines of a chart with their figures; a click on one shows it alone. */
import type { ComponentChildren } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { useRows } from '../lib/rows';
import { switched, type SeriesStats } from '../lib/seriesstats';
import './serieslegend.css';

export interface LegendLine {
  /** Apart from all others; labels may be alike. */
  key: string;
  label: string;
  color: string;
  hidden: boolean;
  stats: SeriesStats;
}

interface Props<L extends LegendLine> {
  lines: L[];
  format: (v: number | null) => string;
  onToggle: (key: string, alone: boolean) => void;
  /** What else a line can do. */
  action?: (line: L) => ComponentChildren;
  /** `j` and `k` go through its rows, Enter shows one alone: for the page's only legend. */
  keys?: boolean;
}

type Figure = keyof SeriesStats;

const FIGURES: [Figure, string][] = [
  ['last', 'Last'],
  ['mean', 'Mean'],
  ['min', 'Min'],
  ['max', 'Max'],
];

export function SeriesLegend<L extends LegendLine>({ lines: given, format, onToggle, action, keys = false }: Props<L>) {
  const [sort, setSort] = useState<Figure | null>(null);
  const lines = useMemo(() => (sort ? [...given].sort((a, b) => (b.stats[sort] ?? -Infinity) - (a.stats[sort] ?? -Infinity)) : given), [given, sort]);
  const { rowProps } = useRows(lines.length, (i) => onToggle(lines[i]!.key, true), { off: !keys });
  return (
    <table class="table dense series-legend">
      <thead>
        <tr>
          <th>Series</th>
          {FIGURES.map(([figure, name]) => (
            <th key={figure} class="num" aria-sort={sort === figure ? 'descending' : undefined}>
              <button class="plain sort" title={sort === figure ? 'In the order of the answer' : `Largest ${name.toLowerCase()} first`} onClick={() => setSort(sort === figure ? null : figure)}>
                {name}
                <span class="sort-mark">{sort === figure ? ' ↓' : ''}</span>
              </button>
            </th>
          ))}
          {action && <td />}
        </tr>
      </thead>
      <tbody>
        {lines.map((l, i) => (
          <tr key={l.key} {...rowProps(i)} class={l.hidden ? 'clickable faded' : 'clickable'} onClick={(e) => onToggle(l.key, !(e.ctrlKey || e.metaKey))}>
            <td class="legend-name">
              <button class="plain mono" title="Only this series; with Ctrl: switch it" aria-pressed={!l.hidden}>
                <i class="dot" style={{ background: `var(${l.color})` }} /> {l.label}
              </button>
            </td>
            {FIGURES.map(([figure]) => (
              <td key={figure} class="num">
                {format(l.stats[figure])}
              </td>
            ))}
            {action && (
              <td class="num" onClick={(e) => e.stopPropagation()}>
                {action(l)}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Which lines are hidden, by their keys. */
export function useHidden(keys: string[]) {
  const [off, setOff] = useState<ReadonlySet<string>>(new Set());
  return { off, toggle: (key: string, alone: boolean) => setOff(switched(off, key, alone, keys)) };
}

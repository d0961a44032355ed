/** The lines of a chart with their figures; a click on one shows it alone. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
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
}

export function SeriesLegend<L extends LegendLine>({ lines, format, onToggle, action }: Props<L>) {
  return (
    <table class="table dense series-legend">
      <thead>
        <tr>
          <th>Series</th>
          <th class="num">Last</th>
          <th class="num">Mean</th>
          <th class="num">Min</th>
          <th class="num">Max</th>
          {action && <td />}
        </tr>
      </thead>
      <tbody>
        {lines.map((l) => (
          <tr key={l.key} class={l.hidden ? 'clickable faded' : 'clickable'} onClick={(e) => onToggle(l.key, !(e.ctrlKey || e.metaKey))}>
            <td class="legend-name">
              <button class="plain mono" title="Only this series; with Ctrl: switch it" aria-pressed={!l.hidden}>
                <i class="dot" style={{ background: `var(${l.color})` }} /> {l.label}
              </button>
            </td>
            <td class="num">{format(l.stats.last)}</td>
            <td class="num">{format(l.stats.mean)}</td>
            <td class="num">{format(l.stats.min)}</td>
            <td class="num">{format(l.stats.max)}</td>
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

import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Row } from '../../api/types';
import { setParams } from '../../app/router';
import { LevelBar } from '../../components/bits';
import { ErrorBox } from '../../components/states';
import { Spacer, useVirtual } from '../../components/virtual';
import { severity } from '../../lib/color';
import { useHotkeys } from '../../lib/hotkeys';
import { glance, messageOf, rowKey, text } from '../../lib/record';
import { clockTime, fullTime, nsToMs, shortDate } from '../../lib/time';
import type { Lines } from './uselines';
import '../../components/lines.css';

const HEIGHT = 24;

export function select(row: Row | null): void {
  setParams({ row: row ? rowKey(row) : null }, { replace: true });
}

export function LineList({ lines, selected }: { lines: Lines; selected: string }) {
  const box = useRef<HTMLDivElement>(null);
  const { rows } = lines;
  const v = useVirtual(box, rows.length, HEIGHT);
  const index = rows.findIndex((r) => rowKey(r) === selected);
  const move = (step: number) => {
    const next = index < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, index + step));
    if (!rows[next]) return;
    select(rows[next]!);
    v.scrollTo(next);
  };
  useHotkeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: () => index < 0 && move(1),
    Escape: () => select(null),
  });

  const last = v.items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - 40) lines.more();
  }, [last, rows.length]);
  useHold(box, lines.arrived);

  const days = rows.length > 1 && !sameDay(rows[0]!, rows.at(-1)!);
  const first = v.items[0];
  const end = v.items.at(-1);
  return (
    <div class="lines" ref={box} tabIndex={0} role="region" aria-label="Log lines">
      <table class="lines-table">
        <thead class="offscreen-head">
          <tr>
            <th>Time</th>
            <th>Level</th>
            <th>Service</th>
            <th>Message</th>
          </tr>
        </thead>
        <tbody>
          <Spacer height={first?.start ?? 0} columns={4} />
          {v.items.map((item) => {
            const row = rows[item.index]!;
            return <Line key={rowKey(row)} row={row} days={days} selected={item.index === index} />;
          })}
          <Spacer height={end ? v.total - end.end : 0} columns={4} />
        </tbody>
      </table>
      {lines.moreError && <ErrorBox error={lines.moreError} retry={lines.reload} />}
      {!lines.done && !lines.moreError && <p class="lines-end dim">Loading more…</p>}
      {lines.done && <p class="lines-end dim">That is all in this time range.</p>}
    </div>
  );
}

/** New lines come in on top: what is being read further down stays where it is. */
function useHold(box: { current: HTMLElement | null }, arrived: number): void {
  const before = useRef(arrived);
  useLayoutEffect(() => {
    const added = arrived - before.current;
    before.current = arrived;
    const el = box.current;
    if (el && added > 0 && el.scrollTop > HEIGHT) el.scrollTop += added * HEIGHT;
  }, [arrived]);
}

/** Marking text to copy is not a click on the row. */
function selectingText(): boolean {
  return !!window.getSelection()?.toString();
}

function sameDay(a: Row, b: Row): boolean {
  return new Date(nsToMs(a.time_ns)).toDateString() === new Date(nsToMs(b.time_ns)).toDateString();
}

function Line({ row, days, selected }: { row: Row; days: boolean; selected: boolean }) {
  const ms = nsToMs(row.time_ns);
  const level = text(row, 'severity_text') || text(row, 'level');
  const s = severity(level, row.fields.severity_number);
  return (
    <tr class={`line line-${s}`} aria-selected={selected} onClick={() => selectingText() || select(selected ? null : row)}>
      <td class="line-time" title={fullTime(ms)}>
        <LevelBar level={level} number={row.fields.severity_number} />
        {days && `${shortDate(ms)} `}
        {clockTime(ms, true)}
      </td>
      <td class="line-level">{level || s}</td>
      <td class="line-service">{text(row, 'service.name')}</td>
      <td class="line-text">
        <span class="line-message">{messageOf(row)}</span>
        {glance(row).map(([k, v]) => (
          <span key={k} class="line-pair">
            <span class="line-key">{k}=</span>
            {v}
          </span>
        ))}
      </td>
    </tr>
  );
}

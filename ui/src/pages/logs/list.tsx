/** Records as lines under columns of one's choice: only those in sight exist, keys move, a click opens. */
import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Row } from '../../api/types';
import { LevelBar } from '../../components/bits';
import { Spacer, useVirtual } from '../../components/virtual';
import { severity } from '../../lib/color';
import { columnWidth, LEVEL, MESSAGE, SERVICE } from '../../lib/columns';
import { integer } from '../../lib/format';
import { useHotkeys } from '../../lib/hotkeys';
import { markParts, marker } from '../../lib/mark';
import { glance, levelOf, messageOf, rowKey } from '../../lib/record';
import { clockTime, fullTime, nsToMs, shortDate } from '../../lib/time';
import { cellText } from './cells';
import { Heads } from './heads';
import { isGap, type Item } from '../../lib/inbox';
import '../../components/lines.css';

const HEIGHT = 24;
const HEAD = 27;

interface Props {
  items: Item[];
  q: string;
  columns: string[];
  onColumns?: (columns: string[]) => void;
  wrap: boolean;
  /** Key of the record that is open beside the list. */
  open: string;
  onOpen: (row: Row | null) => void;
  /** Esc where nothing is left to close. */
  onLeave?: () => void;
  /** The line that the list is about: marked, and in its middle at first. Lines come in before and after it. */
  anchor?: string;
  /** The end at which new lines come in. */
  grows?: 'start' | 'end';
  arrived?: number;
  onNearEnd?: () => void;
  above?: ComponentChildren;
  below?: ComponentChildren;
}

const keyOf = (item: Item) => (isGap(item) ? item.key : rowKey(item));

export function LineList(props: Props) {
  const { items, columns, wrap, open, anchor, onOpen } = props;
  const box = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState('');
  const keys = useMemo(() => items.map(keyOf), [items]);
  const places = useMemo(() => new Map(keys.map((k, i) => [k, i])), [keys]);
  const itemKey = useCallback((i: number) => keys[i] ?? i, [keys]);
  const v = useVirtual(box, items.length, HEIGHT, { head: HEAD, keyOf: wrap ? itemKey : undefined });
  const marks = useMemo(() => marker(props.q), [props.q]);
  const widths = useWidths(columns, items);
  const current = at || open;
  const index = places.get(current) ?? -1;

  const move = (step: number) => {
    let next = index < 0 ? firstInSight(v.items, box.current) : index + step;
    while (items[next] && isGap(items[next]!)) next += step;
    const item = items[next];
    if (!item || isGap(item)) return;
    setAt(keys[next]!);
    v.scrollTo(next);
    if (open) onOpen(item);
  };
  const openAt = () => {
    const item = items[index];
    if (item && !isGap(item)) onOpen(item);
  };
  const leave = () => {
    if (open && open !== anchor) onOpen(null);
    else if (props.onLeave) props.onLeave();
    else setAt('');
  };
  useHotkeys({ j: () => move(1), k: () => move(-1), Enter: openAt, Escape: leave });

  useEffect(() => {
    if ((v.items.at(-1)?.index ?? 0) >= items.length - 40) props.onNearEnd?.();
  }, [v.items.at(-1)?.index, items.length]);
  const edge = useEdge(box, v, keys, places, props.grows, props.arrived ?? 0);
  useAnchor(box, v, keys, places, anchor);

  const days = spansDays(items);
  const first = v.items[0];
  const end = v.items.at(-1);
  const count = columns.length + 1;
  return (
    <div class="lines-frame">
      <div class="lines" ref={box} tabIndex={0} role="region" aria-label="Records" onScroll={edge.onScroll}>
        {props.above}
        <table class={wrap ? 'lines-table lines-wrap' : 'lines-table'} style={{ minWidth: `${widths.least}px` }}>
          <colgroup>
            <col style={{ width: days ? '164px' : '118px' }} />
            {widths.each.map((w, i) => (
              <col key={columns[i]} style={w ? { width: `${w}ch` } : undefined} />
            ))}
          </colgroup>
          <Heads columns={columns} onColumns={props.onColumns} />
          <tbody>
            <Spacer height={first?.start ?? 0} columns={count} />
            {v.items.map((item) => {
              const of = items[item.index]!;
              const key = keys[item.index]!;
              if (isGap(of)) return <GapRow key={key} of={of} columns={count} index={item.index} measure={wrap ? v.measure : undefined} />;
              return (
                <Line
                  key={key}
                  row={of}
                  columns={columns}
                  days={days}
                  marks={marks}
                  index={item.index}
                  measure={wrap ? v.measure : undefined}
                  open={key === open}
                  current={key === current}
                  anchor={key === anchor}
                  onClick={() => {
                    setAt(key);
                    onOpen(key === open ? null : of);
                  }}
                />
              );
            })}
            <Spacer height={end ? v.total - end.end : 0} columns={count} />
          </tbody>
        </table>
        {props.below}
      </div>
      {edge.unseen > 0 && (
        <button class={`lines-new at-${props.grows}`} onClick={edge.go}>
          {props.grows === 'start' ? '↑' : '↓'} {integer(edge.unseen)} new
        </button>
      )}
    </div>
  );
}

function firstInSight(shown: { index: number; end: number }[], el: HTMLElement | null): number {
  return shown.find((i) => i.end > (el?.scrollTop ?? 0) + 1)?.index ?? 0;
}

/** Letters of each column; the message takes what is left, and no less than is readable. */
function useWidths(columns: string[], items: Item[]) {
  const sample = items.length < 50 ? items.length : 50;
  return useMemo(() => {
    const rows = items.slice(0, 200).filter((i): i is Row => !isGap(i));
    const last = columns.includes(MESSAGE) ? MESSAGE : columns.at(-1);
    const each = columns.map((c) => (c === last ? 0 : columnWidth(c, rows, (r) => cellText(r, c))));
    return { each, least: 118 + each.reduce((sum, w) => sum + w * 7.3, 0) + 320 };
  }, [columns.join(','), sample]);
}

type Box = { current: HTMLDivElement | null };

/** Where lines come in: followed while one looks there; else what is being read stays where it is. */
function useEdge(box: Box, v: ReturnType<typeof useVirtual>, keys: string[], places: Map<string, number>, grows: Props['grows'], arrived: number) {
  const following = useRef(true);
  const held = useRef<{ key: string; offset: number } | null>(null);
  const [seen, setSeen] = useState(arrived);
  const toEdge = () => {
    box.current!.scrollTop = grows === 'end' ? box.current!.scrollHeight : 0;
    setSeen(arrived);
  };
  const onScroll = () => {
    const el = box.current;
    if (!el || !grows) return;
    following.current = grows === 'end' ? el.scrollTop + el.clientHeight >= el.scrollHeight - 4 : el.scrollTop < 4;
    if (following.current && seen !== arrived) setSeen(arrived);
    const index = firstInSight(v.items, el);
    const key = keys[index];
    held.current = key === undefined ? null : { key, offset: el.scrollTop - v.startOf(index) };
  };
  useLayoutEffect(() => {
    if (!box.current || !grows) return;
    if (following.current) return toEdge();
    const index = held.current ? places.get(held.current.key) : undefined;
    if (index !== undefined) box.current.scrollTop = v.startOf(index) + held.current!.offset;
  }, [keys, grows, v.items.length > 0]);
  const go = () => {
    following.current = true;
    toEdge();
  };
  return { onScroll, go, unseen: grows ? Math.max(0, arrived - seen) : 0 };
}

/** The anchor stands in the middle at first; when lines come in before it, what is being read stays where it is. */
function useAnchor(box: Box, v: ReturnType<typeof useVirtual>, keys: string[], places: Map<string, number>, anchor: string | undefined) {
  const held = useRef<{ key: string; top: number } | null>(null);
  const topOf = (index: number) => box.current!.querySelector('table')!.offsetTop + v.startOf(index);
  useLayoutEffect(() => {
    if (!anchor || !box.current) return;
    const known = held.current && places.get(held.current.key);
    if (known === undefined || known === null) v.scrollTo(places.get(anchor) ?? 0, 'center');
    else box.current.scrollTop += topOf(known) - held.current!.top;
  }, [keys]);
  // Of every drawing: the first line in sight, and where it begins.
  useLayoutEffect(() => {
    if (!anchor || !box.current) return;
    const index = firstInSight(v.items, box.current);
    const key = keys[index];
    held.current = key === undefined ? null : { key, top: topOf(index) };
  });
}

function spansDays(items: Item[]): boolean {
  const rows = [items[0], items.at(-1)].filter((i): i is Row => !!i && !isGap(i));
  return rows.length === 2 && new Date(nsToMs(rows[0]!.time_ns)).toDateString() !== new Date(nsToMs(rows[1]!.time_ns)).toDateString();
}

/** Marking text to copy is not a click on the row. */
function selectingText(): boolean {
  return !!window.getSelection()?.toString();
}

interface LineProps {
  row: Row;
  columns: string[];
  days: boolean;
  marks: RegExp | null;
  index: number;
  measure?: (el: Element | null) => void;
  open: boolean;
  current: boolean;
  anchor: boolean;
  onClick: () => void;
}

function Line({ row, columns, days, marks, index, measure, open, current, anchor, onClick }: LineProps) {
  const ms = nsToMs(row.time_ns);
  const level = levelOf(row);
  const s = severity(level, row.fields.severity_number);
  return (
    <tr
      class={`line line-${s}${anchor ? ' line-anchor' : ''}`}
      ref={measure}
      data-index={index}
      aria-selected={open}
      data-row-current={current ? 'true' : undefined}
      onClick={() => selectingText() || onClick()}
    >
      <td class="line-time" title={fullTime(ms)}>
        <LevelBar level={level} number={row.fields.severity_number} />
        {days && `${shortDate(ms)} `}
        {clockTime(ms, true)}
      </td>
      {columns.map((c) =>
        c === MESSAGE ? (
          <Message key={c} row={row} shown={columns} marks={marks} />
        ) : (
          <td key={c} class={`line-cell ${c === LEVEL ? 'line-level' : c === SERVICE ? 'line-service' : ''}`} title={cellText(row, c)}>
            {cellText(row, c)}
          </td>
        ),
      )}
    </tr>
  );
}

function Message({ row, shown, marks }: { row: Row; shown: string[]; marks: RegExp | null }) {
  return (
    <td class="line-text">
      <span class="line-message">
        {markParts(messageOf(row), marks).map((p, i) => (p.hit ? <mark key={i}>{p.text}</mark> : p.text))}
      </span>
      {glance(row)
        .filter(([k]) => !shown.includes(k))
        .map(([k, value]) => (
          <span key={k} class="line-pair">
            <span class="line-key">{k}=</span>
            {value}
          </span>
        ))}
    </td>
  );
}

function GapRow({ of, columns, index, measure }: { of: Extract<Item, { gap: unknown }>; columns: number; index: number; measure?: (el: Element | null) => void }) {
  return (
    <tr class="line line-gap" ref={measure} data-index={index}>
      <td colSpan={columns}>
        dropped {of.gap.exact ? '' : 'at least '}
        {integer(of.gap.count)} {of.gap.count === 1 ? 'line' : 'lines'} here: this page could not keep up
      </td>
    </tr>
  );
}

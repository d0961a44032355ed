/** What kinds of messages there are: how many, since when, an example; each leads to its records. */
import { useMemo, useState } from 'preact/hooks';
import type { Pattern, SearchAnswer } from '../../api/types';
import { param, setParams } from '../../app/router';
import { Badge, Segmented, Time } from '../../components/bits';
import { Icon } from '../../components/icon';
import { SparkBars } from '../../components/sparkline';
import { Empty } from '../../components/states';
import { count, integer, percent, plural } from '../../lib/format';
import { useRows } from '../../lib/rows';
import { compareNs, fullTime, nsToMs } from '../../lib/time';

type Order = 'count' | 'new' | 'rare';

const ORDERS: { value: Order; label: string }[] = [
  { value: 'count', label: 'Commonest' },
  { value: 'new', label: 'New first' },
  { value: 'rare', label: 'Rarest' },
];

interface Props {
  answer: SearchAnswer;
  /** The most that were asked for. */
  limit: number;
  onOnly: (p: Pattern) => void;
  onWithout: (p: Pattern) => void;
}

export function PatternsView({ answer, limit, onOnly, onWithout }: Props) {
  const order = ORDERS.find((o) => o.value === param('by'))?.value ?? 'count';
  const patterns = useMemo(() => sorted(answer.patterns, order), [answer, order]);
  const [opened, setOpened] = useState('');
  const toggle = (p: Pattern) => setOpened(opened === keyOf(p) ? '' : keyOf(p));
  const rows = useRows(patterns.length, (i) => toggle(patterns[i]!), { onLeave: () => setOpened('') });
  const fresh = answer.patterns.filter((p) => p.is_new).length;
  // Where there was nothing before, being new tells nothing apart.
  const telling = fresh < answer.patterns.length;
  if (!patterns.length) return <Empty title="No record here has a message" />;
  const most = Math.max(...patterns.map((p) => p.share));
  return (
    <div class="result-scroll result-pad">
      <div class="result-tools">
        <Segmented label="Order" value={order} options={ORDERS} onChange={(v) => setParams({ by: v === 'count' ? null : v }, { replace: true })} />
        <span class="dim">
          {plural(patterns.length, 'pattern')} of {plural(answer.total, 'message')}
          {fresh > 0 && (telling ? `, ${integer(fresh)} new: not seen in the same time before` : ', all new: none was seen in the same time before')}
          {answer.patterns.length === limit && `. These are the ${integer(limit)} commonest: “| patterns ${limit * 4}” shows more`}
        </span>
      </div>
      <table class="table patterns">
        <thead>
          <tr>
            <th class="num">Count</th>
            <th>Share</th>
            <th>Over time</th>
            <th>Pattern</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {patterns.map((p, i) => (
            <PatternRow key={keyOf(p)} of={p} telling={telling} most={most} open={opened === keyOf(p)} rowProps={rows.rowProps(i)} onOpen={() => toggle(p)} onOnly={onOnly} onWithout={onWithout} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A pattern stays the one it is whatever the order. */
const keyOf = (p: Pattern) => `${p.dataset} ${p.pattern}`;

function sorted(patterns: Pattern[], by: Order): Pattern[] {
  if (by === 'count') return patterns;
  return [...patterns].sort((a, b) =>
    by === 'rare' ? a.count - b.count : Number(b.is_new) - Number(a.is_new) || (a.is_new ? compareNs(b.first_seen_ns, a.first_seen_ns) : 0) || b.count - a.count,
  );
}

interface RowProps extends Omit<Props, 'answer' | 'limit'> {
  of: Pattern;
  telling: boolean;
  most: number;
  open: boolean;
  rowProps: object;
  onOpen: () => void;
}

function PatternRow({ of: p, telling, most, open, rowProps, onOpen, onOnly, onWithout }: RowProps) {
  const from = nsToMs(p.trend.start_ns);
  const isNew = p.is_new && telling;
  return (
    <>
      <tr class={open ? 'clickable opened' : 'clickable'} {...rowProps} onClick={onOpen}>
        <td class="num" title={integer(p.count)}>
          {count(p.count)}
        </td>
        <td class="pattern-share">
          <span>{percent(p.share)}</span>
          <i style={{ width: `${most ? (p.share / most) * 100 : 0}%` }} />
        </td>
        <td>
          <SparkBars values={p.trend.counts} width={132} height={22} tone={isNew ? 'error' : 'accent'} label={`${p.count} since ${fullTime(from, false)}`} />
        </td>
        <td class="pattern-text">
          <button class="plain" aria-expanded={open} title="Its example and times">
            <code>
              {p.pattern.split('<_>').map((part, i) => (
                <>
                  {i > 0 && <i class="blank">▒</i>}
                  {part}
                </>
              ))}
            </code>
          </button>
          {isNew && (
            <Badge tone="warn" title={`Not seen before ${fullTime(nsToMs(p.first_seen_ns))}`}>
              new
            </Badge>
          )}
        </td>
        <td class="pattern-actions">
          <button class="button small" title="Its records" onClick={(e) => (e.stopPropagation(), onOnly(p))}>
            Records
          </button>
          <button class="icon-button" title="Leave it out" aria-label={`Leave out ${p.pattern}`} onClick={(e) => (e.stopPropagation(), onWithout(p))}>
            <Icon name="minus" size={14} />
          </button>
        </td>
      </tr>
      {open && (
        <tr class="pattern-detail">
          <td colSpan={5}>
            <dl class="pattern-more">
              <dt>Example</dt>
              <dd>
                <code>{p.example}</code>
              </dd>
              <dt>First here</dt>
              <dd>
                <Time ns={p.first_seen_ns} mode="full" />
              </dd>
              <dt>Last</dt>
              <dd>
                <Time ns={p.last_seen_ns} mode="full" />
              </dd>
            </dl>
          </td>
        </tr>
      )}
    </>
  );
}

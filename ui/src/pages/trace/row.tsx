import { sourceName } from '../../components/bits';
import { Icon } from '../../components/icon';
import { slotVar } from '../../lib/color';
import { duration, plural } from '../../lib/format';
import { spanStatement, type Node, type Run } from '../../lib/trace';
import { diffMs } from '../../lib/time';
import type { Zoom } from './zoom';

export interface RowContext {
  window: Zoom;
  colors: Map<string, number>;
  runs: Map<string, Run>;
  collapsed: Set<string>;
  folded: Set<string>;
  /** Spans on the critical path, while that is shown. */
  path: Set<string> | null;
  linked: Map<string, { logs: number; errors: number }>;
  toggle: (id: string) => void;
  fold: (key: string) => void;
  select: (id: string | null) => void;
}

interface Props {
  node: Node;
  top: number;
  height: number;
  selected: boolean;
  context: RowContext;
}

export function SpanRow({ node, top, height, selected, context: c }: Props) {
  const { span } = node;
  const id = span.span_id;
  const open = !c.collapsed.has(id);
  const failed = span.status === 'error';
  const off = c.path && !c.path.has(id);
  const classes = ['span-row', selected && 'selected', failed && 'failed', off && 'off'].filter(Boolean).join(' ');
  return (
    <div
      class={classes}
      role="treeitem"
      aria-level={node.depth + 1}
      aria-expanded={node.children.length ? open : undefined}
      aria-selected={selected}
      style={{ transform: `translateY(${top}px)`, height: `${height}px` }}
      onClick={() => c.select(selected ? null : id)}
    >
      <NameCell node={node} open={open} context={c} />
      <BarCell node={node} context={c} />
    </div>
  );
}

function NameCell({ node, open, context: c }: { node: Node; open: boolean; context: RowContext }) {
  const { span } = node;
  const linked = c.linked.get(span.span_id);
  const run = c.runs.get(span.span_id);
  const otherService = node.parent?.span.service !== span.service;
  return (
    <div class="span-name" style={{ paddingLeft: `${8 + Math.min(node.depth, 24) * 14}px` }}>
      {node.children.length ? (
        <button
          class="span-toggle"
          tabIndex={-1}
          aria-label={open ? 'Collapse' : `Expand, ${plural(node.descendants, 'span')} below`}
          onClick={(e) => {
            e.stopPropagation();
            c.toggle(span.span_id);
          }}
        >
          <Icon name={open ? 'down' : 'right'} size={11} />
        </button>
      ) : (
        <span class="span-toggle" />
      )}
      <i class="span-service-bar" style={{ background: slotVar(c.colors.get(span.service) ?? 1) }} />
      {span.status === 'error' && (
        <span class="span-error" title={span.status_message || 'error'}>
          <Icon name="warn" size={13} />
        </span>
      )}
      <span class="span-title" title={span.name}>
        {shortName(node)}
      </span>
      {otherService && <span class="span-service">{span.service}</span>}
      {run?.index === 0 && (
        <button
          class="run-badge"
          tabIndex={-1}
          title={`${run.size} like spans in a row, ${duration(run.totalMs)} in all. Click to ${c.folded.has(run.key) ? 'show each' : 'fold'}.`}
          onClick={(e) => {
            e.stopPropagation();
            c.fold(run.key);
          }}
        >
          ×{run.size}
        </button>
      )}
      {!open && <span class="span-hidden">+{node.descendants}</span>}
      {linked?.errors ? <span class="span-mark bad" title={plural(linked.errors, 'error event')} /> : null}
      {linked?.logs ? <span class="span-mark" title={plural(linked.logs, 'log line')} /> : null}
      <SourceMark source={span.source} also={span.also_seen_by} />
      {node.orphan && (
        <span class="span-orphan" title="Its parent has not arrived">
          ?
        </span>
      )}
    </div>
  );
}

/** A database span is told by its statement, any other by its name. */
function shortName(node: Node): string {
  const { span } = node;
  const sql = spanStatement(span);
  if (!sql || sql.length < span.name.length) return span.name;
  return sql.replace(/\s+/g, ' ').slice(0, 160);
}

function SourceMark({ source, also }: { source: string; also: string }) {
  const both = also ? ` and ${sourceName(also)}` : '';
  return (
    <span class="source-mark" title={`Seen by ${sourceName(source)}${both}`}>
      {[source, also].filter(Boolean).map((s) => (
        <i key={s} class={`mark mark-${s}`} />
      ))}
    </span>
  );
}

function BarCell({ node, context: c }: { node: Node; context: RowContext }) {
  const { window: w } = c;
  const width = w.to - w.from;
  const left = ((node.startMs - w.from) / width) * 100;
  const size = (node.durationMs / width) * 100;
  const right = left + size;
  if (right < 0 || left > 100) {
    return <div class="span-track">{<span class={right < 0 ? 'span-away left' : 'span-away right'}>{right < 0 ? '‹' : '›'}</span>}</div>;
  }
  const from = Math.max(0, left);
  const to = Math.min(100, right);
  const labelLeft = to > 84 && from > 14;
  const own = slotVar(c.colors.get(node.span.service) ?? 1);
  // Work that waits for somebody else (a query, a call) is paler than the service's own.
  const color = node.span.kind === 'client' ? `color-mix(in srgb, ${own} 62%, var(--surface))` : own;
  return (
    <div class="span-track">
      <div class={node.span.status === 'error' ? 'span-bar bad' : 'span-bar'} style={{ left: `${from}%`, width: `${to - from}%`, background: color }} />
      {node.span.events.map((e, i) => {
        const at = ((node.startMs + diffMs(e.time_ns, node.span.start_ns) - w.from) / width) * 100;
        if (at < 0 || at > 100) return null;
        return <i key={i} class={e.name === 'exception' ? 'span-event bad' : 'span-event'} style={{ left: `${at}%` }} title={e.name} />;
      })}
      <span class={labelLeft ? 'span-label before' : 'span-label'} style={labelLeft ? { right: `${100 - from}%` } : { left: `${to}%` }}>
        {duration(node.durationMs)}
      </span>
    </div>
  );
}

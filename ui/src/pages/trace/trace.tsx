/** One trace: its waterfall, its lines, its errors, and what else is linked to it. */
import { useMemo } from 'preact/hooks';
import { getTrace } from '../../api/endpoints';
import type { Trace } from '../../api/types';
import { refreshed } from '../../app/range';
import { href, param, setParams } from '../../app/router';
import { Crumbs, Page } from '../../app/shell';
import { Badge, CopyButton, Dot, Source, Time } from '../../components/bits';
import { HttpStatus } from '../../components/tracetable';
import { Empty, ErrorBox, Loading } from '../../components/states';
import { useData } from '../../lib/data';
import { slots } from '../../lib/color';
import { duration, plural } from '../../lib/format';
import { buildTree, type Tree } from '../../lib/trace';
import { durationMs } from '../../lib/time';
import { LinksView } from '../../components/links';
import { TraceErrors } from './errors';
import { FlameGraph } from './flame';
import { TraceLogs } from './logs';
import { Missing } from './missing';
import { Waterfall } from './waterfall';
import './trace.css';

export type View = 'spans' | 'flame' | 'logs' | 'errors' | 'links';

export default function TracePage({ id }: { id: string }) {
  const data = useData((s) => getTrace(id, s), [id, refreshed.value]);
  const tree = useMemo(() => data.data && buildTree(data.data.spans, data.data.start_ns), [data.data]);
  const root = tree?.roots[0]?.span;
  const crumb = <Crumbs parent="Traces" to={href('/traces')}>{root?.name ?? id.slice(0, 8)}</Crumbs>;
  return (
    <Page title={root?.name ?? 'Trace'} head={crumb} timed={false} fixed>
      {data.error?.status === 404 ? (
        <Missing id={id} retry={data.reload} />
      ) : data.error ? (
        <ErrorBox error={data.error} retry={data.reload} />
      ) : data.data && tree ? (
        <Body trace={data.data} tree={tree} />
      ) : (
        <Loading lines={12} />
      )}
    </Page>
  );
}

function Body({ trace, tree }: { trace: Trace; tree: Tree }) {
  const view = (['spans', 'flame', 'logs', 'errors', 'links'] as View[]).find((v) => v === param('view')) ?? 'spans';
  const colors = useMemo(() => slots(trace.services), [trace]);
  const links = trace.links;
  const others = links ? links.identities.filter((i) => i.value !== trace.trace_id).length : 0;
  const open = (v: View) => setParams({ view: v === 'spans' ? null : v }, { replace: true });
  return (
    <div class="trace">
      <Head trace={trace} tree={tree} colors={colors} />
      <div class="tabs" role="tablist" aria-label="Trace">
        {(
          [
            ['spans', 'Waterfall', trace.spans.length],
            ['flame', 'Flame graph', null],
            ['logs', 'Logs', trace.logs.length],
            ['errors', 'Errors', trace.errors.length],
            ['links', 'Links', others],
          ] as [View, string, number | null][]
        ).map(([v, label, n]) => (
          <button key={v} role="tab" aria-selected={v === view} onClick={() => open(v)}>
            {label} {n !== null && <span class={v === 'errors' && n ? 'tab-count bad' : 'tab-count'}>{n}</span>}
          </button>
        ))}
      </div>
      {view === 'spans' && (trace.spans.length ? <Waterfall trace={trace} tree={tree} colors={colors} /> : <Empty title="No spans of this trace are kept" icon="traces" />)}
      {view === 'flame' && (trace.spans.length ? <FlameGraph tree={tree} colors={colors} /> : <Empty title="No spans of this trace are kept" icon="traces" />)}
      {view === 'logs' && <TraceLogs trace={trace} />}
      {view === 'errors' && <TraceErrors trace={trace} />}
      {view === 'links' && <div class="scroll-y">{links ? <LinksView links={links} /> : <Empty title="Nothing else is linked to this trace" icon="link" />}</div>}
    </div>
  );
}

function Head({ trace, tree, colors }: { trace: Trace; tree: Tree; colors: Map<string, number> }) {
  const root = tree.roots[0]?.span;
  const errors = trace.spans.filter((s) => s.status === 'error').length;
  const status = root && Number(root.attributes['http.response.status_code'] ?? root.attributes['http.status_code'] ?? 0);
  const sources = [...new Set(trace.spans.flatMap((s) => [s.source, s.also_seen_by]).filter(Boolean))];
  return (
    <div class="trace-head">
      <strong class="trace-total">{duration(durationMs(trace.duration_ns))}</strong>
      {status ? <HttpStatus status={status} /> : null}
      <span>
        <Time ns={trace.start_ns} mode="full" />{' '}
        <span class="dim">
          (<Time ns={trace.start_ns} />)
        </span>
      </span>
      <span>{plural(trace.spans.length, 'span')}</span>
      {errors > 0 && <Badge tone="error">{plural(errors, 'error')}</Badge>}
      {tree.roots.length > 1 && (
        <Badge tone="warn" title="Parents of some spans have not arrived">
          {tree.roots.length} roots
        </Badge>
      )}
      <span class="trace-services">
        {trace.services.map((s) => (
          <span key={s}>
            <Dot name={s} at={colors.get(s)} /> {s}
          </span>
        ))}
      </span>
      {sources.map((s) => (
        <Source key={s} source={s} />
      ))}
      <span class="trace-id mono">
        {trace.trace_id} <CopyButton text={trace.trace_id} small label="Copy trace id" />
      </span>
    </div>
  );
}


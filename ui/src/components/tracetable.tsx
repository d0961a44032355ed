/** Traces as a table; the bar in the duration's cell compares them with the longest shown. */
import type { TraceSummary } from '../api/types';
import { href, navigate } from '../app/router';
import { duration, integer } from '../lib/format';
import { useRows } from '../lib/rows';
import { durationMs } from '../lib/time';
import { Badge, Dot, Source, Time } from './bits';
import './tracetable.css';

export function TraceTable({ traces, keys = true }: { traces: TraceSummary[]; keys?: boolean }) {
  const to = (t: TraceSummary) => href(`/traces/${encodeURIComponent(t.trace_id)}`);
  const { rowProps } = useRows(traces.length, (n) => navigate(to(traces[n]!)), { off: !keys });
  const longest = Math.max(0.001, ...traces.map((t) => durationMs(t.duration_ns)));
  return (
    <div class="panel scroll-x">
      <table class="table traces">
        <thead>
          <tr>
            <th>Trace</th>
            <th>Service</th>
            <th>Status</th>
            <th class="trace-duration-head">Duration</th>
            <th class="num">Spans</th>
            <th>Seen by</th>
            <th>Started</th>
          </tr>
        </thead>
        <tbody>
          {traces.map((t, n) => (
            <tr key={t.trace_id} {...rowProps(n)} class="clickable" onClick={() => navigate(to(t))}>
              <td class="trace-cell">
                <a class="strong" href={to(t)} onClick={(e) => e.stopPropagation()}>
                  {t.root_name || '(root not received)'}
                </a>{' '}
                <span class="dim mono">{t.trace_id.slice(0, 8)}</span>
              </td>
              <td class="nowrap">
                <Dot name={t.service} /> {t.service}
              </td>
              <td class="nowrap">
                <HttpStatus status={t.http_status} />
                {t.errors > 0 && <Badge tone="error">{t.errors === 1 ? '1 error' : `${t.errors} errors`}</Badge>}
              </td>
              <td class="trace-duration">
                <i class={t.errors ? 'trace-bar bad' : 'trace-bar'} style={{ width: `${(durationMs(t.duration_ns) / longest) * 100}%` }} />
                <span>{duration(durationMs(t.duration_ns))}</span>
              </td>
              <td class="num">{integer(t.spans)}</td>
              <td>
                <Source source={t.source} />
              </td>
              <td class="nowrap">
                <Time ns={t.start_ns} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function HttpStatus({ status }: { status: number | null | undefined }) {
  if (!status) return null;
  return <span class={`http http-${Math.floor(status / 100)}`}>{status}</span>;
}

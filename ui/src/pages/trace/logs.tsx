import type { Row, Trace } from '../../api/types';
import { href } from '../../app/router';
import { LevelBar } from '../../components/bits';
import { Empty } from '../../components/states';
import { severity } from '../../lib/color';
import { duration } from '../../lib/format';
import { absoluteRange } from '../../lib/range';
import { glance, messageOf, rowKey, text } from '../../lib/record';
import { diffMs, durationMs, nsToMs } from '../../lib/time';
import '../../components/lines.css';

export function logsWindow(trace: Trace) {
  const at = nsToMs(trace.start_ns);
  return absoluteRange(at - 60_000, at + durationMs(trace.duration_ns) + 60_000);
}

export function TraceLogs({ trace }: { trace: Trace }) {
  const query = trace.links?.logs.query || `trace_id:"${trace.trace_id}"`;
  if (!trace.logs.length) {
    return (
      <Empty title="No log line belongs to this trace" icon="logs">
        {trace.links?.hint && <p>{trace.links.hint}</p>}
        <a class="button" href={href('/logs', { ...logsWindow(trace) })}>
          Logs at that time
        </a>
      </Empty>
    );
  }
  return (
    <div class="scroll-y">
      <p class="list-note">
        <a href={href('/logs', { q: query, ...logsWindow(trace) })}>Open in Logs</a>
      </p>
      <div class="panel">
        <LogRows rows={trace.logs} startNs={trace.start_ns} />
      </div>
    </div>
  );
}

/** Lines with their distance from the trace's start; a click leads to the line in Logs. */
export function LogRows({ rows, startNs }: { rows: Row[]; startNs: string }) {
  return (
    <table class="lines-table small-lines">
      <tbody>
        {rows.map((r) => {
          const level = text(r, 'severity_text');
          const at = nsToMs(r.time_ns);
          const offset = diffMs(r.time_ns, startNs);
          return (
            <tr key={rowKey(r)} class={`line line-${severity(level, r.fields.severity_number)}`}>
              <td class="line-time">
                <LevelBar level={level} number={r.fields.severity_number} />
                {offset < 0 ? `−${duration(-offset)}` : `+${duration(offset)}`}
              </td>
              <td class="line-text">
                <a class="line-message" href={href('/logs', { row: rowKey(r), ...absoluteRange(at - 30_000, at + 30_000) })}>
                  {messageOf(r)}
                </a>
                {glance(r).map(([k, v]) => (
                  <span key={k} class="line-pair">
                    <span class="line-key">{k}=</span>
                    {v}
                  </span>
                ))}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

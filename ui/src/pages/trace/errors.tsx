import type { Trace } from '../../api/types';
import { href } from '../../app/router';
import { Time } from '../../components/bits';
import { Empty } from '../../components/states';

export function TraceErrors({ trace }: { trace: Trace }) {
  if (!trace.errors.length) return <Empty title="No error event belongs to this trace" icon="check" />;
  const names = new Map(trace.spans.map((s) => [s.span_id, s.name]));
  return (
    <div class="scroll-y">
      <div class="panel">
        <table class="table">
          <thead>
            <tr>
              <th>Error</th>
              <th>Span</th>
              <th>Time</th>
            </tr>
          </thead>
          <tbody>
            {trace.errors.map((e) => (
              <tr key={e.event_id}>
                <td>
                  <a class="strong" href={href(`/issues/${e.issue_id}/events/${e.event_id}`)}>
                    {e.title}
                  </a>
                </td>
                <td>{e.span_id && names.has(e.span_id) ? <a href={href(`/traces/${trace.trace_id}`, { span: e.span_id })}>{names.get(e.span_id)}</a> : <span class="dim">–</span>}</td>
                <td class="nowrap">
                  <Time ns={e.time_ns} mode="full" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

/** What was found in a trace: the statement or the call, how often, and what it cost the request. */
import type { ErrorEvent } from '../../api/types';
import { href } from '../../app/router';
import { Section } from '../../components/bits';
import { Sql } from '../../components/sql';
import { duration, integer } from '../../lib/format';
import { problemOf, type Problem } from '../../lib/problem';

export { problemOf };

export function ProblemView({ problem, event }: { problem: Problem; event: ErrorEvent }) {
  const { calls, costMs, requestMs } = problem;
  const share = requestMs > 0 ? Math.min(100, Math.round((100 * costMs) / requestMs)) : null;
  return (
    <>
      <Section title={problem.isCall ? 'Call' : 'Statement'}>
        {problem.isCall ? <pre class="panel message">{problem.statement}</pre> : <Sql text={problem.statement} />}
      </Section>
      <Section title="What it costs">
        <dl class="problem-facts panel">
          <Fact name="Times" value={integer(calls)} note={calls > 1 ? 'one after the other, or at once, under one parent' : 'in this request'} />
          <Fact name="Takes" value={duration(costMs)} note={share === null ? '' : `${share} % of the request's ${duration(requestMs)}`} />
          {problem.route && <Fact name="Route" value={problem.route} note={problem.service} />}
          {problem.code && <Fact name="Code" value={problem.code} note="" />}
        </dl>
        {event.trace_id && (
          <p>
            <a class="button" href={href(`/traces/${event.trace_id}`, { span: problem.parent })}>
              Show it in the trace
            </a>
          </p>
        )}
      </Section>
    </>
  );
}

function Fact({ name, value, note }: { name: string; value: string; note: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <strong class="mono">{value}</strong> {note && <span class="dim">{note}</span>}
      </dd>
    </div>
  );
}

/** Traces of the time range: a plot of when and how long, and the list. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { getFieldValues, listTraces } from '../../api/endpoints';
import type { TraceSummary } from '../../api/types';
import { rangeLabel, refresh, relative, resolved, setRange } from '../../app/range';
import { href, param, setParams } from '../../app/router';
import { Page } from '../../app/shell';
import { QuestionBar } from '../../components/questionbar';
import { Async, Empty, Loading, Warnings } from '../../components/states';
import { TraceTable } from '../../components/tracetable';
import { useData } from '../../lib/data';
import { plural } from '../../lib/format';
import { compareNs } from '../../lib/time';
import { Scatter } from './scatter';

const LIMIT = 500;
const ROWS = 100;

const SORTS = [
  ['time', 'Newest'],
  ['duration', 'Slowest'],
  ['errors', 'Errors'],
] as const;

export default function Traces() {
  const w = resolved.value;
  const q = param('q');
  const service = param('service');
  const sort = SORTS.find(([id]) => id === param('sort'))?.[0] ?? 'time';
  const data = useData((s) => listTraces({ service, q, limit: LIMIT }, w, s), [w, q, service]);
  const traces = useMemo(() => sorted(data.data?.traces ?? [], sort), [data.data, sort]);
  const [rows, setRows] = useState(ROWS);
  useEffect(() => setRows(ROWS), [data.data, sort]);
  const submit = (next: string) => {
    setParams({ q: next });
    if (relative.peek()) refresh();
  };
  return (
    <Page title="Traces">
      <div class="toolbar">
        <ServiceSelect value={service} />
        <QuestionBar
          value={q}
          dataset="spans"
          label="Search traces"
          placeholder="Traces with a span that matches: db.system.name:postgresql duration>500ms"
          busy={data.loading && !!data.data}
          error={data.error}
          onSubmit={submit}
        />
        <label class="inline-field">
          Show
          <select class="select" value={sort} onChange={(e) => setParams({ sort: e.currentTarget.value === 'time' ? null : e.currentTarget.value })}>
            {SORTS.map(([id, label]) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Async of={data} query={q} loading={<Loading lines={10} />}>
        {(d) => (
          <>
            <Warnings items={d.warnings} />
            {d.traces.length ? (
              <>
                <div class="panel pad">
                  <Scatter traces={d.traces} window={w} />
                </div>
                <p class="list-note dim">
                  {plural(d.traces.length, 'trace')}
                  {d.traces.length >= LIMIT && ` – the newest ${LIMIT}; narrow the search or the time range to see others`}
                </p>
                <TraceTable key={sort} traces={traces.slice(0, rows)} />
                {traces.length > rows && (
                  <div class="pager">
                    <button class="button" onClick={() => setRows(rows + ROWS)}>
                      Show more
                    </button>
                  </div>
                )}
              </>
            ) : (
              <NoTraces filtered={!!(q || service)} />
            )}
          </>
        )}
      </Async>
    </Page>
  );
}

function sorted(traces: TraceSummary[], by: (typeof SORTS)[number][0]): TraceSummary[] {
  const newest = (a: TraceSummary, b: TraceSummary) => compareNs(b.start_ns, a.start_ns);
  return [...traces].sort((a, b) => {
    if (by === 'duration') return compareNs(b.duration_ns, a.duration_ns) || newest(a, b);
    if (by === 'errors') return b.errors - a.errors || newest(a, b);
    return newest(a, b);
  });
}

function ServiceSelect({ value }: { value: string }) {
  const w = resolved.value;
  const data = useData((s) => getFieldValues('spans', 'service.name', '', w, s), [w]);
  const names = data.data?.values.map((v) => v.value) ?? [];
  const all = value && !names.includes(value) ? [value, ...names] : names;
  return (
    <select class="select" aria-label="Service" value={value} onChange={(e) => setParams({ service: e.currentTarget.value })}>
      <option value="">All services</option>
      {all.map((n) => (
        <option key={n} value={n}>
          {n}
        </option>
      ))}
    </select>
  );
}

function NoTraces({ filtered }: { filtered: boolean }) {
  return (
    <div class="panel">
      <Empty title={filtered ? 'No trace matches' : 'No traces in this time range'} icon="traces">
        <p>Looked at: {rangeLabel.value}.</p>
        <div class="empty-actions">
          {filtered && (
            <button class="button" onClick={() => setParams({ q: null, service: null })}>
              Clear the search
            </button>
          )}
          <button class="button" onClick={() => setRange({ start: 'now-24h', end: 'now' })}>
            Look at the last 24 hours
          </button>
          {!filtered && (
            <a class="button" href={href('/start')}>
              Connect OpenTelemetry
            </a>
          )}
        </div>
      </Empty>
    </div>
  );
}

/** Logs: a query, its shape over time, its lines, and one line in full. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { getHistogram } from '../../api/endpoints';
import { rangeLabel, refresh, relative, resolved, setRange, zoomTo } from '../../app/range';
import { href, param, setParams } from '../../app/router';
import { Page } from '../../app/shell';
import { HistogramChart } from '../../components/histogram';
import { Icon } from '../../components/icon';
import { QueryBar } from '../../components/querybar';
import { Async, Empty, ErrorBox, Loading, Warnings } from '../../components/states';
import { useData } from '../../lib/data';
import { bytes, count, duration, integer, plural } from '../../lib/format';
import { addFilter } from '../../lib/query';
import { rowKey } from '../../lib/record';
import { FieldPanel } from './fields';
import { LineList } from './list';
import { Record } from './record';
import { useLines, type Lines } from './uselines';
import './logs.css';

export function submitQuery(q: string): void {
  setParams({ q, row: null });
  if (relative.peek()) refresh();
}

export default function Logs() {
  const w = resolved.value;
  const q = param('q');
  const live = param('live') === '1';
  const order = param('order') === 'asc' && !live ? 'asc' : 'desc';
  const selected = param('row');
  const lines = useLines(q, w, order, live);
  const pulse = usePulse(live);
  const histogram = useData((s) => getHistogram('logs', q, window_(w, live), 'severity_text', 60, s), [q, w, pulse]);
  const row = useMemo(() => lines.rows.find((r) => rowKey(r) === selected), [lines.rows, selected]);
  const filter = (key: string, value: unknown, exclude: boolean) => submitQuery(addFilter(q, key, value, exclude));
  return (
    <Page title="Logs" fixed>
      <div class="logs">
        <div class="toolbar">
          <QueryBar
            value={q}
            dataset="logs"
            label="Search logs"
            placeholder="Words, or fields: severity_text:error AND path:/orders/*"
            busy={lines.loading && lines.rows.length > 0}
            onSubmit={submitQuery}
          />
          <button
            class={live ? 'button live on' : 'button live'}
            aria-pressed={live}
            title="Show new lines as they arrive"
            onClick={() => setParams({ live: live ? null : '1', order: null })}
          >
            <Icon name={live ? 'pause' : 'play'} size={14} /> Live
            {live && <i class="pulse" />}
          </button>
          <button class="button" disabled={live} title="Turn the order round" onClick={() => setParams({ order: order === 'asc' ? null : 'asc' })}>
            {order === 'asc' ? 'Oldest first' : 'Newest first'}
          </button>
        </div>
        {lines.error ? (
          <ErrorBox error={lines.error} query={q} retry={lines.reload} />
        ) : (
          <>
            <div class="logs-histogram">
              <Async of={histogram} query={q} loading={<div class="histogram-wait" aria-hidden="true" />}>
                {(h) => <HistogramChart of={h} onZoom={zoomTo} onKey={(k) => filter('severity_text', k, false)} noun="line" />}
              </Async>
            </div>
            <Warnings items={lines.partial ? ['Only part of the data could be read: there may be more lines than shown.', ...lines.warnings] : lines.warnings} />
            <div class={row || selected ? 'logs-body with-record' : 'logs-body'}>
              <FieldPanel q={q} window={w} onFilter={filter} />
              <div class="logs-lines">
                <StatusLine lines={lines} total={histogram.data?.total} live={live} />
                <Content lines={lines} q={q} selected={selected} live={live} />
              </div>
              {selected && <Record key={selected} id={selected} row={row} listed={!lines.loading} onFilter={filter} />}
            </div>
          </>
        )}
      </div>
    </Page>
  );
}

function Content({ lines, q, selected, live }: { lines: Lines; q: string; selected: string; live: boolean }) {
  if (lines.loading && !lines.rows.length) return <Loading lines={12} />;
  if (!lines.rows.length) return <NoLines q={q} live={live} />;
  return <LineList lines={lines} selected={selected} />;
}

/** In a live tail the histogram follows every ten seconds. */
function usePulse(on: boolean): number {
  const [n, setN] = useState(0);
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => setN((x) => x + 1), 10_000);
    return () => clearInterval(timer);
  }, [on]);
  return n;
}

function window_(w: { startMs: number; endMs: number }, live: boolean) {
  if (!live || !relative.peek()) return w;
  const passed = Math.max(0, Date.now() - w.endMs);
  return passed < 86_400_000 ? { startMs: w.startMs + passed, endMs: w.endMs + passed } : w;
}

function StatusLine({ lines, total, live }: { lines: Lines; total: number | undefined; live: boolean }) {
  const stats = lines.first?.stats;
  return (
    <div class="status-line" role="status">
      {total !== undefined && <strong>{plural(total, 'line')}</strong>}
      {live && <span>{lines.arrived ? `${integer(lines.arrived)} new since you switched to live` : 'Waiting for new lines'}</span>}
      {stats && (
        <span class="dim">
          read {count(stats.scanned_rows)} rows, {bytes(stats.scanned_bytes)} in {duration(stats.took_ms)}
        </span>
      )}
    </div>
  );
}

function NoLines({ q, live }: { q: string; live: boolean }) {
  return (
    <Empty title={q ? 'No line matches' : 'No lines in this time range'}>
      <p>Looked at: {rangeLabel.value}.{live && ' New lines will show here as they arrive.'}</p>
      <div class="empty-actions">
        {q && (
          <button class="button" onClick={() => submitQuery('')}>
            Clear the query
          </button>
        )}
        <button class="button" onClick={() => setRange({ start: 'now-24h', end: 'now' })}>
          Look at the last 24 hours
        </button>
        {!q && (
          <a class="button" href={href('/start')}>
            Connect a log shipper
          </a>
        )}
      </div>
    </Empty>
  );
}

/** With no query yet: the metrics that are there, and for each the query one mostly wants of its kind. */
import { useRef, useState } from 'preact/hooks';
import { labelValues, metadata, type MetricMetadata } from '../../api/prom';
import { href } from '../../app/router';
import { Async, Empty, Loading } from '../../components/states';
import { Spacer, useVirtual } from '../../components/virtual';
import { useData } from '../../lib/data';
import { plural } from '../../lib/format';
import { useRows } from '../../lib/rows';

/** More names than these are found by typing a part of one. */
const MOST = 10_000;
const ROW = 27;

export function starterQuery(name: string): string {
  const own = /^[a-zA-Z_:][\w:]*$/.test(name) ? name : `{${JSON.stringify(name)}}`;
  if (name.endsWith('_bucket')) return `histogram_quantile(0.95, sum by (le) (rate(${own}[5m])))`;
  if (/(_total|_count|_sum)$/.test(name) || /_total_by_/.test(name)) return `rate(${own}[5m])`;
  return own;
}

/** Of the family: a histogram's buckets are told of by its own name. */
export function metadataOf(all: Record<string, MetricMetadata[]>, name: string): MetricMetadata | undefined {
  return (all[name] ?? all[name.replace(/_(bucket|count|sum|total|created|info)$/, '')])?.[0];
}

export function MetricBrowser({ onPick, hidden }: { onPick: (query: string) => void; hidden: boolean }) {
  const names = useData((s) => labelValues('__name__', '', MOST, s), []);
  const about = useData((s) => metadata(s), []);
  const [needle, setNeedle] = useState('');
  if (hidden) return <Empty title="All queries are hidden" icon="eye" />;
  return (
    <Async of={names} loading={<Loading lines={8} />}>
      {({ items, cut }) => {
        if (!items.length) {
          return (
            <div class="panel">
              <Empty title="No metrics yet" icon="metrics">
                <p>Add a scrape target, or send metrics over OTLP or remote write.</p>
                <a class="button" href={href('/start')}>
                  Get started
                </a>
              </Empty>
            </div>
          );
        }
        const wanted = needle.trim().toLowerCase();
        const found = items.map((name) => ({ name, about: metadataOf(about.data ?? {}, name) })).filter((n) => n.name.toLowerCase().includes(wanted) || n.about?.help.toLowerCase().includes(wanted));
        return (
          <section class="panel browser">
            <header>
              <h2>Metrics</h2>
              <input class="input" placeholder="Find a metric" aria-label="Find a metric" value={needle} onInput={(e) => setNeedle(e.currentTarget.value)} />
              <span class="dim">{plural(found.length, 'name')}</span>
            </header>
            {cut && <p class="dim pad">There are more than {MOST.toLocaleString('en-US')} names; these are the first.</p>}
            {found.length ? <Names of={found} onPick={onPick} /> : <Empty title={`No metric has “${needle.trim()}” in its name or description`} icon="metrics" />}
          </section>
        );
      }}
    </Async>
  );
}

function Names({ of, onPick }: { of: { name: string; about: MetricMetadata | undefined }[]; onPick: (query: string) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const v = useVirtual(box, of.length, ROW);
  const { rowProps } = useRows(of.length, (i) => onPick(starterQuery(of[i]!.name)), { onMove: (i) => v.scrollTo(i) });
  const first = v.items[0];
  const last = v.items.at(-1);
  return (
    <div class="browser-list" ref={box} tabIndex={0} role="region" aria-label="Metrics" style={{ height: `${of.length * ROW + 2}px` }}>
      <table class="table dense">
        <tbody>
          <Spacer height={first?.start ?? 0} columns={3} />
          {v.items.map((item) => {
            const { name, about } = of[item.index]!;
            const query = starterQuery(name);
            return (
              <tr key={name} class="clickable" {...rowProps(item.index)} onClick={() => onPick(query)}>
                <td class="browser-name">
                  <button class="plain mono" title={query}>
                    {name}
                  </button>
                </td>
                <td class="dim browser-type">{about?.type === 'unknown' ? '' : about?.type}</td>
                <td class="dim browser-help" title={about?.help}>
                  {about?.help}
                </td>
              </tr>
            );
          })}
          <Spacer height={last ? v.total - last.end : 0} columns={3} />
        </tbody>
      </table>
    </div>
  );
}

/** With no query yet: the metrics that are there, and for each the query one mostly wants of its kind. */
import { useState } from 'preact/hooks';
import { labelValues } from '../../api/prom';
import { href } from '../../app/router';
import { Async, Empty, Loading } from '../../components/states';
import { useData } from '../../lib/data';
import { plural } from '../../lib/format';

const MOST = 300;

export function starterQuery(name: string): string {
  if (name.endsWith('_bucket')) return `histogram_quantile(0.95, sum by (le) (rate(${name}[5m])))`;
  if (/(_total|_count|_sum)$/.test(name)) return `rate(${name}[5m])`;
  return name;
}

export function MetricBrowser({ onPick, hidden }: { onPick: (query: string) => void; hidden: boolean }) {
  const names = useData((s) => labelValues('__name__', s), []);
  const [needle, setNeedle] = useState('');
  if (hidden) return <Empty title="All queries are hidden" icon="eye" />;
  return (
    <Async of={names} loading={<Loading lines={8} />}>
      {(all) => {
        const found = all.filter((n) => n.toLowerCase().includes(needle.trim().toLowerCase()));
        if (!all.length) {
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
        return (
          <section class="panel browser">
            <header>
              <h2>Metrics</h2>
              <input class="input" placeholder="Find a metric" aria-label="Find a metric" value={needle} onInput={(e) => setNeedle(e.currentTarget.value)} />
              <span class="dim">{plural(found.length, 'name')}</span>
            </header>
            <ul>
              {found.slice(0, MOST).map((n) => (
                <li key={n}>
                  <button class="plain mono" title={starterQuery(n)} onClick={() => onPick(starterQuery(n))}>
                    {n}
                  </button>
                </li>
              ))}
            </ul>
            {found.length > MOST && <p class="dim pad">The first {MOST} are shown. Type to narrow them down.</p>}
          </section>
        );
      }}
    </Async>
  );
}

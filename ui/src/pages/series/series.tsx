/** Which metric, label and value has how many series, how they grew, who sends them, and what nobody asks for. */
import { getCardinality } from '../../api/cardinality';
import type { Cardinality } from '../../api/types';
import { refreshed } from '../../app/range';
import { href, param, setParams } from '../../app/router';
import { Crumbs, Page } from '../../app/shell';
import { Section, Time } from '../../components/bits';
import { Icon } from '../../components/icon';
import { Async, Empty, Loading } from '../../components/states';
import { useData } from '../../lib/data';
import { bytes, integer, percent, plural } from '../../lib/format';
import { useRows } from '../../lib/rows';
import './series.css';

const LIMIT = 50;

export default function SeriesPage() {
  const metric = param('metric');
  const found = useData((s) => getCardinality(metric, LIMIT, s), [metric, refreshed.value]);
  return (
    <Page
      title="Series"
      timed={false}
      head={
        <Crumbs parent="Metrics" to={href('/explore')}>
          Series
        </Crumbs>
      }
    >
      <Async of={found} loading={<Loading lines={10} />}>
        {(d) => <Body of={d} metric={metric} />}
      </Async>
    </Page>
  );
}

function Body({ of, metric }: { of: Cardinality; metric: string }) {
  return (
    <>
      {metric && (
        <p class="series-chosen">
          Series of <code>{metric}</code>{' '}
          <button class="button small" onClick={() => setParams({ metric: null })}>
            <Icon name="close" size={12} /> All metrics
          </button>
        </p>
      )}
      <dl class="tiles">
        <div class="tile">
          <dt>Series</dt>
          <dd>{integer(of.series)}</dd>
          <dd class="tile-note dim">{metric ? 'of this metric, active now' : 'active now'}</dd>
        </div>
        <div class="tile">
          <dt>Since yesterday</dt>
          <dd>
            <Growth now={of.series} before={of.series_yesterday} />
          </dd>
        </div>
        <div class="tile">
          <dt>Pairs of label and value</dt>
          <dd>{integer(of.label_pairs)}</dd>
        </div>
      </dl>
      {of.series === 0 ? (
        <div class="panel">
          <Empty title={metric ? `No series of ${metric} is active` : 'No series is active'} icon="metrics">
            <a class="button" href={href('/start')}>
              Get started
            </a>
          </Empty>
        </div>
      ) : (
        <>
          {!metric && <Metrics of={of} />}
          <div class="series-pair">
            <Labels of={of} />
            <Pairs of={of} />
          </div>
          {of.senders.length > 0 && <Senders of={of} />}
        </>
      )}
    </>
  );
}

function Growth({ now, before }: { now: number; before: number | null }) {
  if (before === null) return <span class="dim" title="There is no data of a day ago to compare with">–</span>;
  const more = now - before;
  if (more === 0) return <span class="dim">±0</span>;
  const share = before > 0 ? ` (${more > 0 ? '+' : '−'}${percent(Math.abs(more) / before)})` : ' (new)';
  return (
    <span class={more > 0 && more > before * 0.5 ? 'warned' : undefined} title={`${integer(before)} a day ago`}>
      {more > 0 ? '+' : '−'}
      {integer(Math.abs(more))}
      <span class="dim">{share}</span>
    </span>
  );
}

/** The number, and as a bar its part of all series. */
function Count({ n, all }: { n: number; all: number }) {
  return (
    <td class="num series-count" title={all ? `${percent(n / all)} of all series` : undefined}>
      <i class="series-bar" style={{ width: `${all ? Math.min(100, (n / all) * 100) : 0}%` }} />
      <span>{integer(n)}</span>
    </td>
  );
}

function Metrics({ of }: { of: Cardinality }) {
  const open = (i: number) => setParams({ metric: of.metrics[i]!.name });
  const { rowProps } = useRows(of.metrics.length, open);
  const growth = of.metrics.some((m) => m.yesterday !== null);
  return (
    <Section title="Metrics" actions={<span class="dim">those with the most series; a click shows which label it is</span>}>
      <div class="panel scroll-x">
        <table class="table dense">
          <thead>
            <tr>
              <th>Metric</th>
              <th class="num">Series</th>
              {growth && <th class="num">Since yesterday</th>}
              <th title="By a selector with its name, in a question or a rule">
                Asked for by name since <Time ns={of.queried_since} />
              </th>
              <td />
            </tr>
          </thead>
          <tbody>
            {of.metrics.map((m, i) => (
              <tr key={m.name} class="clickable" {...rowProps(i)} onClick={() => open(i)}>
                <td class="mono">
                  <button class="plain mono">{m.name}</button>
                </td>
                <Count n={m.series} all={of.series} />
                {growth && (
                  <td class="num">
                    <Growth now={m.series} before={m.yesterday} />
                  </td>
                )}
                <td>{m.asked ? 'yes' : <span class="dim">not by name</span>}</td>
                <td class="row-links" onClick={(e) => e.stopPropagation()}>
                  <a href={href('/explore', { a: m.name })}>Query</a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {of.questions_without_name > 0 && (
        <p class="list-note dim">
          {plural(of.questions_without_name, 'selector')} named no metric (a pattern, or other labels alone): what they asked for is not counted.
        </p>
      )}
      {!of.names_complete && <p class="list-note dim">More names were asked for than are remembered: some of these may have been asked for.</p>}
    </Section>
  );
}

function Labels({ of }: { of: Cardinality }) {
  return (
    <Section title="Labels" actions={<span class="dim">those with the most values</span>}>
      <div class="panel scroll-x">
        <table class="table dense">
          <thead>
            <tr>
              <th>Label</th>
              <th class="num">Values</th>
              <th class="num">Bytes</th>
            </tr>
          </thead>
          <tbody>
            {of.labels.map((l) => (
              <tr key={l.label}>
                <td class="mono">{l.label}</td>
                <td class="num">{integer(l.values)}</td>
                <td class="num">{bytes(l.bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Pairs({ of }: { of: Cardinality }) {
  return (
    <Section title="Values" actions={<span class="dim">those that the most series have</span>}>
      <div class="panel scroll-x">
        <table class="table dense">
          <thead>
            <tr>
              <th>Label</th>
              <th>Value</th>
              <th class="num">Series</th>
            </tr>
          </thead>
          <tbody>
            {of.pairs.map((p) => (
              <tr key={`${p.label}=${p.value}`}>
                <td class="mono">{p.label}</td>
                <td class="mono series-value" title={p.value}>
                  {p.value}
                </td>
                <Count n={p.series} all={of.series} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Senders({ of }: { of: Cardinality }) {
  return (
    <Section title="Who sends them" actions={<span class="dim">by job</span>}>
      <div class="panel scroll-x">
        <table class="table dense">
          <thead>
            <tr>
              <th>Job</th>
              <th>How, and from where</th>
              <th class="num">Series</th>
            </tr>
          </thead>
          <tbody>
            {of.senders.map((s) => (
              <tr key={s.job}>
                <td class="strong">{s.job}</td>
                <td class="wrap">{s.from.join(', ')}</td>
                <Count n={s.series} all={of.series} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

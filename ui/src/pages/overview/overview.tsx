/** Is it healthy now: each service's rate, errors and latency, and the issues that are open. */
import { useMemo } from 'preact/hooks';
import { getOverview } from '../../api/endpoints';
import type { Overview as OverviewData, ServiceOverview } from '../../api/types';
import { resolved } from '../../app/range';
import { href, param, setParams } from '../../app/router';
import { Page } from '../../app/shell';
import { Dot, Section, Source } from '../../components/bits';
import { IssueTable } from '../../components/issuetable';
import { Sparkline } from '../../components/sparkline';
import { Async, Empty, Loading, Warnings } from '../../components/states';
import { useData } from '../../lib/data';
import { slots } from '../../lib/color';
import { duration, integer, percent, rate } from '../../lib/format';
import { useRows } from '../../lib/rows';
import { ServiceCharts } from './charts';
import './overview.css';

export default function Overview() {
  const w = resolved.value;
  const data = useData((s) => getOverview(w, s), [w]);
  return (
    <Page title="Overview">
      <Async of={data} loading={<Loading lines={8} />}>
        {(d) => <Body data={d} />}
      </Async>
    </Page>
  );
}

function Body({ data }: { data: OverviewData }) {
  const chosen = param('service');
  const services = useMemo(() => [...data.services].sort((a, b) => b.requests - a.requests), [data]);
  const current = services.find((s) => s.service === chosen) ?? services[0];
  return (
    <>
      <Warnings items={data.warnings} />
      <Section title="Services" actions={<span class="dim">from the spans of requests</span>}>
        {services.length === 0 ? (
          <div class="panel">
            <Empty title="No requests in this time range" icon="traces">
              <p>Services show here once their traces arrive. Choose a longer time range, or connect one.</p>
              <a class="button" href={href('/start')}>
                Get started
              </a>
            </Empty>
          </div>
        ) : (
          <>
            <Services services={services} current={current!.service} />
            <ServiceCharts service={current!} overview={data} />
          </>
        )}
      </Section>
      <Section title="Open issues" actions={<a href={href('/issues')}>{data.issues_total > data.issues.length ? `All ${integer(data.issues_total)} issues` : 'All issues'}</a>}>
        {data.issues.length ? (
          <IssueTable issues={data.issues} keys={services.length === 0} />
        ) : (
          <div class="panel">
            <Empty title="No open issues in this time range" icon="check" />
          </div>
        )}
      </Section>
    </>
  );
}

function Services({ services, current }: { services: ServiceOverview[]; current: string }) {
  const choose = (i: number) => setParams({ service: services[i]?.service }, { replace: true });
  const { rowProps } = useRows(services.length, choose, { start: services.findIndex((s) => s.service === current), onMove: choose });
  const colors = slots(services.map((s) => s.service));
  return (
    <div class="panel scroll-x">
      <table class="table services">
        <thead>
          <tr>
            <th>Service</th>
            <th class="num">Requests</th>
            <th class="num">Rate</th>
            <td />
            <th class="num">Errors</th>
            <td />
            <th class="num">p50</th>
            <th class="num">p95</th>
            <td />
            <th class="num">p99</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {services.map((s, i) => (
            <tr key={s.service} {...rowProps(i)} aria-selected={s.service === current} class="clickable" onClick={() => choose(i)}>
              <td>
                <button class="plain strong service-name">
                  <Dot name={s.service} at={colors.get(s.service)} /> {s.service}
                  {s.source === 'sentry' && <Source source="sentry" />}
                </button>
              </td>
              <td class="num">{integer(s.requests)}</td>
              <td class="num">{rate(s.rate)}</td>
              <td class="spark-cell">
                <Sparkline values={s.series.requests} label={`Requests of ${s.service} over time`} />
              </td>
              <td class={`num ${s.error_ratio >= 0.05 ? 'bad strong' : s.error_ratio >= 0.01 ? 'bad' : ''}`}>{percent(s.error_ratio)}</td>
              <td class="spark-cell">
                <Sparkline values={s.series.errors} tone="error" label={`Errors of ${s.service} over time`} />
              </td>
              <td class="num">{duration(s.p50_ms)}</td>
              <td class="num">{duration(s.p95_ms)}</td>
              <td class="spark-cell">
                <Sparkline values={s.series.p95_ms} tone="muted" label={`95th percentile latency of ${s.service} over time`} />
              </td>
              <td class="num">{duration(s.p99_ms)}</td>
              <td class="row-links" onClick={(e) => e.stopPropagation()}>
                <a href={href('/traces', { service: s.service })}>Traces</a>
                <a href={href('/logs', { q: `service.name:"${s.service}"` })}>Logs</a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

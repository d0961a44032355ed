/** The chosen service's three charts; one crosshair runs through them, dragging zooms the page. */
import { useMemo } from 'preact/hooks';
import type { Overview, ServiceOverview } from '../../api/types';
import { zoomTo } from '../../app/range';
import { href } from '../../app/router';
import { Chart } from '../../components/chart';
import { filterText } from '../../lib/query';
import { duration, percent, rate } from '../../lib/format';
import { nsToMs } from '../../lib/time';

export function ServiceCharts({ service, overview }: { service: ServiceOverview; overview: Overview }) {
  const d = useMemo(() => shape(service, overview), [service, overview]);
  const common = { x: d.x, from: d.from, to: d.to, sync: 'overview', onZoom: zoomTo, height: 150 };
  const errorsQuery = `${filterText('service.name', service.service)} AND severity_number:>=17`;
  return (
    <div class="charts">
      <figure class="panel chart-panel">
        <figcaption>
          <h3>Requests</h3>
          <span class="chart-now">{rate(service.rate)}</span>
          <a href={href('/traces', { service: service.service })}>Traces</a>
        </figcaption>
        <Chart
          {...common}
          label={`Request rate of ${service.service}`}
          format={(v) => (v == null ? '–' : rate(v))}
          series={[{ label: 'Requests', values: d.rate, color: '--c2', fill: true }]}
        />
      </figure>
      <figure class="panel chart-panel">
        <figcaption>
          <h3>Error ratio</h3>
          <span class={service.error_ratio > 0.01 ? 'chart-now bad' : 'chart-now'}>{percent(service.error_ratio)}</span>
          <a href={href('/logs', { q: errorsQuery })}>Error logs</a>
        </figcaption>
        <Chart
          {...common}
          label={`Error ratio of ${service.service}`}
          format={percent}
          series={[{ label: 'Errors', values: d.ratio, color: '--error-fill', fill: true }]}
        />
      </figure>
      <figure class="panel chart-panel">
        <figcaption>
          <h3>Latency, p95</h3>
          <span class="chart-now">{duration(service.p95_ms)}</span>
          <a href={href('/traces', { service: service.service, sort: 'duration' })}>Slowest</a>
        </figcaption>
        <Chart
          {...common}
          label={`95th percentile latency of ${service.service}`}
          format={duration}
          series={[{ label: 'p95', values: d.p95, color: '--c3' }]}
        />
      </figure>
    </div>
  );
}

function shape(s: ServiceOverview, o: Overview) {
  const stepS = nsToMs(o.step_ns) / 1000 || 1;
  return {
    x: s.series.time_ns.map((t) => nsToMs(String(t)) / 1000),
    from: nsToMs(o.start_ns) / 1000,
    to: nsToMs(o.end_ns) / 1000,
    rate: s.series.requests.map((n) => (n === null ? null : n / stepS)),
    ratio: s.series.errors.map((n, i) => {
      const requests = s.series.requests[i];
      return n === null || !requests ? null : n / requests;
    }),
    p95: s.series.p95_ms,
  };
}

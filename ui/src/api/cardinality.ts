/** Counts of series. A server without counts of its own has those of Prometheus's status page: all series that are kept. */
import { ApiError, request } from './client';
import type { Cardinality } from './types';

interface Count {
  name: string;
  value: number;
}

interface Tsdb {
  data: {
    headStats: { numSeries: number; numLabelPairs: number };
    seriesCountByMetricName: Count[];
    labelValueCountByLabelName: Count[];
    memoryInBytesByLabelName: Count[];
    seriesCountByLabelValuePair: Count[];
  };
  warnings?: string[];
}

export async function getCardinality(metric: string, limit: number, signal?: AbortSignal): Promise<Cardinality> {
  try {
    return await request<Cardinality>('cardinality', { params: { metric, limit }, signal });
  } catch (e) {
    if (!(e instanceof ApiError) || e.status !== 404) throw e;
    return ofTsdb(await request<Tsdb>('status/tsdb', { params: { limit }, signal }));
  }
}

/** What it does not say is not known, and it says so. */
export function ofTsdb({ data: d, warnings = [] }: Tsdb): Cardinality {
  const pairs = d.seriesCountByLabelValuePair.map((p) => ({ label: p.name.slice(0, p.name.indexOf('=')), value: p.name.slice(p.name.indexOf('=') + 1), series: p.value }));
  const bytes = new Map(d.memoryInBytesByLabelName.map((l) => [l.name, l.value]));
  return {
    series: d.headStats.numSeries,
    label_pairs: d.headStats.numLabelPairs,
    series_yesterday: null,
    queried_since: '',
    metrics: d.seriesCountByMetricName.map((m) => ({ name: m.name, series: m.value, yesterday: null, last_queried: null })),
    labels: d.labelValueCountByLabelName.map((l) => ({ label: l.name, values: l.value, bytes: bytes.get(l.name) ?? null })),
    pairs: pairs.filter((p) => p.label !== '__name__'),
    senders: pairs.filter((p) => p.label === 'job'),
    warnings: ['All series that are kept are counted here, also those that ended. How they grew, and which are asked for, this server does not tell.', ...warnings],
  };
}

/** Counts of series, as the page shows them. */
import { request } from './client';
import type { Cardinality, SeriesStatistics } from './types';

/** Of one metric, or of all. */
export async function getCardinality(metric: string, limit: number, signal?: AbortSignal): Promise<Cardinality> {
  const match = metric ? `{__name__=${JSON.stringify(metric)}}` : '';
  return ofStatistics(await request<SeriesStatistics>('series_statistics', { params: { match, limit }, signal }));
}

export function ofStatistics(s: SeriesStatistics): Cardinality {
  return {
    series: s.series,
    label_pairs: s.label_pairs,
    series_yesterday: s.yesterday?.series ?? null,
    queried_since: s.never_asked.since_ns,
    questions_without_name: s.never_asked.questions_without_name,
    names_complete: s.never_asked.is_complete,
    metrics: s.metrics,
    labels: s.labels.map((l) => ({ label: l.name, values: l.values, bytes: l.bytes })),
    pairs: s.pairs.map((p) => ({ label: p.name, value: p.value, series: p.series })),
    senders: s.jobs.map((j) => ({ job: j.name, series: j.series, from: j.senders.map((x) => (x.peer ? `${x.protocol} from ${x.peer}` : x.protocol)) })),
  };
}

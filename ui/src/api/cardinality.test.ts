import { expect, it } from 'vitest';
import { ofTsdb } from './cardinality';

it('counts of Prometheus’s status page leave open what they do not say', () => {
  const c = ofTsdb({
    data: {
      headStats: { numSeries: 7, numLabelPairs: 4 },
      seriesCountByMetricName: [{ name: 'up', value: 7 }],
      labelValueCountByLabelName: [{ name: 'job', value: 2 }, { name: 'x', value: 1 }],
      memoryInBytesByLabelName: [{ name: 'job', value: 30 }],
      seriesCountByLabelValuePair: [{ name: '__name__=up', value: 7 }, { name: 'job=a=b', value: 5 }],
    },
    warnings: ['cut'],
  });
  expect(c.metrics).toEqual([{ name: 'up', series: 7, yesterday: null, last_queried: null }]);
  expect(c.labels).toEqual([{ label: 'job', values: 2, bytes: 30 }, { label: 'x', values: 1, bytes: null }]);
  expect(c.pairs).toEqual([{ label: 'job', value: 'a=b', series: 5 }]);
  expect(c.senders).toEqual(c.pairs);
  expect(c.warnings).toHaveLength(2);
});

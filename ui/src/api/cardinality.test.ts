import { expect, it } from 'vitest';
import { ofStatistics } from './cardinality';

it('counts are those of the server; what a day ago was is open where it is not known', () => {
  const c = ofStatistics({
    series: 7,
    label_pairs: 4,
    yesterday: null,
    metrics: [{ name: 'up', series: 7, yesterday: null, asked: true }],
    labels: [{ name: 'job', values: 2, bytes: 30 }],
    pairs: [{ name: 'job', value: 'a', series: 5 }],
    jobs: [{ name: 'a', series: 5, senders: [{ protocol: 'otlp', peer: '10.0.0.1' }, { protocol: 'scrape', peer: '' }] }],
    never_asked: { since_ns: '1', questions_without_name: 3, is_complete: false },
  });
  expect(c.series_yesterday).toBeNull();
  expect(c.pairs).toEqual([{ label: 'job', value: 'a', series: 5 }]);
  expect([c.questions_without_name, c.names_complete]).toEqual([3, false]);
  expect(c.senders).toEqual([{ job: 'a', series: 5, from: ['otlp from 10.0.0.1', 'scrape'] }]);
});

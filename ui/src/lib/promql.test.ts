import { describe, expect, it } from 'vitest';
import { alignSeries, asSeries, legendNames, messageText, metricNames, parseSample, parseStep, placeOf, seriesName } from './promql';

const HOUR = 3_600_000;

describe('the step field', () => {
  it('can be chosen', () => {
    expect(parseStep('', 0, HOUR)).toEqual({ step: 15 });
    expect(parseStep('auto', 0, HOUR)).toEqual({ step: 15 });
    expect(parseStep('30s', 0, HOUR)).toEqual({ step: 30 });
    expect(parseStep('60', 0, HOUR)).toEqual({ step: 60 });
  });
  it('are refused with a reason', () => {
    expect(parseStep('often', 0, HOUR)).toHaveProperty('error');
    expect(parseStep('0', 0, HOUR)).toHaveProperty('error');
    expect(parseStep('1s', 0, 30 * 24 * HOUR)).toHaveProperty('error');
  });
});

describe('names of series', () => {
  it('are Prometheus’s', () => {
    expect(seriesName({ __name__: 'up', job: 'a"b', instance: 'x' })).toBe('up{instance="x", job="a\\"b"}');
    expect(seriesName({ __name__: 'up' })).toBe('up');
    expect(seriesName({})).toBe('{}');
  });
  it('show only what differs in a legend', () => {
    expect(
      legendNames([
        { __name__: 'm', job: 'a', view: 'x' },
        { __name__: 'm', job: 'a', view: 'y' },
      ]),
    ).toEqual(['{view="x"}', '{view="y"}']);
    expect(legendNames([{ __name__: 'm', job: 'a' }])).toEqual(['m{job="a"}']);
    expect(legendNames([{ a: '1' }, { a: '1' }])).toEqual(['{a="1"}', '{a="1"}']);
  });
});

describe('results', () => {
  it('lie on one grid with gaps', () => {
    const { x, ys } = alignSeries([{ metric: {}, values: [[100, '1'], [130, '3']] }, { metric: {}, values: [[115, 'NaN'], [130, '+Inf']] }], 100, 130, 15);
    expect(x).toEqual([100, 115, 130]);
    expect(ys).toEqual([[1, null, 3], [null, null, null]]);
  });
  it('do not fall off the grid', () => {
    const { ys } = alignSeries([{ metric: {}, values: [[85, '9'], [145, '9']] }], 100, 130, 15);
    expect(ys).toEqual([[null, null, null]]);
  });
  it('take scalars too', () => {
    expect(asSeries({ resultType: 'scalar', result: [1, '2'] })).toEqual([{ metric: {}, value: [1, '2'], values: [[1, '2']] }]);
  });
  it('read infinities', () => {
    expect([parseSample('+Inf'), parseSample('-Inf'), parseSample('1e3')]).toEqual([Infinity, -Infinity, 1000]);
    expect(parseSample('NaN')).toBeNaN();
  });
});

describe('messages', () => {
  it('point to a place', () => {
    expect(placeOf('invalid parameter "query": 1:6: parse error: expected', 'rate(up)')).toBe(5);
    expect(placeOf('PromQL warning: bad (2:3)', 'up +\n  down')).toBe(7);
    expect(placeOf('1:9: parse error: x', '"äö" + (')).toBe(6);
    expect(placeOf('too many samples', 'up')).toBeNull();
    expect(placeOf('PromQL warning: bad (9:3)', 'up')).toBeNull();
  });
  it('do not say it twice', () => {
    expect(messageText('invalid parameter "query": 1:6: parse error: expected x')).toBe('expected x');
    expect(messageText('PromQL info: no counter (1:6)')).toBe('no counter');
  });
});

it('metrics are found in a query', () => {
  expect(metricNames('sum by (le, job) (rate(a_bucket{job="b"}[5m])) / on (x) b:c offset 5m')).toEqual(['a_bucket', 'b:c']);
  expect(metricNames('1 + 2')).toEqual([]);
});

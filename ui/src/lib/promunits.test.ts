import { describe, expect, it } from 'vitest';
import { commonUnit, formatUnit, guessUnit } from './promunits';

describe('the unit of an expression', () => {
  const cases: [string, string][] = [
    ['process_resident_memory_bytes', 'bytes'],
    ['rate(node_network_receive_bytes_total{device!="lo"}[5m])', 'bytes/s'],
    ['rate(process_cpu_seconds_total[5m])', 'ratio'],
    ['sum by (view) (rate(django_http_requests_total_by_view_transport_method_total[5m]))', '/s'],
    ['sum(rate(x_total[5m])) by (job)', '/s'],
    ['increase(x_total[1h])', 'number'],
    ['histogram_quantile(0.95, sum by (le) (rate(django_http_requests_latency_seconds_by_view_method_bucket[5m])))', 's'],
    ['histogram_quantile(0.9, sum by (le) (rate(http_server_duration_milliseconds_bucket[5m])))', 'ms'],
    ['sum(rate(a_seconds_sum[5m])) / sum(rate(a_seconds_count[5m]))', 's'],
    ['sum(rate(a_total{s=~"5.."}[5m])) / on (job) group_left sum(rate(a_total[5m]))', 'ratio'],
    ['time() - process_start_time_seconds', 's'],
    ['process_start_time_seconds', 'instant'],
    ['a_bytes / 1024', 'number'],
    ['a_bytes - b_bytes offset 1d', 'bytes'],
    ['topk(5, a_bytes)', 'bytes'],
    ['a_seconds > 3', 's'],
    ['sum by (le) (increase(a_seconds_bucket[5m]))', 'number'],
    ['sum by (le) (rate(a_seconds_bucket[5m]))', '/s'],
    ['histogram_quantile(0.9, x_total)', 'number'],
    ['up', 'number'],
    ['count(up)', 'number'],
    ['rate(x_total[5m]) * 60', '/s'],
    ['{"a.b"}', 'number'],
    ['sum(rate(x_total[5m]', '/s'],
    ['a_bytes @ end() offset -5m', 'bytes'],
    ['1 - a_ratio', 'number'],
    ['', 'number'],
  ];
  for (const [query, unit] of cases) it(`${query || 'of nothing'}: ${unit}`, () => expect(guessUnit(query)).toBe(unit));
  it('of several is theirs where they agree', () => {
    expect(commonUnit(['s', 's'])).toBe('s');
    expect(commonUnit(['s', 'bytes'])).toBe('number');
    expect(commonUnit([])).toBe('number');
  });
});

it('values are written in it', () => {
  expect(formatUnit('s')(0.25)).toBe('250 ms');
  expect(formatUnit('bytes/s')(2048)).toBe('2 KiB/s');
  expect(formatUnit('ratio')(0.5)).toBe('50 %');
  expect(formatUnit('/s')(3)).toBe('3 /s');
  expect(formatUnit('number')(null)).toBe('–');
  expect(formatUnit('s')(Infinity)).toBe('+Inf');
});

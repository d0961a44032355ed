import { expect, test } from 'vitest';
import { problemOf } from './problem';

const told = { type: 'performance_n_plus_one_db_queries', statement: 'SELECT ?', calls: 10, duration_ns: 120_000_000, request_duration_ns: 500_000_000, service: 'shop', route: '/orders/', code: 'shop/views.py:41', parent_span_id: '00000000000000aa' };

test('an event that tells of a problem', () => {
  expect(problemOf({ contexts: { problem: told } })).toEqual({
    isCall: false,
    statement: 'SELECT ?',
    calls: 10,
    costMs: 120,
    requestMs: 500,
    service: 'shop',
    route: '/orders/',
    code: 'shop/views.py:41',
    parent: '00000000000000aa',
  });
  expect(problemOf({ contexts: { problem: { ...told, type: 'performance_n_plus_one_api_calls' } } })?.isCall).toBe(true);
});

test('events of errors, and contexts of that name that a client sends', () => {
  expect(problemOf({ contexts: {} })).toBeNull();
  expect(problemOf({ contexts: { problem: 'low disk' } })).toBeNull();
  expect(problemOf({ contexts: { problem: { type: 'disk' } } })).toBeNull();
  expect(problemOf({ contexts: { problem: { type: 'performance_slow_db_query', calls: 'many' } } })).toMatchObject({ calls: 0, statement: '' });
});

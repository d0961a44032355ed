import { describe, expect, it } from 'vitest';
import { detectJump, isIdField, isTraceField } from './ids';

const TRACE = '49b483f2f48642069f4e100d80120fc1';

describe('a pasted text', () => {
  it('is an id by its shape', () => {
    expect(detectJump(TRACE)).toMatchObject({ kind: 'id', id: TRACE });
    expect(detectJump(` "${TRACE.toUpperCase()}", `)).toMatchObject({ kind: 'id', id: TRACE });
    expect(detectJump('5b3a04b4-9f20-4dc4-bbaf-7a1718cba5dd')).toMatchObject({ kind: 'id', id: '5b3a04b4-9f20-4dc4-bbaf-7a1718cba5dd' });
    expect(detectJump('af0686e81fece92c')).toMatchObject({ kind: 'id', label: 'Span id' });
  });
  it('is the trace inside a propagation header', () => {
    expect(detectJump(`00-${TRACE}-af0686e81fece92c-01`)).toMatchObject({ kind: 'id', id: TRACE });
    expect(detectJump(`${TRACE}-af0686e81fece92c-1`)).toMatchObject({ kind: 'id', id: TRACE });
  });
  it('is an issue', () => {
    for (const t of ['#12', 'DEFAULT-12', 'issue 12']) expect(detectJump(t), t).toMatchObject({ kind: 'issue', id: 12 });
  });
  it('is just words', () => {
    for (const t of ['', 'timeout', '12', 'two words', 'deadbeef']) expect(detectJump(t), t).toBeNull();
  });
});

describe('fields', () => {
  it('that hold ids', () => {
    for (const f of ['trace_id', 'request_id', 'sentry.trace_id', 'celery.task_id', 'TraceId']) expect(isIdField(f), f).toBe(true);
    for (const f of ['user_id', 'order_id', 'span_id', 'body']) expect(isIdField(f), f).toBe(false);
    expect(isTraceField('trace_id')).toBe(true);
    expect(isTraceField('sentry_trace_id')).toBe(false);
  });
});

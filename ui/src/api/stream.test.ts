import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, serverNow } from './client';
import { followTail, type TailHandlers } from './stream';

const HOUR = 3_600_000;

/** Follows one answer of these bytes, which stays open; `gone` is told when the reader lets go of it. */
function follow(text: string, on: Partial<TailHandlers>) {
  const abort = new AbortController();
  let gone = () => {};
  const cancelled = new Promise<void>((done) => (gone = done));
  const body = new ReadableStream<Uint8Array>({
    start: (c) => c.enqueue(new TextEncoder().encode(text)),
    cancel: () => gone(),
  });
  const ask = vi.fn(async () => new Response(body, { headers: { date: new Date(Date.now() + HOUR).toUTCString() } }));
  vi.stubGlobal('fetch', ask);
  const handlers: TailHandlers = { row: () => {}, dropped: () => {}, open: () => {}, broken: () => abort.abort(), ...on };
  const done = followTail('logs', 'a:1', 200, 'now-1h', handlers, abort.signal);
  return { abort, cancelled, ask, done };
}

afterEach(() => vi.unstubAllGlobals());

describe('a live tail', () => {
  it('says which fields were chosen, gives rows, and learns the time of the server', async () => {
    const seen: unknown[] = [];
    let last = () => {};
    const both = new Promise<void>((done) => (last = done));
    const row = '{"dataset":"logs","time_ns":"1","seq":"1","fields":{"n":1}}';
    const tail = follow(`event: ping\nid: logs.0\ndata: {"fields":["n"]}\n\nevent: row\nid: logs.1\ndata: ${row}\n\n`, {
      open: (fields) => seen.push(fields),
      row: (r, isNew) => (seen.push([r.fields, isNew]), last()),
    });
    await both;
    expect(seen).toEqual([['n'], [{ n: 1 }, true]]);
    expect(Math.abs(serverNow() - Date.now() - HOUR)).toBeLessThan(5000);
    tail.abort.abort();
  });
  it('lets go of a stream that it cannot read', async () => {
    const errors: ApiError[] = [];
    const tail = follow('event: row\ndata: {"time_ns"\n\n', { broken: (e) => (errors.push(e), tail.abort.abort()) });
    await tail.cancelled;
    await vi.waitFor(() => expect(errors).toHaveLength(1));
    expect(tail.ask).toHaveBeenCalledOnce();
  });
});

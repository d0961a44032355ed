/** The live tail: server-sent events over fetch, which tells errors with their text and goes on where it broke off. */
import { EventParser, type ServerEvent } from '../lib/sse';
import { ApiError, asApiError, isAbort, openStream, type Params } from './client';
import type { Datasets, Row } from './types';

export interface Dropped {
  count: number;
  /** False: it may be more. */
  exact: boolean;
}

export interface TailHandlers {
  row: (row: Row, isNew: boolean) => void;
  dropped: (gap: Dropped) => void;
  /** Connected; what was there already comes next. With the fields that the question chose, where it said them. */
  open: (fields: string[] | null | undefined) => void;
  /** Broken off; it is tried again in so many milliseconds, or, with null, not at all. */
  broken: (error: ApiError, againMs: number | null) => void;
}

const AGAIN_MS = [500, 1000, 2000, 5000, 10_000];
/** Errors that the same question will get again. */
const FINAL = new Set([400, 401, 403, 404]);

/** Reads until `signal` is aborted. */
export async function followTail(dataset: Datasets, q: string, last: number, start: string, on: TailHandlers, signal: AbortSignal): Promise<void> {
  let after = '';
  for (let tries = 0; !signal.aborted; tries++) {
    let error: ApiError;
    try {
      // What was there already is wanted once.
      const params: Params = after ? { dataset, q, after } : { dataset, q, last, start };
      const body = await openStream('tail/stream', params, signal);
      await read(body, (event) => {
        tries = 0;
        if (event.id) after = event.id;
        handle(event, on);
      });
      error = new ApiError(0, 'unavailable', 'The server ended the live tail.');
    } catch (e) {
      if (isAbort(e) || signal.aborted) return;
      error = asApiError(e);
    }
    if (signal.aborted) return;
    if (FINAL.has(error.status)) return on.broken(error, null);
    const wait = error.retryAfter ? error.retryAfter * 1000 : AGAIN_MS[Math.min(tries, AGAIN_MS.length - 1)]!;
    on.broken(error, wait);
    await new Promise((done) => setTimeout(done, wait));
  }
}

async function read(body: ReadableStream<Uint8Array>, take: (event: ServerEvent) => void): Promise<void> {
  const parser = new EventParser();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      for (const event of parser.push(decoder.decode(value, { stream: true }))) take(event);
    }
  } finally {
    // What cannot be read would keep the connection open else. Of a body that has failed already it says so again.
    reader.cancel().catch(() => undefined);
  }
}

function handle(event: ServerEvent, on: TailHandlers): void {
  if (event.event === 'ping') on.open((JSON.parse(event.data) as { fields?: string[] | null }).fields);
  else if (event.event === 'row') {
    const row = JSON.parse(event.data) as Row;
    on.row({ ...row, fields: row.fields ?? {} }, event.id !== '');
  } else if (event.event === 'dropped') on.dropped(JSON.parse(event.data) as Dropped);
}

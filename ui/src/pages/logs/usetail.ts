/** The live tail of a question: what came, what was left out and why, held back while it is paused. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ApiError } from '../../api/client';
import { followTail } from '../../api/stream';
import type { Datasets } from '../../api/types';
import { Inbox, NOTHING_YET, type Drawn } from '../../lib/inbox';

const SEED = 200;
/** The screen is drawn anew at most so often. */
const DRAW_MS = 200;

export interface Tail extends Drawn {
  state: 'opening' | 'open' | 'broken' | 'failed';
  error: ApiError | null;
  /** What `| fields` chose; null: all. */
  fields: string[] | null;
}

const BEGIN: Tail = { ...NOTHING_YET, state: 'opening', error: null, fields: null };

export function useTail(dataset: Datasets, q: string, start: string, paused: boolean): Tail {
  const [tail, setTail] = useState<Tail>(BEGIN);
  const latest = useRef(BEGIN);
  const inbox = useRef(new Inbox());
  const pausedNow = useRef(paused);
  pausedNow.current = paused;
  const change = (part: Partial<Tail>) => setTail((latest.current = { ...latest.current, ...part }));
  const draw = () => change(inbox.current.drain(latest.current, pausedNow.current));

  useEffect(() => {
    const box = (inbox.current = new Inbox());
    change(BEGIN);
    const abort = new AbortController();
    const timer = setInterval(() => box.changed && draw(), DRAW_MS);
    void followTail(
      dataset,
      q,
      SEED,
      start,
      {
        row: (row, isNew) => box.add(row, isNew),
        dropped: (gap) => box.addGap(gap),
        open: (fields) => {
          if (fields !== undefined) change({ fields });
          if (latest.current.state !== 'open') change({ state: 'open', error: null });
        },
        broken: (error, againMs) => change({ state: againMs === null ? 'failed' : 'broken', error }),
      },
      abort.signal,
    );
    return () => {
      abort.abort();
      clearInterval(timer);
    };
  }, [dataset, q, start]);

  useEffect(draw, [paused]);
  return tail;
}

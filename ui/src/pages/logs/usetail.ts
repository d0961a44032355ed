/** The live tail of a question: what came, what was left out and why, held back while it is paused. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ApiError } from '../../api/client';
import { followTail, type Dropped } from '../../api/stream';
import type { Datasets, Row } from '../../api/types';

/** A tail left on over night must not fill the browser. */
export const MOST_KEPT = 5000;
const MOST_HELD = 5000;
const SEED = 200;
/** The screen is drawn anew at most so often. */
const DRAW_MS = 200;

export interface Gap {
  gap: Dropped;
  key: string;
}
export type Item = Row | Gap;
export const isGap = (item: Item): item is Gap => 'gap' in item;

export interface Tail {
  /** Oldest first. */
  items: Item[];
  /** New since it began. */
  arrived: number;
  dropped: number;
  /** The count of dropped ones is a lower bound. */
  atLeast: boolean;
  /** Came while paused, and wait. */
  held: number;
  /** Older ones have left the list. */
  cut: boolean;
  state: 'opening' | 'open' | 'broken' | 'failed';
  error: ApiError | null;
}

const BEGIN: Tail = { items: [], arrived: 0, dropped: 0, atLeast: false, held: 0, cut: false, state: 'opening', error: null };

export function useTail(dataset: Datasets, q: string, start: string, on: boolean, paused: boolean): Tail {
  const [tail, setTail] = useState<Tail>(BEGIN);
  const inbox = useRef(new Inbox());
  const pausedNow = useRef(paused);
  pausedNow.current = paused;

  useEffect(() => {
    const box = (inbox.current = new Inbox());
    setTail(BEGIN);
    if (!on) return;
    const abort = new AbortController();
    const timer = setInterval(() => box.changed && setTail((t) => box.drain(t, pausedNow.current)), DRAW_MS);
    void followTail(
      dataset,
      q,
      SEED,
      start,
      {
        row: (row, isNew) => box.add(row, isNew),
        dropped: (gap) => box.add({ gap, key: `gap-${++box.gaps}` }, false),
        open: () => setTail((t) => (t.state === 'open' ? t : { ...t, state: 'open', error: null })),
        broken: (error, againMs) => setTail((t) => ({ ...t, state: againMs === null ? 'failed' : 'broken', error })),
      },
      abort.signal,
    );
    return () => {
      abort.abort();
      clearInterval(timer);
    };
  }, [dataset, q, start, on]);

  useEffect(() => {
    if (!paused) setTail((t) => inbox.current.drain(t, false));
  }, [paused]);
  return tail;
}

/** What has come and is not drawn yet; bounded, and what does not fit is counted. */
class Inbox {
  private items: Item[] = [];
  private fresh = 0;
  private lost = 0;
  changed = false;
  gaps = 0;

  add(item: Item, isNew: boolean): void {
    this.items.push(item);
    if (isNew) this.fresh++;
    if (this.items.length > MOST_HELD) {
      const [first] = this.items.splice(0, 1);
      if (first) this.lost += isGap(first) ? first.gap.count : 1;
    }
    this.changed = true;
  }

  drain(tail: Tail, paused: boolean): Tail {
    this.changed = false;
    const held = this.items.length + this.lost;
    if (paused) return held === tail.held ? tail : { ...tail, held };
    if (!held) return tail.held ? { ...tail, held: 0 } : tail;
    const lost: Item[] = this.lost ? [{ gap: { count: this.lost, exact: true }, key: `gap-${++this.gaps}` }] : [];
    const added = [...lost, ...this.items];
    const dropped = added.reduce((n, i) => n + (isGap(i) ? i.gap.count : 0), 0);
    const all = [...tail.items, ...added];
    const next: Tail = {
      ...tail,
      items: all.slice(-MOST_KEPT),
      arrived: tail.arrived + this.fresh,
      dropped: tail.dropped + dropped,
      atLeast: tail.atLeast || added.some((i) => isGap(i) && !i.gap.exact),
      held: 0,
      cut: tail.cut || all.length > MOST_KEPT,
    };
    this.items = [];
    this.fresh = 0;
    this.lost = 0;
    return next;
  }
}

/** A live tail between the network and the screen: bounded, and what does not fit is counted. */
import type { Dropped } from '../api/stream';
import type { Row } from '../api/types';

/** A tail left on over night must not fill the browser. */
export const MOST_KEPT = 5000;
/** Fewer, so that what is told of those that did not fit still has room in the list. */
export const MOST_HELD = 4000;

export interface Gap {
  gap: Dropped;
  key: string;
}
export type Item = Row | Gap;
export const isGap = (item: Item): item is Gap => 'gap' in item;

export interface Drawn {
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
}

export const NOTHING_YET: Drawn = { items: [], arrived: 0, dropped: 0, atLeast: false, held: 0, cut: false };

export class Inbox {
  private items: Item[] = [];
  private fresh = 0;
  /** Did not fit. */
  private lost = 0;
  private lostExact = true;
  private gaps = 0;
  changed = false;

  add(row: Row, isNew: boolean): void {
    if (isNew) this.fresh++;
    this.put(row);
  }

  addGap(gap: Dropped): void {
    this.put({ gap, key: this.gapKey() });
  }

  /** What the screen shows next; while `paused` only the number of those that wait. */
  drain(shown: Drawn, paused: boolean): Drawn {
    this.changed = false;
    const held = this.items.length + this.lost;
    if (paused || !held) return { ...shown, held };
    const lost: Item[] = this.lost ? [{ gap: { count: this.lost, exact: this.lostExact }, key: this.gapKey() }] : [];
    const added = [...lost, ...this.items];
    const gaps = added.filter(isGap);
    const all = [...shown.items, ...added];
    const next: Drawn = {
      items: all.slice(-MOST_KEPT),
      arrived: shown.arrived + this.fresh,
      dropped: shown.dropped + gaps.reduce((n, g) => n + g.gap.count, 0),
      atLeast: shown.atLeast || gaps.some((g) => !g.gap.exact),
      held: 0,
      cut: shown.cut || all.length > MOST_KEPT,
    };
    this.items = [];
    this.fresh = 0;
    this.lost = 0;
    this.lostExact = true;
    return next;
  }

  private put(item: Item): void {
    this.changed = true;
    this.items.push(item);
    if (this.items.length <= MOST_HELD) return;
    const first = this.items.shift()!;
    this.lost += isGap(first) ? first.gap.count : 1;
    if (isGap(first) && !first.gap.exact) this.lostExact = false;
  }

  private gapKey(): string {
    return `gap-${++this.gaps}`;
  }
}

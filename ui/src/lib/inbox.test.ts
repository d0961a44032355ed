import { describe, expect, it } from 'vitest';
import type { Row } from '../api/types';
import { Inbox, MOST_HELD, MOST_KEPT, NOTHING_YET, isGap, type Drawn } from './inbox';

const row = (n: number): Row => ({ time_ns: String(n), seq: String(n), fields: {} });
const fill = (box: Inbox, from: number, to: number) => {
  for (let n = from; n < to; n++) box.add(row(n), true);
};

describe('a live tail', () => {
  it('draws what came, in its order, and counts what is new', () => {
    const box = new Inbox();
    box.add(row(1), false);
    fill(box, 2, 4);
    const drawn = box.drain(NOTHING_YET, false);
    expect(drawn.items.map((i) => !isGap(i) && i.seq)).toEqual(['1', '2', '3']);
    expect(drawn).toMatchObject({ arrived: 2, dropped: 0, held: 0, cut: false });
    expect(box.drain(drawn, false)).toEqual(drawn);
  });
  it('says what the server dropped, in its place', () => {
    const box = new Inbox();
    box.add(row(1), true);
    box.addGap({ count: 1204, exact: false });
    box.add(row(2), true);
    const drawn = box.drain(NOTHING_YET, false);
    expect(drawn.items.map(isGap)).toEqual([false, true, false]);
    expect(drawn).toMatchObject({ arrived: 2, dropped: 1204, atLeast: true });
  });
  it('waits while it is paused, and counts what no longer fits', () => {
    const box = new Inbox();
    fill(box, 0, MOST_HELD + 10);
    const paused = box.drain(NOTHING_YET, true);
    expect(paused).toMatchObject({ items: [], held: MOST_HELD + 10, arrived: 0 });
    const drawn = box.drain(paused, false);
    expect(drawn).toMatchObject({ held: 0, dropped: 10, arrived: MOST_HELD + 10, atLeast: false });
    expect(isGap(drawn.items.find(isGap)!)).toBe(true);
  });
  it('keeps the newest', () => {
    const box = new Inbox();
    let drawn: Drawn = NOTHING_YET;
    for (let n = 0; n < MOST_KEPT + 500; n += 500) {
      fill(box, n, n + 500);
      drawn = box.drain(drawn, false);
    }
    expect(drawn.items).toHaveLength(MOST_KEPT);
    expect(drawn.cut).toBe(true);
    const last = drawn.items.at(-1)!;
    expect(!isGap(last) && last.seq).toBe(String(MOST_KEPT + 499));
  });
});

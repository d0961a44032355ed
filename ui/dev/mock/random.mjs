/** A small seeded generator: the same data at every start. */
export function randomOf(seed) {
  let a = seed >>> 0;
  const next = () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const int = (from, to) => from + Math.floor(next() * (to - from + 1));
  const hex = (n) => Array.from({ length: n }, () => int(0, 15).toString(16)).join('');
  return {
    next,
    int,
    hex,
    pick: (list) => list[int(0, list.length - 1)],
    chance: (p) => next() < p,
    /** Mostly near `typical`, now and then much more. */
    skewed: (typical) => typical * (0.6 + next() * 0.7 + next() ** 8 * 6),
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
  };
}

export const ns = (ms) => (BigInt(Math.round(ms * 1000)) * 1000n).toString();

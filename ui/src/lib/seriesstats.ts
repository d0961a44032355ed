/** What a legend says of a line, and which lines it shows. */
export type Points = (number | null)[];

export interface SeriesStats {
  last: number | null;
  mean: number | null;
  min: number | null;
  max: number | null;
}

export function statsOf(points: Points): SeriesStats {
  let last: number | null = null;
  let min: number | null = null;
  let max: number | null = null;
  let sum = 0;
  let known = 0;
  for (const v of points) {
    if (v === null) continue;
    last = v;
    min = min === null || v < min ? v : min;
    max = max === null || v > max ? v : max;
    sum += v;
    known++;
  }
  return { last, mean: known ? sum / known : null, min, max };
}

/**
 * The hidden lines after a click on one: only that one shows, or, where it was alone, all again. Not `alone`: that one
 * is switched.
 */
export function switched(off: ReadonlySet<string>, key: string, alone: boolean, all: string[]): Set<string> {
  if (!alone) {
    const next = new Set(off);
    if (!next.delete(key)) next.add(key);
    return next;
  }
  const shown = all.filter((k) => !off.has(k));
  return shown.length === 1 && shown[0] === key ? new Set() : new Set(all.filter((k) => k !== key));
}

/** Rows of a list that are chosen, by the mouse and by keys, while the list goes on changing. */

export interface Chosen {
  ids: ReadonlySet<number>;
  /** Where a stretch begins: what was chosen or left last by itself. */
  anchor: number | null;
}

export const NONE: Chosen = { ids: new Set(), anchor: null };

/** One more, or one less. */
export function toggle(chosen: Chosen, id: number): Chosen {
  const ids = new Set(chosen.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, anchor: id };
}

/** All from the anchor to `id`, in the order shown; without an anchor `id` alone. */
export function extend(chosen: Chosen, id: number, order: number[]): Chosen {
  const from = chosen.anchor === null ? -1 : order.indexOf(chosen.anchor);
  const to = order.indexOf(id);
  if (from < 0 || to < 0) return { ids: new Set([...chosen.ids, id]), anchor: id };
  const stretch = order.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { ids: new Set([...chosen.ids, ...stretch]), anchor: chosen.anchor };
}

export const all = (order: number[]): Chosen => ({ ids: new Set(order), anchor: null });

/** Without those that are not shown any more. */
export function within(chosen: Chosen, order: number[]): Chosen {
  const ids = order.filter((id) => chosen.ids.has(id));
  return ids.length === chosen.ids.size ? chosen : { ids: new Set(ids), anchor: chosen.anchor };
}

export interface Held<T> {
  rows: T[];
  /** Known, and not shown yet. */
  waiting: number;
}

/**
 * A list that is held keeps its rows where they are, so that none moves away from under the hand: each becomes what it is now, one that has
 * left the list stays as it was, and new ones wait.
 */
export function held<T extends { id: number }>(shown: T[], fresh: T[]): Held<T> {
  const byId = new Map(fresh.map((r) => [r.id, r]));
  const known = new Set(shown.map((r) => r.id));
  return { rows: shown.map((r) => byId.get(r.id) ?? r), waiting: fresh.filter((r) => !known.has(r.id)).length };
}

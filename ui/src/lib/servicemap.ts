/** Where the nodes of a directed graph are drawn: callers to the left of what they call, with few crossings. */

export interface Link {
  client: string;
  server: string;
}

/** A node, or where a link passes a layer on its way to a later one. */
export interface Spot {
  /** Of the node; null: a passage. */
  name: string | null;
  key: string;
}

export interface Layout {
  /** From the left; the spots of each from the top. */
  layers: Spot[][];
  /** Keys of the passages of a link, from the left; of those alone that have some. By `linkKey`. */
  passages: Map<string, string[]>;
}

export const linkKey = (l: Link) => `${l.client}\0${l.server}`;

/**
 * A node is one layer behind the last of its callers. Links that would close a circle, found by walking from those whom nobody calls, do not count
 * for that; nor do links of a node to itself. A link over several layers has a place in each of them, so that it passes no node. Spots of a layer are in the order of the middle
 * of their neighbours. The same graph gives the same layout, whatever the order of its links.
 */
export function layOut(names: string[], links: Link[]): Layout {
  const nodes = [...new Set([...names, ...links.flatMap((l) => [l.client, l.server])])].sort();
  const forward = withoutCircles(nodes, links);
  const layer = depths(nodes, forward);
  const keys: string[][] = [];
  for (const name of nodes) (keys[layer.get(name)!] ??= []).push(name);
  const { short, passages } = split(forward, layer, keys);
  untangle(keys, short);
  const known = new Set(nodes);
  return { layers: keys.map((list) => list.map((key) => ({ key, name: known.has(key) ? key : null }))), passages };
}

/** Links from one layer to the next alone, by way of passages, which get places in `keys`. */
function split(links: Link[], layer: Map<string, number>, keys: string[][]) {
  const short: Link[] = [];
  const passages = new Map<string, string[]>();
  for (const l of links) {
    let from = l.client;
    const passed: string[] = [];
    for (let at = layer.get(l.client)! + 1; at < layer.get(l.server)!; at++) {
      const key = `${linkKey(l)}\0${at}`;
      keys[at]!.push(key);
      short.push({ client: from, server: key });
      passed.push(key);
      from = key;
    }
    short.push({ client: from, server: l.server });
    if (passed.length) passages.set(linkKey(l), passed);
  }
  return { short, passages };
}

function withoutCircles(nodes: string[], links: Link[]): Link[] {
  const out = new Map<string, string[]>(nodes.map((n) => [n, []]));
  const called = new Set<string>();
  for (const l of [...links].sort((a, b) => (a.client + '\0' + a.server < b.client + '\0' + b.server ? -1 : 1))) {
    if (l.client === l.server) continue;
    out.get(l.client)!.push(l.server);
    called.add(l.server);
  }
  const state = new Map<string, 'open' | 'done'>();
  const kept: Link[] = [];
  const walk = (from: string) => {
    // A list instead of calls within calls: chains may be long.
    const path: { name: string; next: number }[] = [{ name: from, next: 0 }];
    state.set(from, 'open');
    while (path.length) {
      const here = path[path.length - 1]!;
      const to = out.get(here.name)![here.next++];
      if (to === undefined) {
        state.set(here.name, 'done');
        path.pop();
        continue;
      }
      if (state.get(to) === 'open') continue;
      kept.push({ client: here.name, server: to });
      if (!state.has(to)) {
        state.set(to, 'open');
        path.push({ name: to, next: 0 });
      }
    }
  };
  for (const n of nodes) if (!called.has(n)) walk(n);
  for (const n of nodes) if (!state.has(n)) walk(n);
  return kept;
}

/** The longest way to each node. */
function depths(nodes: string[], links: Link[]): Map<string, number> {
  const depth = new Map<string, number>(nodes.map((n) => [n, 0]));
  const waits = new Map<string, number>(nodes.map((n) => [n, 0]));
  const out = new Map<string, string[]>(nodes.map((n) => [n, []]));
  for (const l of links) {
    waits.set(l.server, waits.get(l.server)! + 1);
    out.get(l.client)!.push(l.server);
  }
  const ready = nodes.filter((n) => !waits.get(n));
  for (let i = 0; i < ready.length; i++) {
    for (const to of out.get(ready[i]!)!) {
      depth.set(to, Math.max(depth.get(to)!, depth.get(ready[i]!)! + 1));
      waits.set(to, waits.get(to)! - 1);
      if (!waits.get(to)) ready.push(to);
    }
  }
  return depth;
}

const ROUNDS = 4;

function untangle(layers: string[][], links: Link[]): void {
  const before = new Map<string, string[]>();
  const behind = new Map<string, string[]>();
  const add = (map: Map<string, string[]>, key: string, value: string) => map.set(key, [...(map.get(key) ?? []), value]);
  for (const l of links) {
    add(before, l.server, l.client);
    add(behind, l.client, l.server);
  }
  const place = new Map<string, number>();
  const note = (list: string[]) => list.forEach((n, i) => place.set(n, list.length > 1 ? i / (list.length - 1) : 0.5));
  layers.forEach(note);
  const sort = (list: string[], near: Map<string, string[]>) => {
    const middle = new Map(
      list.map((n) => {
        const around = near.get(n) ?? [];
        return [n, around.length ? around.reduce((sum, a) => sum + place.get(a)!, 0) / around.length : place.get(n)!] as const;
      }),
    );
    list.sort((a, b) => middle.get(a)! - middle.get(b)! || (a < b ? -1 : 1));
    note(list);
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (let l = 1; l < layers.length; l++) sort(layers[l]!, before);
    for (let l = layers.length - 2; l >= 0; l--) sort(layers[l]!, behind);
  }
}

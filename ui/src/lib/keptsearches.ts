/** Searches that somebody gave a name: kept in this browser. */

export interface KeptSearch {
  name: string;
  query: string;
  status: string;
  sort: string;
}

const MOST = 50;
const KEY = 'tripod.searches.issues';

const isKept = (s: unknown): s is KeptSearch => typeof s === 'object' && s !== null && ['name', 'query', 'status', 'sort'].every((k) => typeof (s as Record<string, unknown>)[k] === 'string');

export function readSearches(): KeptSearch[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(list) ? list.filter(isKept) : [];
  } catch {
    return [];
  }
}

/** By name; one of the same name gives way. False: the browser keeps nothing. */
export function keepSearch(search: KeptSearch): boolean {
  const others = readSearches().filter((s) => s.name !== search.name);
  return store([...others, search].sort((a, b) => a.name.localeCompare(b.name)).slice(0, MOST));
}

export function dropSearch(name: string): boolean {
  return store(readSearches().filter((s) => s.name !== name));
}

function store(list: KeptSearch[]): boolean {
  try {
    localStorage.setItem(KEY, JSON.stringify(list));
    return true;
  } catch {
    return false;
  }
}

/** Questions that were asked before, newest first, kept in this browser. */

const MOST = 100;
const LONGEST = 2000;
const key = (name: string) => `tripod.history.${name}`;

export function readHistory(name: string): string[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(key(name)) ?? '[]');
    return Array.isArray(list) ? list.filter((q): q is string => typeof q === 'string') : [];
  } catch {
    return [];
  }
}

export function remember(name: string, query: string): void {
  const q = query.trim();
  if (!q || q.length > LONGEST) return;
  store(name, [q, ...readHistory(name).filter((x) => x !== q)].slice(0, MOST));
}

export function forget(name: string): void {
  store(name, []);
}

function store(name: string, list: string[]): void {
  try {
    localStorage.setItem(key(name), JSON.stringify(list));
  } catch {
    // Storage may be switched off or full: there is no history then.
  }
}

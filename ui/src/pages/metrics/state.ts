/** What the page shows is what its address says: queries as `a`, `b`, `c` …, hidden ones named in `hide`. */
import { param, setParams, url } from '../../app/router';
import { refresh, relative, resolved } from '../../app/range';
import { remember } from '../../lib/history';
import { parseStep } from '../../lib/promql';
import type { Query as Asked } from '../../components/prom/results';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'.split('');
/** Name of the history of queries in this browser. */
export const HISTORY = 'promql';

export interface Query extends Asked {
  hidden: boolean;
}

export type View = 'graph' | 'heatmap' | 'table';

export function readQueries(): Query[] {
  const p = url.value.searchParams;
  const hide = p.get('hide') ?? '';
  return LETTERS.filter((l) => p.has(l)).map((letter) => ({ letter, text: p.get(letter)!, hidden: hide.includes(letter) }));
}

export function freeLetter(taken: string[]): string | undefined {
  return LETTERS.find((l) => !taken.includes(l));
}

export function viewOf(): View {
  const v = param('view');
  return v === 'table' || v === 'heatmap' ? v : 'graph';
}

export const setView = (v: View) => setParams({ view: v === 'graph' ? null : v });

/** Switches of the graph; those that are on by themselves are kept where they are off. */
export interface Switches {
  stack: boolean;
  log: boolean;
  split: boolean;
  releases: boolean;
  exemplars: boolean;
}

export function readSwitches(): Switches {
  return { stack: param('stack') === '1', log: param('log') === '1', split: param('split') === '1', releases: param('releases') !== '0', exemplars: param('exemplars') !== '0' };
}

export function flip(name: keyof Switches, now: boolean): void {
  const byItself = name === 'releases' || name === 'exemplars';
  // Areas on top of each other cannot be read on a scale of powers.
  const other = !now && name === 'stack' ? { log: null } : !now && name === 'log' ? { stack: null } : {};
  setParams({ [name]: now ? (byItself ? '0' : null) : byItself ? null : '1', ...other }, { replace: true });
}

/** An emptied query is removed: the letter must not stay hidden for the one that gets it next. */
export function run(letter: string, text: string): void {
  if (!text.trim()) return remove(letter);
  remember(HISTORY, text);
  const fresh = !url.peek().searchParams.has(letter);
  setParams({ [letter]: text, ...(fresh ? { hide: param('hide').replace(letter, '') } : {}) });
  if (relative.peek()) refresh();
}

export function remove(letter: string): void {
  setParams({ [letter]: null, hide: param('hide').replace(letter, ''), explain: param('explain') === letter ? null : param('explain') });
}

export function toggleHidden(letter: string): void {
  const h = param('hide');
  setParams({ hide: h.includes(letter) ? h.replace(letter, '') : h + letter }, { replace: true });
}

/** Shows the parts of one query; a table has its values at one instant, so that the graph takes its place. */
export function toggleExplain(letter: string): void {
  const on = param('explain') !== letter;
  setParams({ explain: on ? letter : null, ...(on && viewOf() === 'table' ? { view: null } : {}) }, { replace: true });
}

export function stepNow(): { step: number } | { error: string } {
  const w = resolved.value;
  return parseStep(param('step'), w.startMs, w.endMs);
}

/** The page's address with both ends of the range as they are now: it shows the same tomorrow. */
export function permalink(): string {
  const at = new URL(url.value);
  const w = resolved.peek();
  at.searchParams.set('start', new Date(w.startMs).toISOString());
  at.searchParams.set('end', new Date(w.endMs).toISOString());
  return at.href;
}

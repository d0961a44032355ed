/** Keyboard shortcuts. The newest binding of a key wins; none fires while text is being typed. */
import { useLayoutEffect, useRef } from 'preact/hooks';

export type Keymap = Record<string, (e: KeyboardEvent) => void>;

const layers: { current: Keymap }[] = [];
let pendingPrefix = '';
let prefixTimer = 0;

function typing(e: KeyboardEvent): boolean {
  const el = e.composedPath()[0] as HTMLElement | undefined;
  if (!el || !el.tagName) return false;
  if (el.isContentEditable || el.tagName === 'TEXTAREA' || el.tagName === 'SELECT') return true;
  return el.tagName === 'INPUT' && !/^(checkbox|radio|button|range)$/.test((el as HTMLInputElement).type);
}

function keyName(e: KeyboardEvent): string {
  const mod = e.metaKey || e.ctrlKey ? 'mod+' : '';
  return mod + (e.key.length === 1 ? (e.shiftKey && /[a-z]/i.test(e.key) ? `shift+${e.key.toLowerCase()}` : e.key.toLowerCase()) : e.key);
}

function find(name: string): ((e: KeyboardEvent) => void) | undefined {
  for (let i = layers.length - 1; i >= 0; i--) {
    const f = layers[i]!.current[name];
    if (f) return f;
  }
  return undefined;
}

function onKey(e: KeyboardEvent): void {
  if (e.defaultPrevented || e.isComposing || e.altKey) return;
  const name = keyName(e);
  if (typing(e) && !name.startsWith('mod+')) {
    if (name === 'Escape') (e.composedPath()[0] as HTMLElement).blur();
    return;
  }
  if (name === 'Enter' && (e.composedPath()[0] as Element).closest?.('button, a, summary, [role="tab"]')) return;
  const open = document.querySelector('dialog[open]');
  if (open && !name.startsWith('mod+')) return;
  const full = pendingPrefix ? `${pendingPrefix} ${name}` : name;
  const action = find(full);
  clearTimeout(prefixTimer);
  pendingPrefix = '';
  if (action) {
    e.preventDefault();
    action(e);
  } else if (name === 'g') {
    pendingPrefix = 'g';
    prefixTimer = window.setTimeout(() => (pendingPrefix = ''), 900);
  }
}

export function startHotkeys(): void {
  document.addEventListener('keydown', onKey);
}

/**
 * Binds keys while the component is mounted: before it is painted, so that what can be seen can be used.
 * Names: `j`, `Enter`, `Escape`, `?`, `mod+k`, `g i`.
 */
export function useHotkeys(map: Keymap): void {
  const ref = useRef(map);
  ref.current = map;
  useLayoutEffect(() => {
    layers.push(ref);
    return () => {
      layers.splice(layers.indexOf(ref), 1);
    };
  }, []);
}

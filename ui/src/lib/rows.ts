/** j/k over the rows of a table: one row is current, Enter opens it. */
import { useEffect, useState } from 'preact/hooks';
import { useHotkeys } from './hotkeys';

interface Options {
  /** Row that is current at first; -1 for none. */
  start?: number;
  onMove?: (index: number) => void;
  onLeave?: () => void;
  /** Another table of the page has the keys. */
  off?: boolean;
}

export function useRows(count: number, open: (index: number) => void, options: Options = {}) {
  const [at, setAt] = useState(options.start ?? -1);
  useEffect(() => {
    if (at >= count) setAt(count - 1);
  }, [count]);
  const move = (step: number) => {
    if (!count) return;
    const next = Math.min(count - 1, Math.max(0, at + step));
    setAt(next);
    options.onMove?.(next);
    requestAnimationFrame(() => document.querySelector('[data-row-current="true"]')?.scrollIntoView({ block: 'nearest' }));
  };
  useHotkeys(
    options.off
      ? {}
      : {
          j: () => move(1),
          k: () => move(-1),
          Enter: () => at >= 0 && open(at),
          ...(options.onLeave ? { Escape: options.onLeave } : {}),
        },
  );
  const rowProps = (i: number) => ({ 'data-row-current': i === at ? 'true' : undefined });
  return { at, setAt, rowProps };
}

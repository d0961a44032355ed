/** Small choices of a reader that are no part of what is asked: kept in this browser. */
import { useState } from 'preact/hooks';

export function useKept(key: string, initial: boolean): [boolean, (on: boolean) => void] {
  const [on, setOn] = useState(() => {
    try {
      const v = localStorage.getItem(key);
      return v === null ? initial : v === '1';
    } catch {
      return initial;
    }
  });
  const set = (next: boolean) => {
    setOn(next);
    try {
      localStorage.setItem(key, next ? '1' : '0');
    } catch {
      // Storage may be switched off: the choice then lasts as long as the page.
    }
  };
  return [on, set];
}

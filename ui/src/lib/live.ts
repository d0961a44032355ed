/** Pages that follow what comes in: within a second of a new error event, without flicker. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { asApiError, isAbort, type ApiError } from '../api/client';
import { pollErrors } from '../api/endpoints';
import { useData, type Data } from './data';

const POLL_MS = 1000;
/** What people do elsewhere makes no event. */
const ANYHOW_MS = 15_000;

/**
 * A number that grows when error events have come, and now and then anyway; it stands still while the page is not visible. Asking whether
 * there are any costs the server little: it looks at what was stored since, and no more than one of them is sent.
 */
export function useErrorTick(): number {
  const [tick, setTick] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    let cursor: string | null = null;
    let told = Date.now();
    /** Counts may be stored a moment after the event: once more with the next round. */
    let owed = false;
    const tell = () => {
      told = Date.now();
      setTick((n) => n + 1);
    };
    const round = async () => {
      clearTimeout(timer);
      if (document.visibilityState === 'visible') {
        try {
          const answer = await pollErrors(cursor, abort.signal);
          const came = answer.rows.length > 0;
          // Of many the rest is of no interest: from now on.
          cursor = came ? (await pollErrors(null, abort.signal)).cursor : answer.cursor;
          if (came || owed || Date.now() - told > ANYHOW_MS) tell();
          owed = came;
        } catch (e) {
          if (isAbort(e)) return;
          // The page itself says what is wrong when it asks: it is told to.
          cursor = null;
          owed = true;
          if (Date.now() - told > ANYHOW_MS) tell();
        }
      }
      if (!abort.signal.aborted) timer = window.setTimeout(round, POLL_MS);
    };
    const seen = () => document.visibilityState === 'visible' && (tell(), void round());
    document.addEventListener('visibilitychange', seen);
    void round();
    return () => {
      abort.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
    };
  }, []);
  return tick;
}

export interface Fresh<T> extends Data<T> {
  /** Why what is shown is not the newest; it is asked for again. */
  behind: ApiError | null;
}

/** `useData` whose answer is replaced quietly with every tick, at most once in `leastMs`. */
export function useFresh<T>(load: (signal: AbortSignal) => Promise<T> | null, deps: unknown[], tick: number, leastMs = 0): Fresh<T> {
  const data = useData(load, deps);
  const [behind, setBehind] = useState<ApiError | null>(null);
  const latest = useRef(load);
  latest.current = load;
  const quiet = useRef({ abort: new AbortController(), timer: 0, asked: 0, busy: false, owed: false });
  useEffect(() => {
    const q = (quiet.current = { abort: new AbortController(), timer: 0, asked: Date.now(), busy: false, owed: false });
    setBehind(null);
    return () => {
      q.abort.abort();
      clearTimeout(q.timer);
    };
  }, deps);
  useEffect(() => {
    // Not while the first answer is on its way, nor where the same question is refused again.
    if (!tick || data.loading || (data.error && data.error.status >= 400 && data.error.status < 500)) return;
    const q = quiet.current;
    const { signal } = q.abort;
    const run = async () => {
      q.busy = true;
      q.asked = Date.now();
      try {
        const value = await latest.current(signal);
        if (signal.aborted) return;
        if (value !== null) data.set(value);
        setBehind(null);
      } catch (e) {
        if (!signal.aborted && !isAbort(e)) setBehind(asApiError(e));
      }
      q.busy = false;
      if (q.owed && !signal.aborted) ask();
    };
    const ask = () => {
      q.owed = q.busy;
      if (q.busy) return;
      clearTimeout(q.timer);
      q.timer = window.setTimeout(run, Math.max(0, q.asked + leastMs - Date.now()));
    };
    ask();
  }, [tick]);
  return { ...data, behind };
}

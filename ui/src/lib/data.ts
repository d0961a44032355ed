/** Loading from the server inside components: cancelled when no longer wanted, repeated on demand. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, asApiError, isAbort } from '../api/client';

export interface Data<T> {
  /** The last answer; kept while the next one loads, dropped when that one fails. */
  data: T | undefined;
  error: ApiError | null;
  loading: boolean;
  reload: () => void;
  /** Puts a known newer value in place (after a change that answered with it). */
  set: (value: T) => void;
}

/**
 * Runs `load` at mount and whenever `deps` change. `load` may return null to say "nothing to ask". A page about another
 * record takes a `key`, so that it does not show the old record while the new one loads.
 */
export function useData<T>(
  load: (signal: AbortSignal) => Promise<T> | null,
  deps: unknown[],
): Data<T> {
  const [state, setState] = useState<{ data?: T; error: ApiError | null; loading: boolean }>({ error: null, loading: true });
  const [round, setRound] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    const abort = new AbortController();
    const pending = latest.current(abort.signal);
    if (!pending) {
      setState({ error: null, loading: false });
      return;
    }
    setState((s) => ({ ...s, error: null, loading: true }));
    pending.then(
      (data) => {
        if (!abort.signal.aborted) setState({ data, error: null, loading: false });
      },
      (e: unknown) => {
        if (!abort.signal.aborted && !isAbort(e)) setState({ error: asApiError(e), loading: false });
      },
    );
    return () => abort.abort();
  }, [...deps, round]);
  const reload = useCallback(() => setRound((n) => n + 1), []);
  const set = useCallback((data: T) => setState({ data, error: null, loading: false }), []);
  return { ...state, data: state.data, reload, set };
}

/**
 * Asks again `ms` after each answer while the page is visible. Returns the newest answer and the newest error; an error
 * does not take the last answer away (the page says both).
 */
export function usePoll<T>(load: (signal: AbortSignal) => Promise<T>, ms: number, deps: unknown[] = []): Omit<Data<T>, 'set'> {
  const [state, setState] = useState<{ data?: T; error: ApiError | null; loading: boolean }>({ error: null, loading: true });
  const latest = useRef(load);
  latest.current = load;
  const wake = useRef<() => void>(() => {});
  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    const run = async () => {
      clearTimeout(timer);
      if (document.visibilityState === 'visible') {
        try {
          const data = await latest.current(abort.signal);
          if (!abort.signal.aborted) setState({ data, error: null, loading: false });
        } catch (e) {
          if (!abort.signal.aborted && !isAbort(e)) setState((s) => ({ ...s, error: asApiError(e), loading: false }));
        }
      }
      if (!abort.signal.aborted) timer = window.setTimeout(run, ms);
    };
    wake.current = () => void run();
    void run();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, deps);
  return { ...state, data: state.data, reload: useCallback(() => wake.current(), []) };
}

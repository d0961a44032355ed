/** Running several queries at once: each has its own answer, its own error. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { asApiError, isAbort, type ApiError } from '../../api/client';
import type { PromAnswer } from '../../api/prom';
import type { Query } from './query';

export interface Result {
  query: Query;
  answer?: PromAnswer;
  error?: ApiError;
}

export function useResults(queries: Query[], ask: (text: string, signal: AbortSignal) => Promise<PromAnswer>, deps: unknown[]) {
  const [state, setState] = useState<{ results: Result[]; loading: boolean }>({ results: [], loading: true });
  const [round, setRound] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    const abort = new AbortController();
    setState((s) => ({ ...s, loading: true }));
    const one = async (query: Query): Promise<Result> => {
      try {
        return { query, answer: await latest.current(query.text, abort.signal) };
      } catch (e) {
        if (isAbort(e)) throw e;
        return { query, error: asApiError(e) };
      }
    };
    Promise.all(queries.map(one)).then(
      (results) => abort.signal.aborted || setState({ results, loading: false }),
      () => undefined,
    );
    return () => abort.abort();
  }, [queries, round, ...deps]);
  return { ...state, reload: () => setRound((n) => n + 1) };
}

/** Running several queries at once: each has its own answer, its own error. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { asApiError, isAbort, type ApiError } from '../../api/client';
import type { PromAnswer } from '../../api/prom';

export interface Query {
  letter: string;
  text: string;
}

export interface Result<Q extends Query = Query> {
  query: Q;
  answer?: PromAnswer;
  error?: ApiError;
}

export interface Results<Q extends Query> {
  results: Result<Q>[];
  loading: boolean;
  /** The newest answers are of what is asked now. */
  fresh: boolean;
  reload: () => void;
}

/** Asks anew where the queries' names, texts or `deps` change. The last answers stay while the next ones load. */
export function useResults<Q extends Query>(queries: Q[], ask: (text: string, signal: AbortSignal) => Promise<PromAnswer>, deps: unknown[]): Results<Q> {
  const [state, setState] = useState<{ results: Result<Q>[]; loading: boolean; of: string }>({ results: [], loading: true, of: '' });
  const [round, setRound] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  const asked = JSON.stringify(queries.map((q) => [q.letter, q.text]));
  useEffect(() => {
    const abort = new AbortController();
    setState((s) => ({ ...s, loading: true }));
    const one = async (query: Q): Promise<Result<Q>> => {
      try {
        return { query, answer: await latest.current(query.text, abort.signal) };
      } catch (e) {
        if (isAbort(e)) throw e;
        return { query, error: asApiError(e) };
      }
    };
    Promise.all(queries.map(one)).then(
      (results) => abort.signal.aborted || setState({ results, loading: false, of: asked }),
      () => undefined,
    );
    return () => abort.abort();
  }, [asked, round, ...deps]);
  return { results: state.results, loading: state.loading, fresh: state.of === asked, reload: () => setRound((n) => n + 1) };
}

/** The answer to the page's question: its first page, and for records the ones behind it as they are wanted. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { asApiError, isAbort, type ApiError } from '../../api/client';
import { search, type Window } from '../../api/endpoints';
import type { Datasets, Row, SearchAnswer } from '../../api/types';

const PAGE = 200;

export interface Lines {
  rows: Row[];
  first: SearchAnswer | undefined;
  warnings: string[];
  partial: boolean;
  loading: boolean;
  /** What is loading is the answer to what is asked now, not a later page of it. */
  asking: boolean;
  error: ApiError | null;
  /** A failure of a later page: what is there stays. */
  moreError: ApiError | null;
  done: boolean;
  /** The next page; not behind one that failed, which is asked for again by `retryMore`. */
  more: () => void;
  retryMore: () => void;
  reload: () => void;
}

interface State {
  rows: Row[];
  /** Kept while the next question's is on its way. */
  first: SearchAnswer | undefined;
  cursor: string | null;
  warnings: string[];
  partial: boolean;
  loading: boolean;
  asking: boolean;
  error: ApiError | null;
  moreError: ApiError | null;
}

const EMPTY: State = { rows: [], first: undefined, cursor: null, warnings: [], partial: false, loading: false, asking: false, error: null, moreError: null };
const BEGIN: State = { ...EMPTY, loading: true, asking: true };

/** `off`: nothing is asked, as where a live tail has the page. */
export function useLines(dataset: Datasets, q: string, w: Window, order: 'asc' | 'desc', off: boolean): Lines {
  const [state, setState] = useState<State>(BEGIN);
  const [round, setRound] = useState(0);
  const busy = useRef<AbortController | null>(null);

  useEffect(() => {
    const abort = new AbortController();
    busy.current?.abort();
    busy.current = abort;
    if (off) {
      setState(EMPTY);
      return;
    }
    setState((s) => ({ ...s, loading: true, asking: true, error: null, moreError: null }));
    search({ dataset, q, limit: PAGE, order }, w, abort.signal).then(
      (a) => abort.signal.aborted || setState({ ...EMPTY, rows: a.rows, first: a, cursor: a.cursor, warnings: a.warnings, partial: a.partial }),
      (e: unknown) => isAbort(e) || abort.signal.aborted || setState({ ...EMPTY, error: asApiError(e) }),
    );
    return () => abort.abort();
  }, [dataset, q, w, order, off, round]);

  const next = async () => {
    if (state.loading || !state.cursor) return;
    const abort = busy.current;
    setState((s) => ({ ...s, loading: true, moreError: null }));
    try {
      const a = await search({ dataset, q, limit: PAGE, order, cursor: state.cursor }, w, abort?.signal);
      if (abort?.signal.aborted) return;
      setState((s) => ({
        ...s,
        rows: [...s.rows, ...a.rows],
        cursor: a.cursor,
        warnings: [...new Set([...s.warnings, ...a.warnings])],
        partial: s.partial || a.partial,
        loading: false,
      }));
    } catch (e) {
      if (!isAbort(e) && !abort?.signal.aborted) setState((s) => ({ ...s, loading: false, moreError: asApiError(e) }));
    }
  };
  const reload = () => setRound((n) => n + 1);
  return { ...state, done: !state.cursor, more: () => void (state.moreError || next()), retryMore: () => void next(), reload };
}

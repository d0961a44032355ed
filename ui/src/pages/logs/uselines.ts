/** The lines of the page: fetched page by page, and joined by the live tail where that is on. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { asApiError, isAbort, type ApiError } from '../../api/client';
import { search, tail, type Window } from '../../api/endpoints';
import type { Row, SearchAnswer } from '../../api/types';
import { rowKey } from '../../lib/record';

const PAGE = 200;
/** A tail left on over night must not fill the browser. */
const MOST_LIVE = 5000;

export interface Lines {
  rows: Row[];
  first: SearchAnswer | undefined;
  warnings: string[];
  partial: boolean;
  loading: boolean;
  error: ApiError | null;
  /** A failure of a later page or of the tail: what is there stays. */
  moreError: ApiError | null;
  done: boolean;
  more: () => void;
  reload: () => void;
  /** Lines the tail has put on top since the list was loaded. */
  arrived: number;
}

interface State {
  rows: Row[];
  first?: SearchAnswer;
  cursor: string | null;
  warnings: string[];
  partial: boolean;
  loading: boolean;
  error: ApiError | null;
  moreError: ApiError | null;
  arrived: number;
}

const EMPTY: State = {
  rows: [],
  cursor: null,
  warnings: [],
  partial: false,
  loading: true,
  error: null,
  moreError: null,
  arrived: 0,
};

export function useLines(q: string, w: Window, order: 'asc' | 'desc', live: boolean): Lines {
  const [state, setState] = useState<State>(EMPTY);
  const [round, setRound] = useState(0);
  const busy = useRef<AbortController | null>(null);

  useEffect(() => {
    const abort = new AbortController();
    busy.current?.abort();
    busy.current = abort;
    setState((s) => ({ ...s, loading: true, error: null, moreError: null }));
    search({ dataset: 'logs', q, limit: PAGE, order }, w, abort.signal).then(
      (a) =>
        abort.signal.aborted ||
        setState({ ...EMPTY, rows: a.rows, first: a, cursor: a.cursor, warnings: a.warnings ?? [], partial: a.partial, loading: false }),
      (e: unknown) => isAbort(e) || abort.signal.aborted || setState({ ...EMPTY, loading: false, error: asApiError(e) }),
    );
    return () => abort.abort();
  }, [q, w, order, round]);

  useTail(q, live && order === 'desc', (fresh, news) =>
    setState((s) => {
      const known = new Set(s.rows.slice(0, fresh.length + 500).map(rowKey));
      const added = fresh.filter((r) => !known.has(rowKey(r))).reverse();
      const warnings = [...new Set([...s.warnings, ...news])];
      if (!added.length && !s.moreError && warnings.length === s.warnings.length) return s;
      const rows = [...added, ...s.rows].slice(0, Math.max(MOST_LIVE, s.rows.length));
      return { ...s, rows, warnings, arrived: s.arrived + added.length, moreError: null };
    }),
    (moreError) => setState((s) => ({ ...s, moreError })),
  );

  const more = async () => {
    if (state.loading || !state.cursor || state.error || state.moreError) return;
    const abort = busy.current;
    setState((s) => ({ ...s, loading: true }));
    try {
      const a = await search({ dataset: 'logs', q, limit: PAGE, order, cursor: state.cursor }, w, abort?.signal);
      setState((s) => ({
        ...s,
        rows: [...s.rows, ...a.rows],
        cursor: a.cursor,
        warnings: [...new Set([...s.warnings, ...(a.warnings ?? [])])],
        partial: s.partial || a.partial,
        loading: false,
      }));
    } catch (e) {
      if (!isAbort(e)) setState((s) => ({ ...s, loading: false, moreError: asApiError(e) }));
    }
  };
  const reload = () => setRound((n) => n + 1);
  return { ...state, first: state.first, done: !state.cursor, more: () => void more(), reload };
}

/** Polls once a second from now on; each answer's cursor says where the next one starts. */
function useTail(q: string, on: boolean, take: (rows: Row[], warnings: string[]) => void, fail: (e: ApiError) => void): void {
  const latest = useRef({ take, fail });
  latest.current = { take, fail };
  useEffect(() => {
    if (!on) return;
    const abort = new AbortController();
    let cursor: string | null = null;
    let timer = 0;
    const poll = async () => {
      try {
        const a = await tail(q, cursor, abort.signal);
        cursor = a.cursor;
        if (!abort.signal.aborted) latest.current.take(a.rows, a.warnings ?? []);
      } catch (e) {
        if (!isAbort(e) && !abort.signal.aborted) latest.current.fail(asApiError(e));
      }
      if (!abort.signal.aborted) timer = window.setTimeout(poll, 1000);
    };
    void poll();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [q, on]);
}

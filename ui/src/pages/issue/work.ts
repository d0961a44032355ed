/** One change at a time: whether it is under way, and what went wrong. */
import { useState } from 'preact/hooks';
import { asApiError, type ApiError } from '../../api/client';

export interface Work {
  busy: boolean;
  error: ApiError | null;
  /** True once it is done. */
  run: (work: () => Promise<unknown>) => Promise<boolean>;
}

export function useWork(done: () => void): Work {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const run = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await work();
      done();
      return true;
    } catch (e) {
      setError(asApiError(e));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, run };
}

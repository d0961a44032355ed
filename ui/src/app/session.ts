/** Who is signed in. `undefined` = not asked yet, `null` = nobody. */
import { signal } from '@preact/signals';
import { ApiError, asApiError, setCsrf, setUnauthenticatedHandler } from '../api/client';
import * as api from '../api/endpoints';
import type { Session } from '../api/types';
import { navigate } from './router';

export const session = signal<Session | null | undefined>(undefined);
/** The session could not be asked for: neither signed in nor out is known. */
export const sessionError = signal<ApiError | null>(null);

export function acceptSession(s: Session | null): void {
  setCsrf(s?.csrf ?? '');
  session.value = s;
}

export async function loadSession(): Promise<void> {
  sessionError.value = null;
  try {
    acceptSession(await api.getSession());
  } catch (e) {
    const error = asApiError(e);
    if (error.status === 401) acceptSession(null);
    else sessionError.value = error;
  }
}

export async function leave(): Promise<void> {
  await api.signOut();
  acceptSession(null);
  navigate('/signin');
}

setUnauthenticatedHandler(() => acceptSession(null));

/** Signing in: by the printed one-time link, or by e-mail and password. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { asApiError, type ApiError } from '../../api/client';
import * as api from '../../api/endpoints';
import type { Session, Setup } from '../../api/types';
import { navigate, param, setParams } from '../../app/router';
import { acceptSession } from '../../app/session';
import { Logo } from '../../components/icon';
import './signin.css';
import { NewPassword } from './newpassword';

type Step = { at: 'link' } | { at: 'form'; note?: string } | { at: 'password'; session: Session };

export default function SignIn() {
  const [step, setStep] = useState<Step>(() => (param('token') ? { at: 'link' } : { at: 'form' }));

  useEffect(() => {
    document.title = 'Sign in · Tripod';
    const token = param('token');
    if (token) void useLink(token);
    else void skipIfSignedIn();
  }, []);

  async function useLink(token: string) {
    // The link works once: it leaves the address bar and the history before anything else happens.
    setParams({ token: null }, { replace: true });
    try {
      const s = await api.signIn({ token });
      acceptSession(s);
      if (s.must_set_password) setStep({ at: 'password', session: s });
      else await enter();
    } catch (e) {
      setStep({ at: 'form', note: linkProblem(asApiError(e)) });
    }
  }

  async function skipIfSignedIn() {
    try {
      acceptSession(await api.getSession());
      await enter();
    } catch {
      // Nobody is signed in: that is what the form is for.
    }
  }

  return (
    <div class="signin">
      <main class="signin-card">
        <div class="signin-brand">
          <Logo size={34} />
          <span>Tripod</span>
        </div>
        {step.at === 'link' && <p role="status">Signing in with your link…</p>}
        {step.at === 'form' && (
          <PasswordForm note={step.note} onDone={(s) => (s.must_set_password ? setStep({ at: 'password', session: s }) : void enter())} />
        )}
        {step.at === 'password' && (
          <>
            <h1>Set a password</h1>
            <p class="dim">
              The link you came by works only once. With a password you can sign in again as <strong>{step.session.user.email}</strong>.
            </p>
            <NewPassword needCurrent={false} submit="Set password and continue" onDone={() => void enter()} />
            <button class="link-button" onClick={() => void enter()}>
              Skip this step
            </button>
          </>
        )}
      </main>
    </div>
  );
}

function linkProblem(e: ApiError): string {
  if (e.status === 401) return 'This sign-in link has been used or has expired. Sign in with your password, or restart the server for a new link.';
  return e.message;
}

/** Where to go: where the reader wanted to be, or where there is something to see. */
async function enter(): Promise<void> {
  const next = param('next');
  if (next.startsWith('/') && !next.startsWith('//')) {
    navigate(next, { replace: true });
    return;
  }
  let setup: Setup | null = null;
  try {
    setup = await api.getSetup();
  } catch {
    // Not worth an error here: the overview will say what is wrong.
  }
  const anything = !setup || Object.values(setup.signals).some((s) => s.count > 0);
  navigate(anything ? '/' : '/start', { replace: true });
}

function PasswordForm({ note, onDone }: { note?: string; onDone: (s: Session) => void }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<ComponentChildren>(note);
  const [busy, setBusy] = useState(false);
  const submit = async (e: Event) => {
    e.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const s = await api.signIn({ email: email.trim(), password });
      acceptSession(s);
      onDone(s);
    } catch (e) {
      setError(formProblem(asApiError(e)));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit}>
      <h1>Sign in</h1>
      {error && (
        <p class="form-error" role="alert">
          {error}
        </p>
      )}
      <label class="field">
        <span class="field-label">E-mail or user name</span>
        <input class="input" name="email" autocomplete="username" autofocus required value={email} onInput={(e) => setEmail(e.currentTarget.value)} />
      </label>
      <label class="field">
        <span class="field-label">Password</span>
        <input
          class="input"
          name="password"
          type="password"
          autocomplete="current-password"
          required
          value={password}
          onInput={(e) => setPassword(e.currentTarget.value)}
        />
      </label>
      <button class="button primary wide" disabled={busy}>
        {busy ? 'Signing in…' : 'Sign in'}
      </button>
      <p class="dim signin-hint">First time here? The server printed a one-time sign-in link when it started.</p>
    </form>
  );
}

function formProblem(e: ApiError): string {
  if (e.status === 401) return 'The e-mail or the password is not right.';
  if (e.status === 429) return `Too many attempts. Try again in ${e.retryAfter ?? 60} s.`;
  return e.message;
}

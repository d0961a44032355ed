import { useState } from 'preact/hooks';
import { asApiError } from '../../api/client';
import { setPassword } from '../../api/endpoints';
import { passwordProblem } from '../../lib/password';

/** A new password, typed twice; the server has the last word on what is good enough. */
export function NewPassword({ needCurrent, submit, onDone }: { needCurrent: boolean; submit: string; onDone: () => void }) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const save = async (e: Event) => {
    e.preventDefault();
    const wrong = passwordProblem(next, again);
    if (wrong) return setError(wrong);
    setBusy(true);
    setError('');
    try {
      await setPassword(needCurrent ? current : null, next);
      setCurrent('');
      setNext('');
      setAgain('');
      onDone();
    } catch (e) {
      const problem = asApiError(e);
      setError(problem.status === 401 || problem.status === 403 ? 'The current password is not right.' : problem.message);
    } finally {
      setBusy(false);
    }
    return undefined;
  };
  return (
    <form onSubmit={save}>
      {error && (
        <p class="form-error" role="alert">
          {error}
        </p>
      )}
      {needCurrent && <Field label="Current password" name="current" value={current} set={setCurrent} auto="current-password" />}
      <Field label="New password" name="new" value={next} set={setNext} auto="new-password" focus={!needCurrent} />
      <Field label="New password again" name="again" value={again} set={setAgain} auto="new-password" />
      <button class="button primary" disabled={busy}>
        {busy ? 'Saving…' : submit}
      </button>
    </form>
  );
}

interface FieldProps {
  label: string;
  name: string;
  value: string;
  set: (v: string) => void;
  auto: string;
  focus?: boolean;
}

function Field({ label, name, value, set, auto, focus = false }: FieldProps) {
  return (
    <label class="field">
      <span class="field-label">{label}</span>
      <input class="input" type="password" name={name} autocomplete={auto} autofocus={focus} required value={value} onInput={(e) => set(e.currentTarget.value)} />
    </label>
  );
}

/** API tokens: shown once when made, kept only as hashes by the server, revocable at any time. */
import { useState } from 'preact/hooks';
import { asApiError, type ApiError } from '../../api/client';
import { createToken, deleteToken, listTokens } from '../../api/endpoints';
import type { ApiToken } from '../../api/types';
import { Badge, Section, Time } from '../../components/bits';
import { Code } from '../../components/code';
import { Async, Empty, ErrorBox } from '../../components/states';
import { useData } from '../../lib/data';

const SCOPES = [
  ['read', 'Query everything'],
  ['write', 'Send data'],
  ['admin', 'Change settings'],
] as const;

export function Tokens() {
  const tokens = useData((s) => listTokens(s), []);
  const [made, setMade] = useState<{ name: string; token: string } | null>(null);
  return (
    <>
      <p class="lead">
        A token lets a script, the command line or Grafana in: <code>Authorization: Bearer …</code>
      </p>
      <NewToken
        onMade={(name, token) => {
          setMade({ name, token });
          tokens.reload();
        }}
      />
      {made && (
        <div class="made" role="status">
          <p>
            <strong>“{made.name}” is ready.</strong> Copy it now: it is not shown again.
          </p>
          <Code text={made.token} />
        </div>
      )}
      <Section title="Tokens">
        <Async of={tokens}>{(d) => <List tokens={d.tokens} onGone={tokens.reload} />}</Async>
      </Section>
    </>
  );
}

function NewToken({ onMade }: { onMade: (name: string, token: string) => void }) {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<string[]>(['read']);
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const create = async (e: Event) => {
    e.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const answer = await createToken(name.trim(), scopes);
      onMade(name.trim(), answer.token);
      setName('');
    } catch (e) {
      setError(asApiError(e));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="panel pad token-form" onSubmit={create}>
      <label class="field">
        <span class="field-label">Name</span>
        <input class="input" required value={name} placeholder="grafana, ci, my laptop…" onInput={(e) => setName(e.currentTarget.value)} />
      </label>
      <fieldset class="scopes">
        <legend class="field-label">It may</legend>
        {SCOPES.map(([id, what]) => (
          <label key={id} class="check">
            <input
              type="checkbox"
              checked={scopes.includes(id)}
              onChange={(e) => setScopes(e.currentTarget.checked ? [...scopes, id] : scopes.filter((s) => s !== id))}
            />
            {what} <span class="dim mono">{id}</span>
          </label>
        ))}
      </fieldset>
      <button class="button primary" disabled={busy || !name.trim() || scopes.length === 0}>
        {busy ? 'Creating…' : 'Create token'}
      </button>
      {error && <ErrorBox error={error} />}
    </form>
  );
}

function List({ tokens, onGone }: { tokens: ApiToken[]; onGone: () => void }) {
  if (!tokens.length) {
    return (
      <div class="panel">
        <Empty title="No tokens yet" icon="user">
          <p>Create one above for everything that is not a browser.</p>
        </Empty>
      </div>
    );
  }
  return (
    <div class="panel scroll-x">
      <table class="table">
        <thead>
          <tr>
            <th>Name</th>
            <th>Scopes</th>
            <th>Created</th>
            <th>Last used</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {tokens.map((t) => (
            <Row key={t.id} token={t} onGone={onGone} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ token, onGone }: { token: ApiToken; onGone: () => void }) {
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const revoke = async () => {
    setError(null);
    try {
      await deleteToken(token.id);
      onGone();
    } catch (e) {
      setError(asApiError(e));
    }
  };
  return (
    <tr>
      <td class="strong">{token.name}</td>
      <td>
        {token.scopes.map((s) => (
          <Badge key={s}>{s}</Badge>
        ))}
      </td>
      <td>
        <Time ns={token.created_ns} />
      </td>
      <td>
        <Time ns={token.last_used_ns} />
      </td>
      <td class="row-end">
        {error && <span class="bad">{error.message} </span>}
        {asked ? (
          <>
            <button class="button danger small" onClick={() => void revoke()}>
              Revoke “{token.name}”
            </button>{' '}
            <button class="button small" onClick={() => setAsked(false)}>
              Keep
            </button>
          </>
        ) : (
          <button class="button small" onClick={() => setAsked(true)}>
            Revoke
          </button>
        )}
      </td>
    </tr>
  );
}

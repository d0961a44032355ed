/** What a query's answer says beside its values: errors, warnings and infos, each at its place in the text. */
import { ApiError } from '../../api/client';
import { messageText, placeOf } from '../../lib/promql';
import { indexToByte } from '../../lib/query';
import { Icon } from '../icon';
import { Caret, ErrorBox } from '../states';
import type { Query, Result } from './results';
import './prom.css';

export interface Note {
  level: 'error' | 'warning' | 'info';
  /** Index into the query; null: it is about the whole. */
  at: number | null;
  text: string;
}

export function notesOf(r: Result): Note[] {
  const note = (level: Note['level'], message: string): Note => ({ level, at: placeOf(message, r.query.text), text: messageText(message) });
  return [
    ...(r.error ? [note('error', r.error.message)] : []),
    ...(r.answer?.warnings ?? []).map((m) => note('warning', m)),
    ...(r.answer?.infos ?? []).map((m) => note('info', m)),
  ];
}

/** Errors of any query; `named` where it must be said which. */
export function Errors({ results, named, retry }: { results: Result<Query>[]; named: boolean; retry: () => void }) {
  return (
    <>
      {results.map((r) => r.error && <ErrorBox key={r.query.letter} error={placed(r.error, r.query, named)} query={r.query.text} retry={retry} />)}
    </>
  );
}

function placed(e: ApiError, query: Query, named: boolean): ApiError {
  const at = placeOf(e.message, query.text);
  const text = at === null ? e.message : messageText(e.message);
  return new ApiError(e.status, e.code, named ? `Query ${query.letter.toUpperCase()}: ${text}` : text, at === null ? undefined : indexToByte(query.text, at), e.retryAfter);
}

/** Warnings and infos, with the place they are about. */
export function Notes({ results, named }: { results: Result<Query>[]; named: boolean }) {
  const all = results.flatMap((r) => notesOf(r).filter((n) => n.level !== 'error').map((n) => ({ ...n, query: r.query })));
  if (!all.length) return null;
  return (
    <ul class="prom-notes" role="status">
      {all.map((n, i) => (
        <li key={i} class={n.level}>
          <Icon name={n.level === 'info' ? 'info' : 'warn'} size={14} />
          <div>
            <span>
              {named && <strong>{n.query.letter.toUpperCase()} </strong>}
              {n.text}
            </span>
            {n.at !== null && <Caret query={n.query.text} position={indexToByte(n.query.text, n.at)} />}
          </div>
        </li>
      ))}
    </ul>
  );
}

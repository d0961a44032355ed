/** Loading, empty and failed, said honestly: an error never looks like "nothing found". */
import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api/client';
import { byteToIndex, excerpt } from '../lib/query';
import type { Data } from '../lib/data';
import { Icon } from './icon';

export function Loading({ label = 'Loading', lines = 4 }: { label?: string; lines?: number }) {
  return (
    <div class="loading" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} class={`skeleton skeleton-${(i % 4) + 1}`} />
      ))}
    </div>
  );
}

const TITLES: Record<string, string> = {
  unreachable: 'Server unreachable',
  invalid_argument: 'The request was not understood',
  unreadable: 'It cannot be read any more',
  bad_data: 'The query is not valid',
  execution: 'The query failed',
  timeout: 'The query took too long',
  deadline_exceeded: 'The query took too long',
  resource_exhausted: 'Over a limit',
  permission_denied: 'Not allowed',
  not_found: 'Not found',
  unavailable: 'Temporarily unavailable',
  unsupported: 'Not supported',
  internal: 'Something broke in the server',
};

export function ErrorBox({ error, query, retry }: { error: ApiError; query?: string; retry?: () => void }) {
  return (
    <div class="error-box" role="alert">
      <Icon name="warn" />
      <div class="error-body">
        <strong>{error.position !== undefined ? 'The query is not valid' : (TITLES[error.code] ?? 'That did not work')}</strong>
        <p>{error.message}</p>
        {query && error.position !== undefined && <Caret query={query} position={error.position} />}
        {error.retryAfter ? <p class="dim">Try again in {error.retryAfter} s.</p> : null}
      </div>
      {retry && (
        <button class="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** The query with a mark under the place of the error. */
export function Caret({ query, position }: { query: string; position: number }) {
  const { text, at } = excerpt(query, byteToIndex(query, position));
  return <pre class="caret">{`${text}\n${' '.repeat(at)}^`}</pre>;
}

export function Empty({ title, children, icon = 'search' }: { title: string; children?: ComponentChildren; icon?: Parameters<typeof Icon>[0]['name'] }) {
  return (
    <div class="empty">
      <Icon name={icon} size={22} />
      <strong>{title}</strong>
      {children && <div class="empty-body">{children}</div>}
    </div>
  );
}

export function Warnings({ items }: { items: string[] | undefined }) {
  if (!items?.length) return null;
  return (
    <ul class="warnings" role="status">
      {items.map((w) => (
        <li key={w}>
          <Icon name="warn" size={14} />
          <span>{w}</span>
        </li>
      ))}
    </ul>
  );
}

/** Error, first load, and content of one request; the content dims while a newer answer is on its way. */
export function Async<T>({
  of,
  children,
  query,
  loading,
}: {
  of: Data<T>;
  children: (data: T) => ComponentChildren;
  query?: string;
  loading?: ComponentChildren;
}) {
  if (of.error) return <ErrorBox error={of.error} query={query} retry={of.reload} />;
  if (of.data === undefined) return <>{loading ?? <Loading />}</>;
  return (
    <div class={of.loading ? 'stale' : undefined} aria-busy={of.loading}>
      {children(of.data)}
    </div>
  );
}

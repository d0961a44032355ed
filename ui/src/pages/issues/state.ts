/** What the list is asked for, out of the address. */
import type { IssueStatus } from '../../api/types';
import { param } from '../../app/router';
import { saysStatus } from '../../lib/issuesearch';

export const PAGE = 50;

export type StatusFilter = IssueStatus | 'all';

export const STATUSES: { value: StatusFilter; label: string }[] = [
  { value: 'unresolved', label: 'Unresolved' },
  { value: 'resolved', label: 'Resolved' },
  { value: 'ignored', label: 'Archived' },
  { value: 'all', label: 'All' },
];

export const SORTS = [
  ['last_seen', 'Last seen'],
  ['first_seen', 'First seen'],
  ['count', 'Events'],
  ['users', 'Users'],
] as const;

export interface Asked {
  query: string;
  /** null: the query says it. */
  status: StatusFilter | null;
  sort: string;
  offset: number;
}

export function askedFor(): Asked {
  const query = param('query');
  return {
    query,
    status: saysStatus(query) ? null : (STATUSES.find((s) => s.value === param('status'))?.value ?? 'unresolved'),
    sort: SORTS.find(([id]) => id === param('sort'))?.[0] ?? 'last_seen',
    offset: Math.max(0, Number(param('offset')) || 0),
  };
}

/** What people do to issues, in words, and what takes it back. */
import type { Issue, IssueEdit } from '../api/types';
import { plural } from './format';
import { shortRelease } from './issuewords';

export interface Edit {
  ids: number[];
  edit: IssueEdit;
}

/** `3 issues resolved in the next release` */
export function editWords(what: string, edit: IssueEdit): string {
  if (edit.status === 'unresolved') return `${what} reopened`;
  if (edit.status === 'resolved') {
    const how = edit.resolution === 'next_release' ? ' in the next release' : edit.resolution === 'release' ? ` in release ${shortRelease(edit.release!)}` : '';
    return `${what} resolved${how}`;
  }
  if (edit.status === 'ignored') {
    const parts = [
      ...(edit.archive_until ? [`for ${edit.archive_until.replace('now+', '')}`] : []),
      ...(edit.archive_events ? [`until ${plural(edit.archive_events, 'more event')}`] : []),
      ...(edit.archive_users ? [`until ${plural(edit.archive_users, 'more user')}`] : []),
    ];
    return `${what} archived ${parts.length ? parts.join(' or ') : 'for ever'}`;
  }
  return edit.assignee ? `${what} assigned to ${edit.assignee === 'me' ? 'you' : edit.assignee}` : `${what} assigned to nobody`;
}

/** The edit that brings this state about again; null where none does: counts begin anew, and what is next is another release. */
function stateAgain(i: Issue): IssueEdit | null {
  if (i.status === 'unresolved') return { status: 'unresolved' };
  if (i.status === 'resolved') {
    if (i.resolution?.kind === 'next_release') return null;
    return i.resolution?.kind === 'release' ? { status: 'resolved', resolution: 'release', release: i.resolution.release } : { status: 'resolved' };
  }
  if (!i.archive || i.archive.events || i.archive.users) return null;
  return i.archive.until_ns ? { status: 'ignored', archive_until: String(BigInt(i.archive.until_ns) / 1_000_000_000n) } : { status: 'ignored' };
}

/** What brings the issues back to what they were; null where that cannot be done for all of them. */
export function undoOf(before: Issue[], edit: IssueEdit): Edit[] | null {
  const groups = new Map<string, Edit>();
  for (const i of before) {
    const state = edit.status === undefined ? {} : stateAgain(i);
    if (state === null) return null;
    const back: IssueEdit = { ...state, ...(edit.assignee === undefined ? {} : { assignee: i.assignee?.email ?? null }) };
    const key = JSON.stringify(back);
    const group = groups.get(key) ?? { ids: [], edit: back };
    group.ids.push(i.id);
    groups.set(key, group);
  }
  return [...groups.values()];
}

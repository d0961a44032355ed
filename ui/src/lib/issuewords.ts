/** An issue's state and history in words. */
import type { Archive, Issue, IssueActivity, Resolution } from '../api/types';
import { plural } from './format';
import { compactTime, nsToMs } from './time';

/** A git SHA by its first letters; anything else as it is. */
export function shortRelease(release: string): string {
  return /^[0-9a-f]{32,40}$/.test(release) ? release.slice(0, 10) : release;
}

export type Tone = 'plain' | 'error' | 'warn' | 'ok' | 'info';

export interface Words {
  text: string;
  tone: Tone;
}

const SUBSTATUS: Record<string, Words> = {
  new: { text: 'New', tone: 'info' },
  regressed: { text: 'Regressed', tone: 'warn' },
  escalating: { text: 'Escalating', tone: 'error' },
};

/** One word for a list; null where there is nothing to say: unresolved, and for long. */
export function badgeOf(i: Pick<Issue, 'status' | 'substatus'>): Words | null {
  if (i.status === 'resolved') return { text: 'Resolved', tone: 'ok' };
  if (i.status === 'ignored') return { text: 'Archived', tone: 'plain' };
  return SUBSTATUS[i.substatus] ?? null;
}

export function resolutionWords(r: Resolution | null): string {
  if (r?.kind === 'release') return `in release ${shortRelease(r.release)}`;
  if (r?.kind === 'next_release') return r.release ? `in the release after ${shortRelease(r.release)}` : 'in the next release';
  return '';
}

export function archiveWords(a: Archive | null, nowMs: number): string {
  if (!a || a.for_ever) return 'for ever';
  const parts = [
    ...(a.until_ns ? [compactTime(nsToMs(a.until_ns), nowMs)] : []),
    ...(a.events ? [plural(a.events, 'more event')] : []),
    ...(a.users ? [plural(a.users, 'more user')] : []),
  ];
  return `until ${parts.join(' or ')}`;
}

const join = (...parts: string[]) => parts.filter(Boolean).join(' ');

/** The whole state: what it is, and what will change it. */
export function stateOf(i: Pick<Issue, 'status' | 'substatus' | 'resolution' | 'archive'>, nowMs: number): Words {
  if (i.status === 'resolved') return { text: join('Resolved', resolutionWords(i.resolution)), tone: 'ok' };
  if (i.status === 'ignored') return { text: join('Archived', archiveWords(i.archive, nowMs)), tone: 'plain' };
  return SUBSTATUS[i.substatus] ?? { text: 'Unresolved', tone: 'plain' };
}

/** What the state is called in full, as a hint. */
export function stateHint(i: Pick<Issue, 'status' | 'substatus' | 'resolution'>): string {
  if (i.status === 'resolved') {
    if (i.resolution?.kind === 'release') return 'An event of this release, or of a later one, brings it back';
    if (i.resolution?.kind === 'next_release') return 'An event of a release later than the one that was current brings it back';
    return 'An event that happens after it was resolved brings it back';
  }
  if (i.status === 'ignored') return 'Archived: not in the list of open issues';
  return { new: 'For a week after its first event', regressed: 'It was resolved, and came back', escalating: 'What it was archived until has been reached' }[i.substatus as 'new'] ?? 'Unresolved';
}

/** What was done, to follow the name of who did it. */
export function activityWords(a: IssueActivity, nowMs: number): string {
  switch (a.kind) {
    case 'resolved':
      return join('resolved it', resolutionWords(a.resolution));
    case 'unresolved':
      return 'reopened it';
    case 'regressed':
      return a.release ? `It came back in release ${shortRelease(a.release)}` : 'It came back';
    case 'archived':
      return join('archived it', archiveWords(a.archive, nowMs));
    case 'escalated':
      return `It is escalating: it was archived ${archiveWords(a.archive, nowMs)}`;
    case 'assigned':
      return a.assignee ? (a.assignee.email === a.by ? 'took it' : `assigned it to ${a.assignee.email}`) : 'assigned it to a user who is gone';
    case 'unassigned':
      return 'assigned it to nobody';
    case 'merged':
      return 'merged another issue into it';
    case 'unmerged':
      return 'took an issue out of it again';
    case 'comment':
      return 'wrote';
  }
}

/** The search of issues: the words that are its own, and what a list asks for that has no words. docs/tasks/the-life-of-an-issue.md */
import type { ApiError } from '../api/client';
import { ApiError as Failure } from '../api/client';
import type { Completion, CompletionItem, UserName } from '../api/types';
import { addFilter, chosenValues, indexToByte, withoutKey } from './query';

const STATUS_WORDS = ['unresolved', 'resolved', 'archived', 'ignored', 'new', 'ongoing', 'regressed', 'escalating'];

/** Whether the query has a word about the status: then the list has none of its own. */
export function saysStatus(query: string): boolean {
  const { only, without } = chosenValues(query, 'is');
  return [...only, ...without].some((v) => STATUS_WORDS.includes(v));
}

export function withoutStatus(query: string): string {
  const kept = chosenValues(query, 'is').only.filter((v) => !STATUS_WORDS.includes(v));
  return kept.reduce((q, v) => addFilter(q, 'is', v), withoutKey(query, 'is'));
}

/** Searches that are always at hand. */
export const READY: { name: string; query: string; hint: string }[] = [
  { name: 'Mine', query: 'is:unresolved assigned:me', hint: 'open, assigned to you' },
  { name: 'Nobody’s', query: 'is:unresolved is:unassigned', hint: 'open, nobody takes care' },
  { name: 'New', query: 'is:new', hint: 'for a week' },
  { name: 'Came back', query: 'is:regressed', hint: 'after they were resolved' },
  { name: 'Escalating', query: 'is:escalating', hint: 'more than they were archived for' },
  { name: 'In the latest release', query: 'is:unresolved release:latest', hint: 'open, seen in it' },
];

const KEYS: [string, string][] = [
  ['is', 'state'],
  ['assigned', 'who takes care'],
  ['release', 'latest, or a version'],
  ['firstRelease', 'a version'],
  ['firstSeen', 'a time'],
  ['lastSeen', 'a time'],
  ['times_seen', 'number of events'],
  ['users', 'number of users'],
  ['level', 'level'],
  ['environment', 'where'],
  ['error.type', 'type of the exception'],
  ['error.value', 'its text'],
  ['title', 'text of the title'],
  ['culprit', 'where it happened'],
  ['platform', 'language'],
];

const TIMES: [string, string][] = [
  ['-1h', 'within the last hour'],
  ['-24h', 'within the last day'],
  ['-7d', 'within the last week'],
  ['+7d', 'longer ago than a week'],
];
const NUMBERS: [string, string][] = [
  ['>10', 'more than ten'],
  ['>100', 'more than a hundred'],
  ['>1000', 'more than a thousand'],
];

const VALUES: Record<string, [string, string][]> = {
  is: [
    ['unresolved', 'open'],
    ['resolved', ''],
    ['archived', ''],
    ['new', 'for a week'],
    ['ongoing', 'older than a week'],
    ['regressed', 'came back'],
    ['escalating', 'beyond what it was archived for'],
    ['assigned', 'somebody takes care'],
    ['unassigned', 'nobody does'],
  ],
  firstSeen: TIMES,
  lastSeen: TIMES,
  age: TIMES,
  times_seen: NUMBERS,
  users: NUMBERS,
  level: ['fatal', 'error', 'warning', 'info', 'debug'].map((l) => [l, '']),
};

export interface Suggested {
  completion: Completion;
  /** Fields and tags of the events may be meant too: the server knows them. */
  askEvents: boolean;
}

/** What may stand at the caret, as far as it is known without the events. */
export function suggestWords(text: string, caret: number, users: UserName[]): Suggested {
  const before = text.slice(0, caret);
  const value = /(?:^|[\s(!-])([\w.]+):([^\s():"]*)$/.exec(before);
  const typed = value ? value[2]! : /[\w.]*$/.exec(before)![0];
  const known = value ? valuesFor(value[1]!, users) : KEYS.map(([k, d]) => [`${k}:`, d] as [string, string]);
  const fits = (t: string) => t.toLowerCase().startsWith(typed.toLowerCase());
  const items: CompletionItem[] = (known ?? []).filter(([t]) => fits(t)).map(([t, detail]) => ({ text: t, kind: value ? 'value' : 'key', detail, count: null }));
  const from = indexToByte(text, caret - typed.length);
  return { completion: { from, to: indexToByte(text, caret), items, error: null, warnings: [] }, askEvents: value ? known === null || value[1] === 'release' : true };
}

function valuesFor(key: string, users: UserName[]): [string, string][] | null {
  if (key === 'assigned') return [['me', 'you'], ['none', 'nobody'], ...users.map((u) => [u.email, ''] as [string, string])];
  if (key === 'release') return [['latest', 'the newest release']];
  return VALUES[key] ?? null;
}

/** Both lists, nothing twice. The server's have their place in the text from it. */
export function joinSuggestions(own: Completion, events: Completion): Completion {
  if (!own.items.length) return { ...events, error: null };
  const had = new Set(own.items.map((i) => i.text));
  const more = events.from === own.from ? events.items.filter((i) => (i.kind === 'key' || i.kind === 'value') && !had.has(i.text)) : [];
  return { ...own, items: [...own.items, ...more] };
}

/** `column 8: …` names a place in the query: with it the error can be marked there. */
export function placed(error: ApiError | null, query: string): ApiError | null {
  const m = error && error.position === undefined ? /^(?:query: )?column (\d+): /.exec(error.message) : null;
  if (!error || !m) return error;
  const index = [...query].slice(0, Number(m[1]) - 1).join('').length;
  return new Failure(error.status, error.code, error.message, indexToByte(query, index), error.retryAfter);
}

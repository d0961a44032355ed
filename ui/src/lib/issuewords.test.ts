import { describe, expect, it } from 'vitest';
import type { Archive, IssueActivity } from '../api/types';
import { activityWords, archiveWords, badgeOf, shortRelease, stateHint, stateOf } from './issuewords';

const NOW = Date.UTC(2026, 10, 23, 12);
const archive = (more: Partial<Archive>): Archive => ({ for_ever: false, until_ns: null, events: 0, users: 0, ...more });
const issue = (more: object) => ({ status: 'unresolved' as const, substatus: '' as const, resolution: null, archive: null, ...more });

describe('state', () => {
  it('says in what it is resolved, and what brings it back', () => {
    expect(stateOf(issue({ status: 'resolved', resolution: { kind: 'now', release: '' } }), NOW).text).toBe('Resolved');
    expect(stateOf(issue({ status: 'resolved', resolution: { kind: 'release', release: 'shop@1.4.0' } }), NOW).text).toBe('Resolved in release shop@1.4.0');
    expect(stateOf(issue({ status: 'resolved', resolution: { kind: 'next_release', release: 'shop@1.4.0' } }), NOW).text).toBe('Resolved in the release after shop@1.4.0');
    expect(stateOf(issue({ status: 'resolved', resolution: { kind: 'next_release', release: '' } }), NOW).text).toBe('Resolved in the next release');
    expect(stateHint(issue({ status: 'resolved', resolution: { kind: 'release', release: 'x' } }))).toContain('or of a later one');
  });
  it('says until when it is archived, whichever comes first', () => {
    expect(archiveWords(archive({ for_ever: true }), NOW)).toBe('for ever');
    expect(archiveWords(archive({ events: 100 }), NOW)).toBe('until 100 more events');
    expect(archiveWords(archive({ users: 1, events: 1 }), NOW)).toBe('until 1 more event or 1 more user');
    expect(archiveWords(archive({ until_ns: '1795000000000000000', events: 5 }), NOW)).toMatch(/^until \d+ Nov .*:\d\d or 5 more events$/);
    expect(stateOf(issue({ status: 'ignored', archive: archive({ events: 7 }) }), NOW).text).toBe('Archived until 7 more events');
  });
  it('has a word for a list only where there is something to say', () => {
    expect(badgeOf({ status: 'unresolved', substatus: 'ongoing' })).toBeNull();
    expect(badgeOf({ status: 'unresolved', substatus: 'regressed' })?.text).toBe('Regressed');
    expect(badgeOf({ status: 'ignored', substatus: '' })?.text).toBe('Archived');
    expect(stateOf(issue({ substatus: 'ongoing' }), NOW).text).toBe('Unresolved');
  });
  it('shortens a git SHA alone', () => {
    expect(shortRelease('4f2c91e0b7a85d6e1c30f2a49be7715d08c3d9aa')).toBe('4f2c91e0b7');
    expect(shortRelease('shop@1.4.0-rc.1')).toBe('shop@1.4.0-rc.1');
  });
});

describe('history', () => {
  const entry = (more: Partial<IssueActivity>): IssueActivity => ({ id: 1, kind: 'comment', time_ns: '0', by: 'ann', by_kind: 'user', text: '', release: '', resolution: null, archive: null, assignee: null, issue: null, edited_ns: null, ...more });
  it('follows the name of who did it', () => {
    expect(activityWords(entry({ kind: 'resolved', resolution: { kind: 'release', release: '1.4' } }), NOW)).toBe('resolved it in release 1.4');
    expect(activityWords(entry({ kind: 'archived', archive: archive({ for_ever: true }) }), NOW)).toBe('archived it for ever');
    expect(activityWords(entry({ kind: 'assigned', assignee: { id: 1, email: 'ann' } }), NOW)).toBe('took it');
    expect(activityWords(entry({ kind: 'assigned', assignee: { id: 2, email: 'bo' } }), NOW)).toBe('assigned it to bo');
    expect(activityWords(entry({ kind: 'assigned' }), NOW)).toBe('assigned it to a user who is gone');
  });
  it('is a sentence where nobody did it', () => {
    expect(activityWords(entry({ kind: 'regressed', by_kind: 'system', release: '1.5' }), NOW)).toBe('It came back in release 1.5');
    expect(activityWords(entry({ kind: 'escalated', by_kind: 'system', archive: archive({ events: 10 }) }), NOW)).toBe('It is escalating: it was archived until 10 more events');
  });
});

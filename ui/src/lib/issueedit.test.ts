import { describe, expect, it } from 'vitest';
import type { Issue } from '../api/types';
import { editWords, undoOf } from './issueedit';

const issue = (id: number, more: Partial<Issue> = {}) => ({ id, status: 'unresolved', resolution: null, archive: null, assignee: null, ...more }) as Issue;
const archived = (more: object) => ({ status: 'ignored' as const, archive: { for_ever: false, until_ns: null, events: 0, users: 0, ...more } });

describe('what was done', () => {
  it('in words', () => {
    expect(editWords('3 issues', { status: 'resolved', resolution: 'next_release' })).toBe('3 issues resolved in the next release');
    expect(editWords('D-1', { status: 'ignored' })).toBe('D-1 archived for ever');
    expect(editWords('D-1', { status: 'ignored', archive_until: 'now+7d', archive_users: 1 })).toBe('D-1 archived for 7d or until 1 more user');
    expect(editWords('D-1', { assignee: null })).toBe('D-1 assigned to nobody');
  });
});

describe('undo', () => {
  it('brings each back to what it was, together where that is the same', () => {
    const release = { kind: 'release' as const, release: '1.4' };
    expect(undoOf([issue(1), issue(2), issue(3, { status: 'resolved', resolution: release })], { status: 'ignored' })).toEqual([
      { ids: [1, 2], edit: { status: 'unresolved' } },
      { ids: [3], edit: { status: 'resolved', resolution: 'release', release: '1.4' } },
    ]);
  });
  it('is not offered where the former state cannot be had again', () => {
    expect(undoOf([issue(1), issue(2, archived({ events: 50 }))], { status: 'resolved' })).toBeNull();
    expect(undoOf([issue(1, { status: 'resolved', resolution: { kind: 'next_release', release: '1.4' } })], { status: 'unresolved' })).toBeNull();
    expect(undoOf([issue(1, archived({ until_ns: '1795000000000000000' }))], { status: 'unresolved' })).toEqual([{ ids: [1], edit: { status: 'ignored', archive_until: '1795000000' } }]);
  });
  it('of an assignment leaves the status alone', () => {
    const ann = { id: 2, email: 'ann' };
    expect(undoOf([issue(1, { assignee: ann }), issue(2, archived({ events: 5 }))], { assignee: 'me' })).toEqual([
      { ids: [1], edit: { assignee: 'ann' } },
      { ids: [2], edit: { assignee: null } },
    ]);
  });
});

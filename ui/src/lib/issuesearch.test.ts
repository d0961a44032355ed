import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/client';
import { joinSuggestions, placed, saysStatus, suggestWords, withoutStatus } from './issuesearch';

const texts = (text: string, caret = text.length) => suggestWords(text, caret, [{ id: 2, email: 'ann@example.com' }]).completion.items.map((i) => i.text);

describe('the status in a query', () => {
  it('is known by its words', () => {
    expect(saysStatus('is:resolved level:error')).toBe(true);
    expect(saysStatus('!is:new')).toBe(true);
    expect(saysStatus('is:assigned level:error')).toBe(false);
    expect(saysStatus('"is:resolved"')).toBe(false);
  });
  it('goes, and the rest stays', () => {
    expect(withoutStatus('is:resolved level:error')).toBe('level:error');
    expect(withoutStatus('is:unassigned is:new timeout')).toBe('timeout is:unassigned');
    expect(withoutStatus('level:error')).toBe('level:error');
  });
});

describe('suggestions', () => {
  it('are words of issues, then their values', () => {
    expect(texts('ass')).toEqual(['assigned:']);
    expect(texts('level:error is:re')).toEqual(['resolved', 'regressed']);
    expect(texts('assigned:')).toEqual(['me', 'none', 'ann@example.com']);
    expect(texts('!is:un')).toEqual(['unresolved', 'unassigned']);
    expect(texts('is:re level:error', 5)).toEqual(['resolved', 'regressed']);
  });
  it('take the place of what was typed, counted in bytes', () => {
    expect(suggestWords('é is:re', 7, []).completion).toMatchObject({ from: 6, to: 8 });
  });
  it('leave the values of fields to the server', () => {
    expect(suggestWords('browser:Fi', 10, [])).toMatchObject({ askEvents: true, completion: { items: [] } });
    expect(suggestWords('is:n', 4, []).askEvents).toBe(false);
    expect(suggestWords('release:', 8, []).askEvents).toBe(true);
  });
  it('of both are joined, nothing twice', () => {
    const item = (text: string, kind: 'key' | 'pipe' = 'key') => ({ text, kind, detail: '', count: null });
    const answer = (from: number, ...items: ReturnType<typeof item>[]) => ({ from, to: 3, items, error: null, warnings: [] });
    expect(joinSuggestions(answer(0, item('level:')), answer(0, item('level:'), item('le_x:'), item('count', 'pipe'))).items.map((i) => i.text)).toEqual(['level:', 'le_x:']);
    expect(joinSuggestions(answer(0), answer(0, item('tags.x:'))).items).toHaveLength(1);
    expect(joinSuggestions(answer(2, item('a:')), answer(0, item('b:'))).items).toHaveLength(1);
  });
});

describe('errors', () => {
  it('get the place that they name', () => {
    const e = placed(new ApiError(400, 'invalid_argument', 'column 6: expected one of …'), 'é is:broken');
    expect(e?.position).toBe(6);
    expect(placed(new ApiError(400, 'invalid_argument', 'no user "x"'), 'assigned:x')?.position).toBeUndefined();
    expect(placed(null, 'x')).toBeNull();
  });
});

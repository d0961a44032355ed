import { describe, expect, it } from 'vitest';
import { paint } from './paint';

const text = (q: string, bad: number | null = null) =>
  paint(q, bad)
    .map((p) => p.text)
    .join('');
const toned = (q: string) =>
  paint(q)
    .filter((p) => p.tone !== 'plain')
    .map((p) => [p.text, p.tone]);

describe('painting a question', () => {
  it('keeps every letter', () => {
    for (const q of ['', 'a', ' a:1  b ', 'level:(error OR "x y") -z | stats p95(d) as x by "odd key" every 1m', '"open', '| | ä:ö', 'a:/x y/ | where n > 5']) expect(text(q)).toBe(q);
  });
  it('tells keys from values', () => {
    expect(toned('level:error "x y"')).toEqual([['level', 'key'], [':', 'sign'], ['error', 'value'], ['"x y"', 'string']]);
    expect(toned('a:(b OR c)').map(([, t]) => t)).toEqual(['key', 'sign', 'sign', 'word', 'keyword', 'word', 'sign']);
  });
  it('knows pipes and functions', () => {
    expect(toned('| stats p95(d) by a every 1m')).toEqual([['| stats', 'pipe'], ['p95', 'keyword'], ['(', 'sign'], ['d', 'key'], [')', 'sign'], ['by', 'keyword'], ['a', 'key'], ['every', 'keyword'], ['1m', 'value']]);
  });
  it('marks the place of an error, also behind the last letter', () => {
    expect(paint('a:1 (b', 4).find((p) => p.tone === 'bad')?.text).toBe('(');
    expect(paint('level:', 6).at(-1)).toEqual({ text: ' ', tone: 'bad' });
    expect(text('a:1 (b', 4)).toBe('a:1 (b');
  });
});

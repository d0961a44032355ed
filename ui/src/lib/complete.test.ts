import { describe, expect, it } from 'vitest';
import type { CompletionItem } from '../api/types';
import { applyCompletion } from './complete';

const item = (kind: CompletionItem['kind'], text: string): CompletionItem => ({ kind, text, detail: '', count: null });
/** `^` is the caret, what is in brackets gives way. */
const take = (where: string, kind: CompletionItem['kind'], text: string) => {
  const from = where.indexOf('[');
  const to = where.indexOf(']') - 1;
  const e = applyCompletion(where.replace(/[[\]]/g, ''), from, to, item(kind, text));
  return `${e.text.slice(0, e.caret)}^${e.text.slice(e.caret)}`;
};

describe('taking a completion', () => {
  it('goes on behind a key, and behind a value with a blank', () => {
    expect(take('[lev]', 'key', 'level:')).toBe('level:^');
    expect(take('level:[er]', 'value', 'error')).toBe('level:error ^');
    expect(take('x [A]', 'operator', 'AND')).toBe('x AND ^');
  });
  it('takes the place of the whole word', () => {
    expect(take('[le]v:error', 'key', 'level:')).toBe('level^:error');
    expect(take('a:1 [sta]xx>5', 'key', 'status:')).toBe('a:1 status^>5');
    expect(take('level:[er]ro x', 'value', 'error')).toBe('level:error^ x');
    expect(take('(level:[er])', 'value', 'error')).toBe('(level:error^)');
  });
  it('opens and closes functions', () => {
    expect(take('| stats [p9]', 'function', 'p95')).toBe('| stats p95(^');
    expect(take('| stats p95([dur]', 'key', 'duration_ms')).toBe('| stats p95(duration_ms)^');
    expect(take('| stats [cou]', 'function', 'count')).toBe('| stats count ^');
    expect(take('| stats [p5](x)', 'function', 'p50')).toBe('| stats p50^(x)');
  });
  it('says where to go on', () => {
    expect(applyCompletion('', 0, 0, item('key', 'level:')).goOn).toBe(true);
    expect(applyCompletion('le:x', 0, 2, item('key', 'level:')).goOn).toBe(false);
  });
});

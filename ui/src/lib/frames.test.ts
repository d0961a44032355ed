import { describe, expect, it } from 'vitest';
import type { Exception, Frame } from '../api/types';
import { frameItems, plainTrace, sourceLines } from './frames';

const f = (fn: string, in_app: boolean, lineno = 1): Frame => ({ function: fn, filename: `${fn}.py`, lineno, in_app });
const e = (...frames: Frame[]): Exception => ({ type: 'E', value: 'v', frames });
const shape = (x: Exception, all = false) => frameItems(x, all, '0').map((i) => (i.kind === 'fold' ? `[${i.frames.length}]` : `${i.frame.function}${i.open ? '*' : ''}`));

describe('frames', () => {
  it('come newest first, library runs folded, the newest app frame open', () => {
    expect(shape(e(f('lib1', false), f('lib2', false), f('view', true), f('helper', true), f('lib3', false), f('lib4', false)))).toEqual(['[2]', 'helper*', 'view', '[2]']);
  });
  it('fold no single frame', () => {
    expect(shape(e(f('view', true), f('lib', false)))).toEqual(['lib', 'view*']);
  });
  it('are all shown when asked', () => {
    expect(shape(e(f('lib1', false), f('lib2', false), f('view', true)), true)).toEqual(['view*', 'lib2', 'lib1']);
  });
  it('are not folded away where none is of the app', () => {
    expect(shape(e(f('lib1', false), f('lib2', false)))).toEqual(['lib2*', 'lib1']);
  });
  it('fold a call that repeats itself', () => {
    const deep = Array.from({ length: 945 }, () => f('path_of', true, 31));
    expect(shape(e(f('view', true), ...deep))).toEqual(['path_of*', '[944]', 'view']);
  });
  it('may be missing', () => {
    expect(shape({ type: 'E', value: null, frames: null })).toEqual([]);
  });
});

describe('source', () => {
  it('is numbered round the line', () => {
    const lines = sourceLines({ lineno: 10, pre_context: ['a', 'b'], context_line: 'c', post_context: ['d'] });
    expect(lines.map((l) => [l.number, l.text, l.current])).toEqual([
      [8, 'a', false],
      [9, 'b', false],
      [10, 'c', true],
      [11, 'd', false],
    ]);
  });
  it('may be missing, or without a number', () => {
    expect(sourceLines({ lineno: 3 })).toEqual([]);
    expect(sourceLines({ context_line: 'x' })[0]!.number).toBeNull();
  });
});

describe('as text', () => {
  it('reads like Python’s own', () => {
    const text = plainTrace([{ type: 'KeyError', value: '4', frames: [{ ...f('lookup', true, 16), abs_path: '/srv/rates.py', context_line: '    return t[z]' }] }]);
    expect(text).toBe('Traceback (most recent call last):\n  File "/srv/rates.py", line 16, in lookup\n    return t[z]\nKeyError: 4');
  });
});

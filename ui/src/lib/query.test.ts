import { describe, expect, it } from 'vitest';
import { addFilter, anyOf, byteToIndex, completionAt, filterText, hasFilter, lex, quote, removeTerm, unquote } from './query';

describe('tokens', () => {
  it('tells filters, words, strings and operators apart', () => {
    expect(lex('level:error AND (x OR NOT "a b")').map((t) => t.kind)).toEqual(['filter', 'and', 'open', 'word', 'or', 'not', 'string', 'close']);
  });
  it('keeps a quoted value with its key', () => {
    const [t] = lex('msg:"two words" rest');
    expect(t).toMatchObject({ kind: 'filter', key: 'msg', value: '"two words"', start: 0, end: 15 });
  });
  it('does not end a string at an escaped quote', () => {
    expect(lex('a:"x \\" y" b').map((t) => t.text)).toEqual(['a:"x \\" y"', 'b']);
  });
  it('takes a quoted key', () => {
    expect(lex('"odd key":1')[0]).toMatchObject({ kind: 'filter', key: 'odd key', value: '1' });
  });
  it('survives what is not finished', () => {
    expect(lex('a:"open').map((t) => t.text)).toEqual(['a:"open']);
    expect(lex('((')).toHaveLength(2);
    expect(lex('')).toEqual([]);
  });
});

describe('values', () => {
  it('go into quotes and out again', () => {
    for (const v of ['plain', 'two words', 'a "quoted" b', 'back\\slash', 'line\nbreak', 'tab\there', '']) expect(unquote(quote(v))).toBe(v);
  });
  it('stand bare where they are numbers', () => {
    expect(filterText('status', 500)).toBe('status:500');
    expect(filterText('ok', true)).toBe('ok:true');
    expect(filterText('status', '500')).toBe('status:"500"');
    expect(filterText('odd key', 'x')).toBe('"odd key":"x"');
  });
});

describe('adding a filter', () => {
  it('joins with AND', () => {
    expect(addFilter('', 'a', 'x')).toBe('a:"x"');
    expect(addFilter('timeout', 'a', 'x')).toBe('timeout AND a:"x"');
    expect(addFilter('timeout', 'a', 'x', true)).toBe('timeout AND NOT a:"x"');
  });
  it('does not change what an OR means', () => {
    expect(addFilter('a:1 OR b:2', 'c', 3)).toBe('(a:1 OR b:2) AND c:3');
    expect(addFilter('(a:1 OR b:2)', 'c', 3)).toBe('(a:1 OR b:2) AND c:3');
  });
  it('is there once', () => {
    const once = addFilter('x', 'a', 1);
    expect(addFilter(once, 'a', 1)).toBe(once);
  });
  it('takes its opposite away', () => {
    expect(addFilter('x AND NOT a:1', 'a', 1)).toBe('x AND a:1');
    expect(addFilter('x AND a:1', 'a', 1, true)).toBe('x AND NOT a:1');
  });
  it('is seen only at the top', () => {
    expect(hasFilter('x AND a:1', 'a', 1)).toBe(true);
    expect(hasFilter('x AND NOT a:1', 'a', 1)).toBe(false);
    expect(hasFilter('x AND (a:1 OR b:2)', 'a', 1)).toBe(false);
  });
  it('takes out whole clauses only', () => {
    expect(removeTerm('a:1 AND b:2 AND c:3', 'b:2')).toBe('a:1 AND c:3');
    expect(removeTerm('a:1 b:2', 'b:2')).toBe('a:1');
    expect(removeTerm('a:1 OR b:2', 'b:2')).toBe('a:1 OR b:2');
    expect(removeTerm('(a:1 AND b:2) AND c:3', 'b:2')).toBe('(a:1 AND b:2) AND c:3');
  });
  it('finds any of several ids', () => {
    expect(anyOf([['request_id', 'r'], ['trace_id', 't']])).toBe('request_id:"r" OR trace_id:"t"');
  });
});

describe('completion', () => {
  const at = (text: string) => completionAt(text.replace('|', ''), text.indexOf('|'));
  it('offers keys while a word is typed', () => {
    expect(at('lev|')).toEqual({ kind: 'key', prefix: 'lev', from: 0, to: 3 });
    expect(at('a:1 AND stat|us')).toEqual({ kind: 'key', prefix: 'stat', from: 8, to: 14 });
    expect(at('|')).toEqual({ kind: 'key', prefix: '', from: 0, to: 0 });
  });
  it('offers values after the colon', () => {
    expect(at('level:er|')).toEqual({ kind: 'value', key: 'level', prefix: 'er', from: 6, to: 8 });
    expect(at('level:|')).toEqual({ kind: 'value', key: 'level', prefix: '', from: 6, to: 6 });
    expect(at('path:"/or|')).toMatchObject({ kind: 'value', key: 'path', prefix: '/or' });
  });
  it('changes the key when the caret is in it', () => {
    expect(at('le|vel:error')).toEqual({ kind: 'key', prefix: 'le', from: 0, to: 5 });
  });
  it('offers fields after has', () => {
    expect(at('has:tr|')).toEqual({ kind: 'key', prefix: 'tr', from: 4, to: 6 });
  });
  it('keeps quiet in free text and comparisons', () => {
    expect(at('"some te|xt"')).toBeNull();
    expect(at('status:>=5|')).toBeNull();
  });
});

describe('positions', () => {
  it('counts bytes, not letters', () => {
    expect(byteToIndex('abc', 1)).toBe(1);
    expect(byteToIndex('größe:x', 7)).toBe(5);
    expect(byteToIndex('😀x', 4)).toBe(2);
    expect(byteToIndex('abc', 99)).toBe(3);
  });
});

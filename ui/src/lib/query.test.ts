import { describe, expect, it } from 'vitest';
import { addClause, addFilter, anyOf, byteToIndex, chosenKeys, chosenValues, excerpt, filterText, indexToByte, keyOf, lex, quote, splitPipes, toggleExclusion, toggleValue, unquote, withoutKey } from './query';

const kinds = (q: string) => lex(q).map((t) => t.kind);

describe('tokens', () => {
  it('tells filters, words, strings and operators apart', () => {
    expect(kinds('level:error AND (x OR NOT "a b") -y')).toEqual(['filter', 'and', 'open', 'word', 'or', 'not', 'string', 'close', 'not', 'word']);
  });
  it('reads every sign, with blanks on both sides too', () => {
    for (const sign of [':', '=', '!=', '>', '>=', '<', '<=', ':>=', ':~']) expect(lex(`n${sign}5`)[0]).toMatchObject({ kind: 'filter', key: 'n', sign, value: '5' });
    expect(lex('duration_ms > 800')).toHaveLength(1);
    expect(lex('duration_ms > 800')[0]).toMatchObject({ key: 'duration_ms', sign: '>', value: '800' });
  });
  it('keeps a quoted value, a group and a quoted key whole', () => {
    expect(lex('msg:"two words" rest')[0]).toMatchObject({ kind: 'filter', key: 'msg', value: '"two words"', start: 0, end: 15 });
    expect(lex('a:(x OR "y )" OR (z)) b')[0]).toMatchObject({ key: 'a', value: '(x OR "y )" OR (z))' });
    expect(lex('"odd key":1')[0]).toMatchObject({ kind: 'filter', key: '"odd key"', value: '1' });
    expect(lex('a:"x \\" y" b').map((t) => t.text)).toEqual(['a:"x \\" y"', 'b']);
  });
  it('tells expressions from paths, and addresses from filters', () => {
    expect(kinds('/order \\d+|x/ b')).toEqual(['regex', 'word']);
    expect(kinds('/api/orders/ b')).toEqual(['word', 'word']);
    expect(lex('path:/a|b c$/ d')[0]).toMatchObject({ value: '/a|b c$/' });
    expect(kinds('http://a/b std::string a->b')).toEqual(['word', 'word', 'word']);
  });
  it('survives what is not finished', () => {
    expect(lex('a:"open').map((t) => t.text)).toEqual(['a:"open']);
    expect(lex('a:(x OR').map((t) => t.text)).toEqual(['a:(x OR']);
    expect(lex('((')).toHaveLength(2);
    expect(lex('\\')).toHaveLength(1);
    expect(lex('')).toEqual([]);
  });
  it('cover the text without overlapping', () => {
    for (const q of ['a:1 -b (c OR "d|e") | count by x', '!a !=b \\" /x/ |', 'é:1 "']) {
      let at = 0;
      for (const t of lex(q)) {
        expect(t.start).toBeGreaterThanOrEqual(at);
        expect(q.slice(t.start, t.end)).toBe(t.text);
        at = t.end;
      }
    }
  });
});

describe('pipes', () => {
  it('are parted from the filter, not in quotes or expressions', () => {
    expect(splitPipes('level:error | count by path | limit 3')).toEqual({ head: 'level:error', pipes: '| count by path | limit 3' });
    expect(splitPipes('"a | b" /c|d/')).toEqual({ head: '"a | b" /c|d/', pipes: '' });
    expect(splitPipes('| patterns')).toEqual({ head: '', pipes: '| patterns' });
  });
});

describe('values', () => {
  it('go into quotes and out again', () => {
    for (const v of ['plain', 'two words', 'a "quoted" b', 'back\\slash', 'line\nbreak', 'tab\there', 'cr\rlf', '']) expect(unquote(quote(v))).toBe(v);
  });
  it('stand bare where that is the same', () => {
    expect(filterText('status', 500)).toBe('status:500');
    expect(filterText('status', '500')).toBe('status:500');
    expect(filterText('version', '1.10')).toBe('version:"1.10"');
    expect(filterText('order', '007')).toBe('order:"007"');
    expect(filterText('ok', true)).toBe('ok:true');
    expect(filterText('ok', 'true')).toBe('ok:"true"');
    expect(filterText('path', '/orders/12')).toBe('path:/orders/12');
    expect(filterText('path', '/orders/')).toBe('path:"/orders/"');
    expect(filterText('x', 'a*')).toBe('x:"a*"');
    expect(filterText('x', 'OR')).toBe('x:"OR"');
    expect(filterText('odd key', 'x')).toBe('"odd key":x');
    expect(filterText('message', 'a b')).toBe('message="a b"');
    expect(filterText('user', null)).toBe('-has:user');
  });
  it('belong to the field, whatever its name means to the language', () => {
    expect(keyOf('severity_text')).toBe('level');
    expect(keyOf('service.name')).toBe('service');
    expect(keyOf('service')).toBe('"service"');
    expect(keyOf('order_id')).toBe('order_id');
    expect(keyOf('odd key')).toBe('"odd key"');
    expect(filterText(keyOf('level'), 'x')).toBe('"level":x');
  });
});

describe('adding a filter', () => {
  it('joins by AND, in front of the pipes', () => {
    expect(addFilter('', 'a', 'x')).toBe('a:x');
    expect(addFilter('timeout', 'a', 'x')).toBe('timeout a:x');
    expect(addFilter('timeout', 'a', 'x', true)).toBe('timeout -a:x');
    expect(addFilter('timeout | count by b', 'a', 'x')).toBe('timeout a:x | count by b');
    expect(addFilter('| patterns', 'a', 'x')).toBe('a:x | patterns');
  });
  it('does not change what an OR means', () => {
    expect(addFilter('a:1 OR b:2', 'c', 3)).toBe('(a:1 OR b:2) c:3');
    expect(addFilter('(a:1 OR b:2)', 'c', 3)).toBe('(a:1 OR b:2) c:3');
  });
  it('is there once, and in place of other values of the key', () => {
    expect(addFilter(addFilter('x', 'a', 1), 'a', 1)).toBe('x a:1');
    expect(addFilter('a:1 x', 'a', 2)).toBe('x a:2');
    expect(addFilter('a:(1 OR 2) x', 'a', 2)).toBe('x a:2');
    expect(addFilter('a:1* x', 'a', 12)).toBe('a:1* x a:12');
  });
  it('takes its opposite away', () => {
    expect(addFilter('x AND NOT a:1', 'a', 1)).toBe('x a:1');
    expect(addFilter('x -a:"1"', 'a', '1')).toBe('x a:1');
    expect(addFilter('x AND a:1', 'a', 1, true)).toBe('x -a:1');
    expect(addFilter('-has:a', 'a', null, true)).toBe('has:a');
  });
  it('adds terms as they are', () => {
    expect(addClause('x | limit 5', 'body:/a b/')).toBe('x body:/a b/ | limit 5');
    expect(addClause('x has:a', 'has:a')).toBe('x has:a');
  });
  it('finds any of several ids', () => {
    expect(anyOf([['request_id', 'r'], ['trace_id', 't']])).toBe('request_id:r OR trace_id:t');
  });
});

describe('facets', () => {
  it('see what is chosen', () => {
    expect(chosenValues('x level:(error OR "warn") -level:info', 'level')).toEqual({ only: ['error', 'warn'], without: ['info'] });
    expect(chosenValues('level:error OR x', 'level')).toEqual({ only: [], without: [] });
    expect(chosenValues('level:>=warn level:e*', 'level')).toEqual({ only: [], without: [] });
  });
  it('know which fields are asked for', () => {
    expect(chosenKeys('x level:error -host:a has:y "odd key":z path:/a* message:x user:(a OR b) | count by q')).toEqual(['level', '"odd key"', 'user']);
    expect(chosenKeys('a:1 OR b:2')).toEqual([]);
  });
  it('take in several values of one field, and take them out', () => {
    const one = toggleValue('x', 'level', 'error');
    expect(one).toBe('x level:error');
    const two = toggleValue(one, 'level', 'warn');
    expect(two).toBe('x level:(error OR warn)');
    expect(toggleValue(two, 'level', 'error')).toBe('x level:warn');
    expect(toggleValue('level:warn | count', 'level', 'warn')).toBe('| count');
  });
  it('count what else there is to choose', () => {
    expect(withoutKey('x level:(error OR warn) -level:info | count', 'level')).toBe('x -level:info | count');
    expect(withoutKey('level:error OR x', 'level')).toBe('level:error OR x');
  });
  it('leave values out, and take them in again', () => {
    expect(toggleExclusion('x', 'level', 'info')).toBe('x -level:info');
    expect(toggleExclusion('x -level:info', 'level', 'info')).toBe('x');
    expect(toggleExclusion('level:info x', 'level', 'info')).toBe('x -level:info');
    expect(toggleValue('x -level:info', 'level', 'info')).toBe('x level:info');
  });
});

describe('positions', () => {
  it('counts bytes, not letters', () => {
    expect(byteToIndex('abc', 1)).toBe(1);
    expect(byteToIndex('größe:x', 7)).toBe(5);
    expect(byteToIndex('😀x', 4)).toBe(2);
    expect(byteToIndex('abc', 99)).toBe(3);
    expect(indexToByte('größe:x', 5)).toBe(7);
  });
});

describe('the place of an error', () => {
  const shown = (text: string, index: number) => {
    const e = excerpt(text, index, 6, 6);
    return [e.text, e.text[e.at] ?? ''];
  };
  it('is shown in its line', () => {
    expect(excerpt('a:1\n| cuont x\n| b', 6)).toEqual({ text: '| cuont x', at: 2 });
    expect(excerpt('a:(', 3)).toEqual({ text: 'a:(', at: 3 });
    expect(excerpt('a\n', 2)).toEqual({ text: '', at: 0 });
  });
  it('is cut out of a long one', () => {
    expect(shown('0123456789abcdefghij', 2)).toEqual(['0123456789ab…', '2']);
    expect(shown('0123456789abcdefghij', 10)).toEqual(['…456789abcdef…', 'a']);
    expect(shown('0123456789abcdefghij', 20)).toEqual(['…efghij', '']);
  });
});

import { describe, expect, it } from 'vitest';
import { markParts, marker } from './mark';

const hits = (query: string, text: string) =>
  markParts(text, marker(query))
    .filter((p) => p.hit)
    .map((p) => p.text);

describe('marking what was found', () => {
  it('marks words, phrases and expressions', () => {
    expect(hits('card "for order"', 'Card declined for order 7')).toEqual(['Card', 'for order']);
    expect(hits('/order \\d+/', 'order 12 paid')).toEqual(['order 12']);
    expect(hits('pay*decl', 'payment failed: card declined')).toEqual(['payment failed: card decl']);
    expect(hits('message:paid level:error', 'order paid by error')).toEqual(['paid']);
  });
  it('marks neither filters nor what must not be there', () => {
    expect(hits('level:error -card NOT order', 'error card order')).toEqual([]);
    expect(hits('| stats count by card', 'card')).toEqual([]);
    expect(hits('a OR -b', 'a b')).toEqual(['a']);
  });
  it('takes signs of expressions as text, and leaves broken ones alone', () => {
    expect(hits('a.b(', 'a.b axb')).toEqual(['a.b']);
    expect(hits('/(?P<x>a)(/', 'a')).toEqual([]);
    expect(markParts('abc', null)).toEqual([{ text: 'abc', hit: false }]);
  });
  it('keeps the whole text', () => {
    expect(markParts('a card b card', marker('card')).map((p) => p.text).join('')).toBe('a card b card');
  });
});

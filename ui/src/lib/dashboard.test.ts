import { describe, expect, it } from 'vitest';
import { exploreParams, lineOf, listed, rateRange, readChosen, substitute, writeChosen } from './dashboard';

const job = { name: 'job', title: 'Job', label: 'job', of: 'up', multiple: true };
const one = { name: 'one', title: 'One', label: 'x', of: 'up', multiple: false };

describe('variables', () => {
  it('of several values are a regular expression, none chosen is all', () => {
    expect(substitute('up{job=~"$job"}', [job], { job: ['a.b', 'c"d'] }, 15)).toBe('up{job=~"a\\\\.b|c\\"d"}');
    expect(substitute('up{job=~"$job"}', [job], {}, 15)).toBe('up{job=~".*"}');
  });
  it('of one value are the value', () => {
    expect(substitute('up{x="${one}"}', [one], { one: ['a.b\\c'] }, 15)).toBe('up{x="a.b\\\\c"}');
  });
  it('leave what is none', () => {
    expect(substitute('up{x=~"a$"} $other', [], {}, 15)).toBe('up{x=~"a$"} $other');
  });
  it('rate and step follow the step', () => {
    expect(substitute('rate(x[$rate]) + y[$step]', [], {}, 300)).toBe('rate(x[6m]) + y[5m]');
    expect(rateRange(15)).toBe('2m');
  });
  it('stand in the address whatever is in them', () => {
    const values = ['a,b', 'ä%', ''];
    expect(readChosen(writeChosen(values))).toEqual(values);
    expect(readChosen('')).toEqual([]);
    expect(readChosen('%E0%A4%A')).toEqual(['%E0%A4%A']);
  });
});

it('what is chosen and not offered any more is listed, to be taken away', () => {
  expect(listed(['x', 'a'], ['a', 'b'])).toEqual([
    { value: 'x', there: false },
    { value: 'a', there: true },
    { value: 'b', there: true },
  ]);
  expect(listed([], ['a'])).toEqual([{ value: 'a', there: true }]);
});

it('a panel leads to the Metrics page', () => {
  expect(exploreParams({ title: 'P', type: 'heatmap', stack: true, queries: [] }, ['up', 'x'])).toEqual({ a: 'up', b: 'x', stack: '1', log: null, view: 'heatmap' });
});

it('errors tell their line', () => {
  expect(lineOf('query: line 12, column 3: unknown key')).toBe(12);
  expect(lineOf('name is missing')).toBeNull();
});

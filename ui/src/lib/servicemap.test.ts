import { expect, test } from 'vitest';
import { layOut } from './servicemap';

const links = (...pairs: string[]) => pairs.map((p) => ({ client: p.split('>')[0]!, server: p.split('>')[1]! }));
const namesOf = (layout: ReturnType<typeof layOut>) => layout.layers.map((l) => l.flatMap((s) => (s.name === null ? [] : [s.name])));
const layersOf = (...pairs: string[]) => namesOf(layOut([], links(...pairs))).map((l) => [...l].sort().join(' '));

test('callers are left of what they call, as far as the longest way', () => {
  expect(layersOf('user>shop', 'shop>rates', 'shop>db', 'rates>db')).toEqual(['user', 'shop', 'rates', 'db']);
});

test('circles and calls of oneself end', () => {
  expect(layersOf('user>a', 'a>b', 'b>a', 'b>b')).toEqual(['user', 'a', 'b']);
  expect(layersOf('a>b', 'b>c', 'c>a')).toEqual(['a', 'b', 'c']);
  expect(layersOf('a>a')).toEqual(['a']);
});

test('a node without links has a place', () => {
  expect(namesOf(layOut(['alone'], links('a>b')))).toEqual([expect.arrayContaining(['a', 'alone']), ['b']]);
  expect(layOut([], []).layers).toEqual([]);
});

test('what belongs together does not cross', () => {
  const [left, right] = namesOf(layOut([], links('a>z', 'b>y', 'c>x')));
  expect(left!.map((n) => ({ a: 'z', b: 'y', c: 'x' })[n])).toEqual(right);
});

test('a link over several layers has a place in each', () => {
  const { layers, passages } = layOut([], links('a>b', 'b>c', 'c>d', 'a>d'));
  const passed = passages.get('a\0d')!;
  expect(passed).toHaveLength(2);
  expect(layers.map((l) => l.map((s) => s.key))).toEqual([['a'], expect.arrayContaining(['b', passed[0]]), expect.arrayContaining(['c', passed[1]]), ['d']]);
  expect(passages.size).toBe(1);
});

test('the order of the links does not matter', () => {
  const all = links('user>shop', 'shop>db', 'shop>cache', 'worker>db', 'shop>rates', 'rates>shop');
  expect(layOut([], [...all].reverse()).layers).toEqual(layOut([], all).layers);
});

test('a chain of thousands is laid out', () => {
  const chain = Array.from({ length: 5000 }, (_, i) => ({ client: `n${i}`, server: `n${i + 1}` }));
  expect(layOut([], chain).layers).toHaveLength(5001);
});

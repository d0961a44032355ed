import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { askExemplars as Ask } from './exemplars';

let askExemplars: typeof Ask;
let ApiError: typeof import('../../api/client').ApiError;

// The router reads the page's address when it is loaded.
beforeAll(async () => {
  vi.stubGlobal('window', { location: { href: 'http://localhost/explore', origin: 'http://localhost' } });
  ({ askExemplars } = await import('./exemplars'));
  ({ ApiError } = await import('../../api/client'));
});

const dot = (trace: string) => ({ labels: { trace_id: trace }, value: '1', timestamp: 1 });
const queries = [
  { letter: 'a', text: 'good' },
  { letter: 'b', text: 'rate(' },
];

describe('exemplars', () => {
  it('of a good query stay while another is being typed', async () => {
    const found = await askExemplars(queries, async (text) => {
      if (text !== 'good') throw new ApiError(400, 'bad_data', 'parse error');
      return [{ exemplars: [dot('1'), { ...dot(''), labels: {} }] }];
    });
    expect(found.byLetter.get('a')).toEqual([dot('1')]);
    expect(found.byLetter.get('b')).toEqual([]);
    expect(found.failed).toBe('');
  });
  it('that could not be read are told, and leave the others', async () => {
    const found = await askExemplars(queries, async (text) => {
      if (text !== 'good') throw new ApiError(503, 'unavailable', 'busy');
      return [{ exemplars: [dot('1')] }];
    });
    expect(found.byLetter.get('a')).toHaveLength(1);
    expect(found.failed).toBe('busy');
  });
  it('nobody waits for any more are given up', async () => {
    await expect(askExemplars(queries, () => Promise.reject(new DOMException('gone', 'AbortError')))).rejects.toThrow('gone');
  });
});

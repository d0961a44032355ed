import { describe, expect, it } from 'vitest';
import { EventParser } from './sse';

const TEXT = 'retry: 1000\nevent: ping\nid: logs.4\ndata: {}\n\n: comment\nevent: row\ndata: {"a":1,\ndata: "b":2}\n\ndata\r\n\r\n';

describe('server-sent events', () => {
  it('are read however the text is cut', () => {
    const whole = new EventParser().push(TEXT);
    expect(whole).toEqual([
      { event: 'ping', data: '{}', id: 'logs.4' },
      { event: 'row', data: '{"a":1,\n"b":2}', id: '' },
      { event: 'message', data: '', id: '' },
    ]);
    for (let size = 1; size < 9; size++) {
      const parser = new EventParser();
      const got = [];
      for (let i = 0; i < TEXT.length; i += size) got.push(...parser.push(TEXT.slice(i, i + size)));
      expect(got).toEqual(whole);
    }
  });
  it('need a blank line to be complete', () => {
    const parser = new EventParser();
    expect(parser.push('data: x\n')).toEqual([]);
    expect(parser.push('\n')).toHaveLength(1);
  });
});

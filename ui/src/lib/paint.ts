/** A question's text in coloured pieces, for the query bar. */
import { lex, type Token } from './query';

export type Tone = 'plain' | 'key' | 'sign' | 'value' | 'string' | 'regex' | 'word' | 'keyword' | 'pipe' | 'bad';

export interface Piece {
  text: string;
  tone: Tone;
}

const TONES: Record<Token['kind'], Tone> = {
  word: 'word',
  string: 'string',
  regex: 'regex',
  and: 'keyword',
  or: 'keyword',
  not: 'keyword',
  open: 'sign',
  close: 'sign',
  filter: 'value',
  pipe: 'pipe',
};

/** The pieces are the text, whole and in its order. From `badFrom` on the piece that stands there is marked. */
export function paint(query: string, badFrom: number | null = null): Piece[] {
  const bar = lex(query).find((t) => t.kind === 'pipe')?.start ?? query.length;
  const pieces = [...filterPieces(query.slice(0, bar)), ...pipePieces(query.slice(bar))];
  return badFrom === null ? pieces : marked(pieces, badFrom);
}

function filterPieces(head: string): Piece[] {
  const out: Piece[] = [];
  let at = 0;
  for (const t of lex(head)) {
    if (t.start > at) out.push({ text: head.slice(at, t.start), tone: 'plain' });
    at = t.end;
    if (t.kind !== 'filter') {
      out.push({ text: t.text, tone: TONES[t.kind] });
      continue;
    }
    const key = t.key!.length;
    const sign = t.text.length - key - t.value!.length;
    out.push({ text: t.text.slice(0, key), tone: 'key' }, { text: t.text.slice(key, key + sign), tone: 'sign' });
    if (t.value!.startsWith('(')) out.push(...filterPieces(t.value!));
    else if (t.value) out.push({ text: t.value, tone: t.value.startsWith('"') ? 'string' : t.value.startsWith('/') && t.value.endsWith('/') ? 'regex' : 'value' });
  }
  if (at < head.length) out.push({ text: head.slice(at), tone: 'plain' });
  return out;
}

const PIPE_PART = /(\|\s*[a-z]+)|("(?:[^"\\]|\\.)*"?)|\b(by|every|as|asc|desc|AND|OR|NOT)\b|(\d[\w.]*)|([A-Za-z_@][\w.@/$-]*)(?=\()|([A-Za-z_@][\w.@/$-]*)|(\s+)|(.)/gs;

function pipePieces(text: string): Piece[] {
  const out: Piece[] = [];
  for (const m of text.matchAll(PIPE_PART)) {
    const tone: Tone = m[1] ? 'pipe' : m[2] ? 'string' : m[3] ? 'keyword' : m[4] ? 'value' : m[5] ? 'keyword' : m[6] ? 'key' : m[7] ? 'plain' : 'sign';
    out.push({ text: m[0], tone });
  }
  return out;
}

function marked(pieces: Piece[], from: number): Piece[] {
  const out: Piece[] = [];
  let at = 0;
  let done = false;
  for (const p of pieces) {
    const end = at + p.text.length;
    if (!done && end > from) {
      const cut = Math.max(0, from - at);
      if (cut) out.push({ text: p.text.slice(0, cut), tone: p.tone });
      out.push({ text: p.text.slice(cut), tone: 'bad' });
      done = true;
    } else {
      out.push(p);
    }
    at = end;
  }
  // At the end there is nothing to mark but the place itself.
  if (!done) out.push({ text: ' ', tone: 'bad' });
  return out;
}

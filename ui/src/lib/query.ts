/**
 * The search language of the query bars, as far as the browser needs it: tokens for completion, and adding a filter to
 * a query without changing what the rest of it means. The server is the one that judges a query.
 *
 *   key:value  key:>10  key:"two words"  key:err*  has:key  "free text"  word  AND OR NOT ( )
 */

export type TokenKind = 'word' | 'string' | 'and' | 'or' | 'not' | 'open' | 'close' | 'filter' | 'pipe';

export interface Token {
  kind: TokenKind;
  text: string;
  start: number;
  end: number;
  /** For filters: the key, and the value as written. */
  key?: string;
  value?: string;
}

const BARE = /[^\s()"|]/;

export function lex(query: string): Token[] {
  const out: Token[] = [];
  let i = 0;
  while (i < query.length) {
    const c = query[i]!;
    if (/\s/.test(c)) {
      i++;
      continue;
    }
    const start = i;
    if (c === '(' || c === ')' || c === '|') {
      i++;
      out.push({ kind: c === '(' ? 'open' : c === ')' ? 'close' : 'pipe', text: c, start, end: i });
      continue;
    }
    i = endOfTerm(query, i);
    out.push(classify(query.slice(start, i), start, i));
  }
  return out;
}

/** A term runs to a space or parenthesis outside quotes: `a:"b c"` is one term. */
function endOfTerm(query: string, from: number): number {
  let i = from;
  while (i < query.length) {
    if (query[i] === '"') {
      i = endOfString(query, i);
    } else if (BARE.test(query[i]!)) {
      i++;
    } else {
      break;
    }
  }
  return i;
}

function endOfString(query: string, from: number): number {
  let i = from + 1;
  while (i < query.length && query[i] !== '"') i += query[i] === '\\' ? 2 : 1;
  return Math.min(query.length, i + 1);
}

function classify(text: string, start: number, end: number): Token {
  if (text === 'AND' || text === 'OR' || text === 'NOT') {
    return { kind: text.toLowerCase() as TokenKind, text, start, end };
  }
  if (text.startsWith('"')) {
    const close = endOfString(text, 0);
    if (text[close] !== ':') return { kind: 'string', text, start, end };
    return { kind: 'filter', text, start, end, key: unquote(text.slice(0, close)), value: text.slice(close + 1) };
  }
  const colon = text.indexOf(':');
  if (colon > 0) {
    return { kind: 'filter', text, start, end, key: text.slice(0, colon), value: text.slice(colon + 1) };
  }
  return { kind: 'word', text, start, end };
}

export function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  return text.slice(1, -1).replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c === 't' ? '\t' : c));
}

export function quote(value: string): string {
  const escaped = value
    .replace(/\\/g, '\\\\')
    .replace(/"/g, '\\"')
    .replace(/\n/g, '\\n')
    .replace(/\t/g, '\\t');
  return `"${escaped}"`;
}

/** A key that holds spaces or signs of the language is quoted too. */
function keyText(key: string): string {
  return /^[A-Za-z_@][A-Za-z0-9_.@/-]*$/.test(key) ? key : quote(key);
}

/** `key:value` for an exact match; numbers and booleans stand bare. */
export function filterText(key: string, value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
    return `${keyText(key)}:${value}`;
  }
  return `${keyText(key)}:${quote(typeof value === 'string' ? value : JSON.stringify(value))}`;
}

function hasTopLevelOr(tokens: Token[]): boolean {
  let depth = 0;
  for (const t of tokens) {
    if (t.kind === 'open') depth++;
    else if (t.kind === 'close') depth--;
    else if (t.kind === 'or' && depth === 0) return true;
  }
  return false;
}

/** Adds `key:value` (or its negation) with AND. Taking in a value takes away its own exclusion, and the reverse. */
export function addFilter(query: string, key: string, value: unknown, exclude = false): string {
  const term = filterText(key, value);
  const wanted = exclude ? `NOT ${term}` : term;
  const base = removeTerm(removeTerm(query, `NOT ${term}`), term).trim();
  if (!base) return wanted;
  return hasTopLevelOr(lex(base)) ? `(${base}) AND ${wanted}` : `${base} AND ${wanted}`;
}

/** Takes one top-level AND-ed term out; a query with OR at the top is left as it is. */
export function removeTerm(query: string, term: string): string {
  const tokens = lex(query);
  if (hasTopLevelOr(tokens)) return query;
  const clauses = splitClauses(query, tokens);
  const kept = clauses.filter((c) => c !== term);
  return kept.length === clauses.length ? query : kept.join(' AND ');
}

/** Top-level clauses of an AND-only query, each with its NOT. */
function splitClauses(query: string, tokens: Token[]): string[] {
  const out: string[] = [];
  let depth = 0;
  let from = -1;
  for (const t of tokens) {
    if (t.kind === 'and' && depth === 0) continue;
    if (from < 0) from = t.start;
    if (t.kind === 'open') depth++;
    if (t.kind === 'close') depth--;
    if (depth === 0 && t.kind !== 'not') {
      out.push(query.slice(from, t.end));
      from = -1;
    }
  }
  if (from >= 0) out.push(query.slice(from));
  return out;
}

export function hasFilter(query: string, key: string, value: unknown): boolean {
  return splitClauses(query, lex(query)).includes(filterText(key, value));
}

/** `a:"1" OR b:"2"`: any of these identities. */
export function anyOf(pairs: [string, string][]): string {
  return pairs.map(([k, v]) => filterText(k, v)).join(' OR ');
}

export type Completion =
  | { kind: 'key'; prefix: string; from: number; to: number }
  | { kind: 'value'; key: string; prefix: string; from: number; to: number };

/** What the caret stands in: a key being typed, or a value of a known key. */
export function completionAt(query: string, caret: number): Completion | null {
  const token = lex(query).find((t) => t.start <= caret && caret <= t.end && t.kind !== 'close' && t.kind !== 'open');
  if (!token) return { kind: 'key', prefix: '', from: caret, to: caret };
  if (token.kind === 'string' || token.kind === 'pipe') return null;
  if (token.kind !== 'filter') {
    return { kind: 'key', prefix: query.slice(token.start, caret).replace(/^-/, ''), from: token.start, to: token.end };
  }
  const valueStart = token.end - (token.value ?? '').length;
  if (caret < valueStart) {
    return { kind: 'key', prefix: query.slice(token.start, caret), from: token.start, to: valueStart - 1 };
  }
  const typed = query.slice(valueStart, caret);
  if (/^[<>=!]/.test(typed)) return null;
  if (token.key === 'has') return { kind: 'key', prefix: typed, from: valueStart, to: token.end };
  return { kind: 'value', key: token.key!, prefix: typed.replace(/^"/, ''), from: valueStart, to: token.end };
}

/** Byte offset of the API to an index into the string (they differ after the first non-ASCII letter). */
export function byteToIndex(text: string, byteOffset: number): number {
  const encoder = new TextEncoder();
  let bytesSeen = 0;
  let index = 0;
  for (const ch of text) {
    if (bytesSeen >= byteOffset) return index;
    bytesSeen += encoder.encode(ch).length;
    index += ch.length;
  }
  return text.length;
}

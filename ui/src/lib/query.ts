/**
 * The search language (docs/search.md) as far as the browser needs it: its tokens, and adding and taking out conditions
 * without changing what the rest of a question means. The server is the one that judges a question.
 *
 *   key:value  key>10  key:"two words"  key:(a OR b)  has:key  "free text"  /regex/  word  AND OR NOT - ( )  | pipes
 */

export type TokenKind = 'word' | 'string' | 'regex' | 'and' | 'or' | 'not' | 'open' | 'close' | 'filter' | 'pipe';

export interface Token {
  kind: TokenKind;
  text: string;
  start: number;
  end: number;
  /** Of filters: the key as written, its sign, the value as written. */
  key?: string;
  sign?: string;
  value?: string;
}

const BLANK = /\s/;
const DELIMITER = /[\s()"|]/;
const SIGN = /^(:>=|:<=|:!=|:>|:<|:=|:~|:|>=|<=|!=|==|>|<|=)/;
const SPACED_SIGN = /^\s+(>=|<=|!=|==|>|<|=)\s+/;
const KEY = /^[A-Za-z_@\u0080-\uffff][\w.@/$\u0080-\uffff-]*/;

export function lex(query: string): Token[] {
  const out: Token[] = [];
  let i = 0;
  while (i < query.length) {
    const c = query[i]!;
    if (BLANK.test(c)) {
      i++;
      continue;
    }
    const token = sign(query, i) ?? keyword(query, i) ?? term(query, i);
    out.push(token);
    i = token.end;
  }
  return out;
}

function token(kind: TokenKind, query: string, start: number, end: number): Token {
  return { kind, text: query.slice(start, end), start, end };
}

function sign(query: string, at: number): Token | null {
  const c = query[at]!;
  if (c === '(') return token('open', query, at, at + 1);
  if (c === ')') return token('close', query, at, at + 1);
  if (c === '|') return token('pipe', query, at, at + 1);
  const next = query[at + 1] ?? ' ';
  const alone = BLANK.test(next) || next === ')';
  if ((c === '-' && next !== '-' && !alone) || (c === '!' && !alone)) return token('not', query, at, at + 1);
  return null;
}

function keyword(query: string, at: number): Token | null {
  const m = /^(AND|OR|NOT)(?=$|[\s()"|])/.exec(query.slice(at, at + 4));
  return m ? token(m[1]!.toLowerCase() as TokenKind, query, at, at + m[1]!.length) : null;
}

function term(query: string, at: number): Token {
  const keyEnd = query[at] === '"' ? endOfString(query, at) : at + (KEY.exec(query.slice(at))?.[0].length ?? 0);
  const rest = query.slice(keyEnd);
  const spaced = SPACED_SIGN.exec(rest);
  const tight = SIGN.exec(rest);
  // "http://…", "std::string" and "a->b" are words.
  const address = query[at] !== '"' && /^:(\/\/|:)/.test(rest);
  const arrow = query[at] !== '"' && query[keyEnd - 1] === '-';
  const found = spaced ?? (address || arrow ? null : tight);
  if (keyEnd > at && found) {
    const valueStart = keyEnd + found[0].length;
    const end = endOfValue(query, valueStart);
    return { ...token('filter', query, at, end), key: query.slice(at, keyEnd), sign: found[1]!, value: query.slice(valueStart, end) };
  }
  if (query[at] === '"') return token('string', query, at, keyEnd);
  const regex = endOfRegex(query, at);
  if (regex) return token('regex', query, at, regex);
  return token('word', query, at, Math.max(at + 1, endOfWord(query, at)));
}

function endOfValue(query: string, at: number): number {
  if (query[at] === '"') return endOfString(query, at);
  if (query[at] === '(') return endOfGroup(query, at);
  return endOfRegex(query, at) ?? endOfWord(query, at);
}

function endOfWord(query: string, from: number): number {
  let i = from;
  while (i < query.length && !DELIMITER.test(query[i]!)) i += query[i] === '\\' ? 2 : 1;
  return Math.min(query.length, i);
}

function endOfString(query: string, from: number): number {
  let i = from + 1;
  while (i < query.length && query[i] !== '"') i += query[i] === '\\' ? 2 : 1;
  return Math.min(query.length, i + 1);
}

/** A path such as /api/users goes on behind its second slash: then it is a word. */
function endOfRegex(query: string, from: number): number | null {
  if (query[from] !== '/') return null;
  let i = from + 1;
  while (i < query.length && query[i] !== '/') i += query[i] === '\\' ? 2 : 1;
  if (i >= query.length || i === from + 1) return null;
  const next = query[i + 1];
  return next === undefined || /[\s)|]/.test(next) ? i + 1 : null;
}

function endOfGroup(query: string, from: number): number {
  let depth = 0;
  let i = from;
  while (i < query.length) {
    if (query[i] === '"') {
      i = endOfString(query, i);
      continue;
    }
    if (query[i] === '(') depth++;
    if (query[i] === ')' && --depth === 0) return i + 1;
    i++;
  }
  return query.length;
}

/** The filter in front of the first pipe, and the pipes with their bars. */
export function splitPipes(query: string): { head: string; pipes: string } {
  const bar = lex(query).find((t) => t.kind === 'pipe');
  if (!bar) return { head: query.trim(), pipes: '' };
  return { head: query.slice(0, bar.start).trim(), pipes: query.slice(bar.start).trim() };
}

export function withPipes(head: string, pipes: string): string {
  return [head.trim(), pipes.trim()].filter(Boolean).join(' ');
}

export function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  return text.slice(1, -1).replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c === 't' ? '\t' : c === 'r' ? '\r' : c));
}

export function quote(value: string): string {
  const escaped = value
    .replace(/\\/g, '\\\\')
    .replace(/"/g, '\\"')
    .replace(/\n/g, '\\n')
    .replace(/\t/g, '\\t')
    .replace(/\r/g, '\\r');
  return `"${escaped}"`;
}

/** Names that stand for other fields than the one called so (docs/search.md, "Friendly names"): that one needs quotes. */
const ALIASES = new Set([
  'service', 'env', 'environment', 'release', 'version', 'trace', 'span', 'parent', 'request', 'task', 'level', 'severity', 'message', 'msg',
  'duration', 'issue', 'event', 'type', 'error', 'value', 'has', 'in',
]);

/** The commonest fields' words for people, which mean the same. */
const FRIENDLY: Record<string, string> = {
  'service.name': 'service',
  'deployment.environment.name': 'env',
  'service.version': 'release',
  'host.name': 'host',
  severity_text: 'level',
  'http.response.status_code': 'status',
  'http.request.method': 'method',
  'http.route': 'route',
  'url.path': 'path',
};

/** A stored field as it is written in a question. */
export function keyOf(field: string): string {
  const friendly = FRIENDLY[field];
  if (friendly) return friendly;
  return ALIASES.has(field) ? quote(field) : keyText(field);
}

/** A key that holds spaces or signs of the language is quoted; one that is quoted already stays so. */
export function keyText(key: string): string {
  if (key.length > 1 && key.startsWith('"') && key.endsWith('"')) return key;
  return KEY.exec(key)?.[0] === key ? key : quote(key);
}

/** Sentences: `:` looks inside them, `=` compares the whole. */
const PROSE = new Set(['body', 'original', 'message', '"message"', 'exception.message', 'title', 'culprit', 'status_message']);

function valueOf(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const word = /^(?:[A-Za-z_][\w.-]*|\/[\w./-]*[\w.-])$/.test(text) && !/^(AND|OR|NOT|true|false|null)$/.test(text);
  // 1.10 and 007 are versions and ids: bare they would be read as numbers too.
  const number = /^-?\d+(?:\.\d+)?$/.test(text) && String(Number(text)) === text;
  return word || number ? text : quote(text);
}

/** The records whose field has this value; `key` as written in a question. */
export function filterText(key: string, value: unknown): string {
  if (value === null || value === undefined) return `-has:${keyText(key)}`;
  return `${keyText(key)}${PROSE.has(key) ? '=' : ':'}${valueOf(value)}`;
}

export interface Clause {
  text: string;
  negated: boolean;
  /** Without its NOT. */
  body: string;
  /** The one token it is made of, where it is one. */
  only: Token | null;
}

/** Top-level clauses of a filter that are joined by AND; null where OR joins them. */
export function clausesOf(head: string): Clause[] | null {
  const out: Clause[] = [];
  let depth = 0;
  let run: Token[] = [];
  const close = (end: number) => {
    const nots = run.findIndex((t) => t.kind !== 'not');
    const body = head.slice(run[nots]!.start, end);
    out.push({ text: head.slice(run[0]!.start, end), negated: nots % 2 === 1, body, only: run.length === nots + 1 ? run[nots]! : null });
    run = [];
  };
  for (const t of lex(head)) {
    if (depth === 0 && t.kind === 'or') return null;
    if (depth === 0 && t.kind === 'and') continue;
    run.push(t);
    if (t.kind === 'open') depth++;
    if (t.kind === 'close') depth--;
    if (depth <= 0 && t.kind !== 'not') close(t.end);
  }
  // What is not finished stays as it is.
  if (run.some((t) => t.kind !== 'not')) close(head.length);
  else if (run.length) out.push({ text: head.slice(run[0]!.start), negated: false, body: head.slice(run[0]!.start), only: null });
  return out;
}

const EXACT = new Set([':', '=', ':=', '==']);

/** The values that a clause takes in (or, negated, leaves out) of one key; null where it is something else. */
function valuesOf(clause: Clause, key: string): string[] | null {
  const t = clause.only;
  if (t?.kind !== 'filter' || !EXACT.has(t.sign!) || keyText(t.key!) !== keyText(key)) return null;
  const value = t.value!;
  if (!value.startsWith('(')) return isPlain(value) ? [unquote(value)] : null;
  const inner = lex(value.slice(1, -1));
  const values = inner.filter((x) => x.kind !== 'or');
  const alternates = inner.every((x, i) => (i % 2 ? x.kind === 'or' : (x.kind === 'word' || x.kind === 'string') && isPlain(x.text)));
  return alternates && values.length ? values.map((x) => unquote(x.text)) : null;
}

/** Neither a wildcard nor an expression. */
const isPlain = (value: string) => value.startsWith('"') || (!value.includes('*') && endOfRegex(value, 0) === null && value !== '');

/** Which values of a key a question asks for, and which it leaves out. */
export function chosenValues(query: string, key: string): { only: string[]; without: string[] } {
  const only: string[] = [];
  const without: string[] = [];
  for (const c of clausesOf(splitPipes(query).head) ?? []) (c.negated ? without : only).push(...(valuesOf(c, key) ?? []));
  return { only, without };
}

/** The keys of which a question asks for certain values. */
export function chosenKeys(query: string): string[] {
  const keys = (clausesOf(splitPipes(query).head) ?? []).flatMap((c) => (!c.negated && c.only?.kind === 'filter' && valuesOf(c, c.only.key!) ? [c.only.key!] : []));
  return [...new Set(keys)].filter((k) => k !== 'has' && k !== 'in' && !PROSE.has(k));
}

/** The question without what it asks of one key: what else there is to choose. */
export function withoutKey(query: string, key: string): string {
  const { head, pipes } = splitPipes(query);
  return withPipes(
    without(head, (c) => !c.negated && valuesOf(c, key) !== null),
    pipes,
  );
}

/** Joins a clause to a question's filter with AND; its pipes stay behind it. */
export function addClause(query: string, clause: string): string {
  const { head, pipes } = splitPipes(query);
  if (!head) return withPipes(clause, pipes);
  const clauses = clausesOf(head);
  if (!clauses) return withPipes(`(${head}) ${clause}`, pipes);
  return clauses.some((c) => c.text === clause) ? query.trim() : withPipes(`${head} ${clause}`, pipes);
}

function without(head: string, drop: (c: Clause) => boolean): string {
  const clauses = clausesOf(head);
  if (!clauses?.some(drop)) return head;
  return clauses
    .filter((c) => !drop(c))
    .map((c) => c.text)
    .join(' ');
}

/** Only records with this value: other values of the key that were asked for go, and so does its own exclusion. */
export function addFilter(query: string, key: string, value: unknown, exclude = false): string {
  const { head, pipes } = splitPipes(query);
  const text = value === null || value === undefined ? null : typeof value === 'string' ? value : String(value);
  const clause = negate(filterText(key, value), exclude);
  const rest = without(head, (c) => {
    if (text === null) return c.body === `has:${keyText(key)}`;
    const values = valuesOf(c, key);
    if (!values) return false;
    if (c.negated) return values.length === 1 && values[0] === text;
    return !exclude && !PROSE.has(key) ? true : values.length === 1 && values[0] === text;
  });
  return addClause(withPipes(rest, pipes), clause);
}

function negate(clause: string, yes: boolean): string {
  if (!yes) return clause;
  return clause.startsWith('-') ? clause.slice(1) : `-${clause}`;
}

/** One more value of the key beside those asked for, or, asked for already, one less. */
export function toggleValue(query: string, key: string, value: string): string {
  const { head, pipes } = splitPipes(query);
  const { only } = chosenValues(query, key);
  const next = only.includes(value) ? only.filter((v) => v !== value) : [...only, value];
  const rest = without(head, (c) => {
    const values = valuesOf(c, key);
    return !!values && (!c.negated || (values.length === 1 && values[0] === value));
  });
  const left = withPipes(rest, pipes);
  if (!next.length) return left;
  const clause = next.length === 1 ? filterText(key, next[0]) : `${keyText(key)}:(${next.map(valueOf).join(' OR ')})`;
  return addClause(left, clause);
}

/** Leaves records with this value out, or, left out already, takes them in again. */
export function toggleExclusion(query: string, key: string, value: string): string {
  const { head, pipes } = splitPipes(query);
  if (!chosenValues(query, key).without.includes(value)) return addFilter(query, key, value, true);
  const rest = without(head, (c) => {
    const values = valuesOf(c, key);
    return c.negated && values?.length === 1 && values[0] === value;
  });
  return withPipes(rest, pipes);
}

/** `a:1 OR b:2`: any of these identities. */
export function anyOf(pairs: [string, string][]): string {
  return pairs.map(([k, v]) => filterText(k, v)).join(' OR ');
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

export function indexToByte(text: string, index: number): number {
  return new TextEncoder().encode(text.slice(0, index)).length;
}

/** The line that an index lies in, cut to what can be read around it, and the index there. */
export function excerpt(text: string, index: number, before = 32, after = 24): { text: string; at: number } {
  const start = text.lastIndexOf('\n', index - 1) + 1;
  const end = text.indexOf('\n', index);
  const line = text.slice(start, end < 0 ? undefined : end);
  const at = index - start;
  if (line.length <= before + after) return { text: line, at };
  const from = Math.max(0, at - before);
  const head = from > 0 ? '…' : '';
  const to = Math.max(at + after, before + after);
  return { text: head + line.slice(from, to) + (to < line.length ? '…' : ''), at: at - from + head.length };
}

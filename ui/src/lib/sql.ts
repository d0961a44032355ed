/** Lays a SQL statement out over lines. Purely visual: no token is added, dropped or reordered. */

interface Piece {
  text: string;
  kind: 'word' | 'string' | 'comment' | 'sign';
  /** White space stood before it. */
  gap: boolean;
}

const PIECE = /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|[A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*)*|\d+(?:\.\d+)?|[^\s]/g;

const CLAUSES = [
  'SELECT', 'FROM', 'WHERE', 'GROUP BY', 'HAVING', 'ORDER BY', 'LIMIT', 'OFFSET', 'VALUES', 'SET', 'RETURNING',
  'INSERT INTO', 'UPDATE', 'DELETE FROM', 'UNION ALL', 'UNION', 'INTERSECT', 'EXCEPT', 'WITH', 'FOR UPDATE', 'ON CONFLICT',
];
const JOINS = ['LEFT OUTER JOIN', 'RIGHT OUTER JOIN', 'FULL OUTER JOIN', 'INNER JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'CROSS JOIN', 'JOIN'];

function pieces(sql: string): Piece[] {
  const out: Piece[] = [];
  let gap = false;
  for (const m of sql.matchAll(PIECE)) {
    const text = m[0];
    if (/^\s/.test(text)) {
      gap = true;
      continue;
    }
    const kind = /^(--|\/\*)/.test(text) ? 'comment' : /^['"]/.test(text) ? 'string' : /^\w/.test(text) ? 'word' : 'sign';
    out.push({ text, kind, gap });
    gap = false;
  }
  return out;
}

/** The phrase (`GROUP BY`) that starts at `i`, if it is one of `phrases`. */
function phraseAt(list: Piece[], i: number, phrases: string[]): number {
  for (const phrase of phrases) {
    const words = phrase.split(' ');
    if (words.every((w, k) => list[i + k]?.kind === 'word' && list[i + k]!.text.toUpperCase() === w)) return words.length;
  }
  return 0;
}

/** Short statements stay on one line. */
export function prettySql(sql: string): string {
  const list = pieces(sql);
  const flat = sql.replace(/\s+/g, ' ').trim();
  if (flat.length <= 72 || list.some((p) => p.kind === 'comment' && p.text.startsWith('--'))) return sql.trim();
  return layout(list);
}

/** How deep the lines of each open parenthesis stand; null for one that stays on its line. */
type Paren = 'block' | 'inline';

function layout(list: Piece[]): string {
  let out = '';
  const parens: Paren[] = [];
  const depth = () => parens.filter((p) => p === 'block').length;
  const inline = () => parens.at(-1) === 'inline';
  const line = (extra: number) => `\n${'  '.repeat(depth() + extra)}`;
  let inSelect = false;
  for (let i = 0; i < list.length; i++) {
    const piece = list[i]!;
    const clause = inline() ? 0 : phraseAt(list, i, CLAUSES);
    const join = inline() || clause ? 0 : phraseAt(list, i, JOINS);
    const taken = Math.max(clause, join, 1);
    const text = list.slice(i, i + taken).map((p) => p.text).join(' ');
    if (clause) {
      out += (out && !out.endsWith('(') ? line(0) : out ? line(0) : '') + text;
      inSelect = text.toUpperCase() === 'SELECT';
    } else if (join) {
      out += line(1) + text;
    } else if (!inline() && /^(AND|OR)$/i.test(piece.text) && !isBetween(list, i)) {
      out += line(1) + piece.text;
    } else if (piece.text === '(') {
      const block = /^(SELECT|WITH)$/i.test(list[i + 1]?.text ?? '');
      out += (piece.gap ? ' ' : '') + '(';
      parens.push(block ? 'block' : 'inline');
    } else if (piece.text === ')') {
      const closed = parens.pop();
      out += closed === 'block' ? `${line(0)})` : ')';
    } else if (piece.text === ',' && !inline() && inSelect) {
      out += `,${line(1).replace(/^\n/, '\n')}`;
    } else {
      out += (needsGap(out, piece) ? ' ' : '') + piece.text;
    }
    i += taken - 1;
  }
  return out;
}

function needsGap(out: string, piece: Piece): boolean {
  return piece.gap && out !== '' && !/[\s(]$/.test(out) && piece.text !== ',';
}

/** `BETWEEN a AND b` keeps its AND on the line. */
function isBetween(list: Piece[], i: number): boolean {
  return list.slice(Math.max(0, i - 4), i).some((p) => /^BETWEEN$/i.test(p.text));
}

const KEYWORDS = new Set(
  (
    'SELECT FROM WHERE AND OR NOT IN IS NULL AS ON USING JOIN LEFT RIGHT FULL INNER OUTER CROSS GROUP BY ORDER HAVING LIMIT OFFSET ' +
    'INSERT INTO VALUES UPDATE SET DELETE RETURNING UNION ALL DISTINCT CASE WHEN THEN ELSE END LIKE ILIKE BETWEEN EXISTS ASC DESC ' +
    'WITH FOR CONFLICT DO NOTHING BEGIN COMMIT ROLLBACK SAVEPOINT RELEASE TRUE FALSE'
  ).split(' '),
);

export interface Ink {
  text: string;
  kind: 'keyword' | 'string' | 'number' | 'comment' | 'plain';
}

/** For colouring: the same text, cut into runs. */
export function sqlInk(sql: string): Ink[] {
  const out: Ink[] = [];
  for (const m of sql.matchAll(PIECE)) {
    const text = m[0];
    const kind: Ink['kind'] = /^(--|\/\*)/.test(text)
      ? 'comment'
      : text.startsWith("'")
        ? 'string'
        : /^\d/.test(text)
          ? 'number'
          : KEYWORDS.has(text.toUpperCase())
            ? 'keyword'
            : 'plain';
    const last = out.at(-1);
    if (last && last.kind === kind && kind === 'plain') last.text += text;
    else out.push({ text, kind });
  }
  return out;
}

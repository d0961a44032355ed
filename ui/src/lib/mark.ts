/** Which parts of a line a question's free text found. */
import { clausesOf, lex, splitPipes, unquote } from './query';

const MOST_TERMS = 12;
const LONGEST = 4000;

/** Words, phrases and expressions that records must hold, as one expression; null where there are none. */
export function marker(query: string): RegExp | null {
  const parts: string[] = [];
  const { head } = splitPipes(query);
  const tokens = clausesOf(head)?.filter((c) => !c.negated).flatMap((c) => lex(c.body)) ?? lex(head);
  tokens.forEach((t, i) => {
    if (tokens[i - 1]?.kind === 'not') return;
    const prose = t.kind === 'filter' && /^(message|msg|body|original)$/.test(t.key!) && /^(:|:~)$/.test(t.sign!);
    const text = prose ? t.value! : t.kind === 'filter' ? '' : t.text;
    if (t.kind === 'regex' || (prose && /^\/.+\/$/s.test(text))) parts.push(expression(text.slice(1, -1)));
    else if (t.kind === 'string' || t.kind === 'word' || prose) parts.push(escape(unquote(text)).replace(/\\\*/g, '.*?'));
  });
  const good = parts.filter((p) => p && p !== '.*?').slice(0, MOST_TERMS);
  try {
    return good.length ? new RegExp(good.join('|'), 'gi') : null;
  } catch {
    return null;
  }
}

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** RE2's own spellings that a browser does not know are left unmarked. */
function expression(text: string): string {
  const source = text.replace(/^\(\?[ims]+\)/, '').replace(/^\^\\s\*|\\s\*\$$/g, '');
  try {
    return new RegExp(source) && `(?:${source})`;
  } catch {
    return '';
  }
}

export interface Part {
  text: string;
  hit: boolean;
}

export function markParts(text: string, by: RegExp | null): Part[] {
  if (!by || text.length > LONGEST) return [{ text, hit: false }];
  const out: Part[] = [];
  let at = 0;
  for (const m of text.matchAll(by)) {
    if (!m[0]) continue;
    if (m.index > at) out.push({ text: text.slice(at, m.index), hit: false });
    out.push({ text: m[0], hit: true });
    at = m.index + m[0].length;
  }
  if (at < text.length || !out.length) out.push({ text: text.slice(at), hit: false });
  return out;
}

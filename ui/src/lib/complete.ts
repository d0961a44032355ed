/** What becomes of a question's text when a completion is taken. */
import type { CompletionItem } from '../api/types';

export interface Edit {
  text: string;
  caret: number;
  /** Something more can be completed right here. */
  goOn: boolean;
}

/** `from` and `to` are indexes into the text; what follows `to` of the same word gives way too. */
export function applyCompletion(text: string, from: number, to: number, item: CompletionItem): Edit {
  const before = text.slice(0, from);
  let rest = text.slice(to).replace(item.text.startsWith('"') ? /^[^"]*"?/ : /^[^\s()"|:=<>!,]*/, '');
  let insert = item.text;
  if (item.kind === 'key' && insert.endsWith(':') && /^(:|=|[<>]|!=)/.test(rest)) insert = insert.slice(0, -1);
  else if (item.kind === 'function' && !/[()]|^(count|rate)$/.test(insert) && !rest.startsWith('(')) insert += '(';
  else if (item.kind === 'key' && /[a-z][\w.]*\($/.test(before) && !rest.startsWith(')')) insert += ')';
  else if (!insert.endsWith(':') && !/^[\s()]/.test(rest)) insert += ' ';
  if (/^\s/.test(rest) && insert.endsWith(' ')) rest = rest.slice(1);
  return { text: before + insert + rest, caret: before.length + insert.length, goOn: /[:( ]$/.test(insert) && !rest.trim() };
}

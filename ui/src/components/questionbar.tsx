/**
 * The query bar of the search language: coloured while it is written, completed by the server, with the questions asked
 * before. Enter asks, Shift+Enter begins a new line.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ApiError } from '../api/client';
import { complete } from '../api/endpoints';
import type { Completion, CompletionItem, Datasets, QueryError } from '../api/types';
import { helpOpen } from '../app/help';
import { resolved } from '../app/range';
import { applyCompletion } from '../lib/complete';
import { count } from '../lib/format';
import { forget, readHistory, remember } from '../lib/history';
import { paint } from '../lib/paint';
import { byteToIndex, indexToByte } from '../lib/query';
import { Icon } from './icon';
import './questionbar.css';

interface Props {
  value: string;
  onSubmit: (q: string) => void;
  dataset: Datasets;
  placeholder: string;
  label: string;
  busy?: boolean;
  /** Where the questions asked before are kept. */
  past?: string;
  /** What may stand at the caret, where it is not the server's completion of the dataset alone. */
  suggest?: Suggest;
  /** Of the answer to `value`: where it is wrong is marked. */
  error?: ApiError | null;
}

/** `caret` in UTF-16 units; places in the answer in bytes of UTF-8. */
export type Suggest = (text: string, caret: number, signal: AbortSignal) => Promise<Completion>;

type Option = { kind: 'item'; item: CompletionItem } | { kind: 'past'; query: string };

interface Offer {
  options: Option[];
  from: number;
  to: number;
  error: QueryError | null;
}

/** ARIA allows it on a text field of several lines only by way of its pattern; types do not know it. */
const COMBOBOX = { role: 'combobox' } as object;
const NOTHING: Offer = { options: [], from: 0, to: 0, error: null };
const PAST_SHOWN = 8;
const KIND: Record<CompletionItem['kind'], string> = { key: 'field', value: 'value', operator: '', pipe: 'pipe', function: 'function' };

export function QuestionBar({ value, onSubmit, dataset, placeholder, label, busy, error, past: kept = 'search', suggest }: Props) {
  const [text, setText] = useState(value);
  const [offer, setOffer] = useState<Offer>(NOTHING);
  const [at, setAt] = useState(-1);
  const input = useRef<HTMLTextAreaElement>(null);
  const show = (next: Offer) => {
    setOffer(next);
    setAt(-1);
  };
  const ask = useCompletion(suggest ?? ((q, at, signal) => complete(dataset, q, indexToByte(q, at), resolved.peek(), signal)), kept, show);
  const close = () => {
    ask.cancel();
    show(NOTHING);
  };
  useEffect(() => {
    setText(value);
    close();
  }, [value]);

  const submit = (q: string) => {
    close();
    remember(kept, q);
    onSubmit(q.trim());
  };
  const put = (next: string, caret: number) => {
    // At once: what is typed next must not find the old text or place.
    const el = input.current!;
    el.focus();
    el.value = next;
    el.setSelectionRange(caret, caret);
    setText(next);
  };
  const accept = (o: Option) => {
    if (o.kind === 'past') {
      setText(o.query);
      return submit(o.query);
    }
    const edit = applyCompletion(text, offer.from, offer.to, o.item);
    close();
    put(edit.text, edit.caret);
    if (edit.goOn) ask.start(edit.text, edit.caret, 0);
  };
  const past = () => {
    ask.cancel();
    const needle = text.trim().toLowerCase();
    const found = readHistory(kept).filter((q) => q !== text.trim() && (!needle || q.toLowerCase().includes(needle)));
    show({ ...NOTHING, options: found.slice(0, 20).map((query) => ({ kind: 'past', query })) });
  };
  const caret = () => input.current?.selectionStart ?? text.length;
  const { options } = offer;
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.isComposing) return;
    const step = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0;
    if (step && options.length) {
      e.preventDefault();
      setAt((at + step + options.length + (at < 0 && step < 0 ? 1 : 0)) % options.length);
    } else if (e.key === 'ArrowUp' && !text.slice(0, caret()).includes('\n')) {
      e.preventDefault();
      past();
    } else if (e.key === 'Tab' && options.length && !e.shiftKey) {
      e.preventDefault();
      accept(options[Math.max(0, at)]!);
    } else if (e.key === 'Enter' && !e.shiftKey) {
      e.preventDefault();
      if (at >= 0 && options[at]) accept(options[at]!);
      else submit(text);
    } else if (e.key === 'Escape' && options.length) {
      e.preventDefault();
      close();
    } else if (e.key === ' ' && e.ctrlKey) {
      e.preventDefault();
      ask.start(text, caret(), 0);
    }
  };
  const wrong = text === value && error?.position !== undefined ? error.position : behind(offer.error, text, caret()) ? offer.error!.position : null;
  return (
    <div class="querybar question" data-query onFocusOut={(e) => !(e.currentTarget as Element).contains(e.relatedTarget as Element | null) && close()}>
      <Icon name="search" />
      <div class="question-edit">
        <pre class="question-paint" aria-hidden="true">
          {paint(text, wrong === null ? null : byteToIndex(text, wrong)).map((p, i) => (
            <span key={i} class={`q-${p.tone}`}>
              {p.text}
            </span>
          ))}
          {'\u200b'}
        </pre>
        <textarea
          ref={input}
          class="querybar-input"
          rows={1}
          value={text}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          aria-label={label}
          aria-invalid={wrong !== null}
          placeholder={placeholder}
          {...COMBOBOX}
          aria-expanded={options.length > 0}
          aria-controls="query-suggestions"
          aria-autocomplete="list"
          aria-activedescendant={at >= 0 ? `suggestion-${at}` : undefined}
          onInput={(e) => {
            setText(e.currentTarget.value);
            ask.start(e.currentTarget.value, e.currentTarget.selectionStart ?? 0, 90);
          }}
          onFocus={() => !text && past()}
          onKeyDown={onKeyDown}
        />
      </div>
      {busy && <span class="spinner" role="status" aria-label="Searching" />}
      <button class="icon-button" aria-label="Questions asked before" title="Questions asked before (↑)" onClick={() => (input.current?.focus(), past())}>
        <Icon name="clock" size={14} />
      </button>
      {text && (
        <button class="icon-button" aria-label="Clear" title="Clear" onClick={() => (setText(''), submit(''))}>
          <Icon name="close" size={14} />
        </button>
      )}
      <button class="icon-button" aria-label="Search language" title="Search language (?)" onClick={() => (helpOpen.value = true)}>
        <Icon name="info" size={14} />
      </button>
      {(options.length > 0 || behind(offer.error, text, caret())) && (
        <div class="popover suggestions" onPointerDown={(e) => e.preventDefault()}>
          {options[0]?.kind === 'past' && <PastHead onForget={() => (forget(kept), close())} />}
          <ul role="listbox" id="query-suggestions" aria-label="Suggestions">
            {options.map((o, i) => (
              <li key={i} id={`suggestion-${i}`} role="option" aria-selected={i === at} onClick={() => accept(o)} ref={i === at ? intoView : undefined}>
                <OptionBody of={o} />
              </li>
            ))}
          </ul>
          {behind(offer.error, text, caret()) && <p class="suggestions-error">{offer.error!.message}</p>}
        </div>
      )}
    </div>
  );
}

/** What is wrong in front of the caret is wrong; behind it the question is only not finished. */
function behind(error: QueryError | null, text: string, caret: number): boolean {
  return error !== null && byteToIndex(text, error.position) < Math.min(caret, text.trimEnd().length);
}

function intoView(el: HTMLElement | null): void {
  el?.scrollIntoView({ block: 'nearest' });
}

function PastHead({ onForget }: { onForget: () => void }) {
  return (
    <div class="suggestions-head">
      <span>Asked before, in this browser</span>
      <button class="link-button" onClick={onForget}>
        Forget them
      </button>
    </div>
  );
}

function OptionBody({ of }: { of: Option }) {
  if (of.kind === 'past') {
    return (
      <span class="mono suggestion-text">
        {paint(of.query).map((p, i) => (
          <span key={i} class={`q-${p.tone}`}>
            {p.text}
          </span>
        ))}
      </span>
    );
  }
  const { item } = of;
  return (
    <>
      <span class={`mono suggestion-text suggestion-${item.kind}`}>{item.text}</span>
      <span class="suggestion-detail">{item.detail || KIND[item.kind]}</span>
      <span class="suggestion-count">{item.count === null ? '' : count(item.count)}</span>
    </>
  );
}

/** Asks the server a moment after the last key; a failure just means no suggestions. */
function useCompletion(suggest: Suggest, kept: string, found: (offer: Offer) => void) {
  const timer = useRef(0);
  const abort = useRef<AbortController | null>(null);
  const cancel = () => {
    clearTimeout(timer.current);
    abort.current?.abort();
  };
  useEffect(() => cancel, []);
  const start = (text: string, caret: number, afterMs: number) => {
    cancel();
    timer.current = window.setTimeout(async () => {
      const mine = new AbortController();
      abort.current = mine;
      try {
        const a = await suggest(text, caret, mine.signal);
        const typed = text.slice(byteToIndex(text, a.from), caret);
        // A word that is complete is nothing to offer.
        const items = a.items.filter((i) => i.text !== typed || i.kind === 'key');
        const needle = text.trim().toLowerCase();
        const past = needle ? readHistory(kept).filter((q) => q.toLowerCase().startsWith(needle) && q.toLowerCase() !== needle) : [];
        const options: Option[] = [...items.map((item) => ({ kind: 'item' as const, item })), ...past.slice(0, PAST_SHOWN - items.length).map((query) => ({ kind: 'past' as const, query }))];
        if (!mine.signal.aborted) found({ options, from: byteToIndex(text, a.from), to: byteToIndex(text, a.to), error: a.error });
      } catch {
        if (!mine.signal.aborted) found(NOTHING);
      }
    }, afterMs);
  };
  return { start, cancel };
}

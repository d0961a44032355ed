/** The search bar: the query as text, with completion of fields and values from the server. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { getFieldValues, getFields } from '../api/endpoints';
import type { Dataset } from '../api/types';
import { resolved } from '../app/range';
import { helpOpen } from '../app/help';
import { completionAt, quote, type Completion } from '../lib/query';
import { count } from '../lib/format';
import { Icon } from './icon';

interface Suggestion {
  text: string;
  detail: string;
  insert: string;
}

interface Props {
  value: string;
  onSubmit: (q: string) => void;
  /** Where names and values come from; without it the bar is plain text. */
  dataset?: Dataset;
  placeholder: string;
  label: string;
  busy?: boolean;
}

export function QueryBar({ value, onSubmit, dataset, placeholder, label, busy }: Props) {
  const [text, setText] = useState(value);
  const [list, setList] = useState<Suggestion[]>([]);
  const [at, setAt] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const spot = useRef<Completion | null>(null);
  const ask = useSuggestions(dataset, (found, where) => {
    spot.current = where;
    setList(found);
    setAt(-1);
  });

  useEffect(() => {
    setText(value);
    setList([]);
  }, [value]);

  const close = () => {
    ask.cancel();
    setList([]);
    setAt(-1);
  };
  const submit = () => {
    close();
    onSubmit(text.trim());
  };
  const accept = (s: Suggestion) => {
    const where = spot.current;
    if (!where) return;
    const next = text.slice(0, where.from) + s.insert + text.slice(where.to);
    const caret = where.from + s.insert.length;
    setText(next);
    close();
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(caret, caret);
      if (s.insert.endsWith(':')) ask.start(next, caret);
    });
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const step = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0;
    if (step && list.length) {
      e.preventDefault();
      setAt((at + step + list.length) % list.length);
    } else if (e.key === 'Tab' && list.length && !e.shiftKey) {
      e.preventDefault();
      accept(list[Math.max(0, at)]!);
    } else if (e.key === 'Enter') {
      e.preventDefault();
      if (at >= 0 && list[at]) accept(list[at]!);
      else submit();
    } else if (e.key === 'Escape' && list.length) {
      e.preventDefault();
      close();
    } else if (e.key === ' ' && e.ctrlKey) {
      e.preventDefault();
      ask.start(text, input.current?.selectionStart ?? text.length);
    }
  };
  return (
    <div class="querybar" data-query onFocusOut={(e) => !(e.currentTarget as Element).contains(e.relatedTarget as Element | null) && close()}>
      <Icon name="search" />
      <input
        ref={input}
        class="querybar-input"
        value={text}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        aria-label={label}
        placeholder={placeholder}
        role={dataset ? 'combobox' : undefined}
        aria-expanded={dataset ? list.length > 0 : undefined}
        aria-controls={dataset ? 'query-suggestions' : undefined}
        aria-activedescendant={at >= 0 ? `suggestion-${at}` : undefined}
        onInput={(e) => {
          setText(e.currentTarget.value);
          ask.start(e.currentTarget.value, e.currentTarget.selectionStart ?? 0);
        }}
        onKeyDown={onKeyDown}
      />
      {busy && <span class="spinner" role="status" aria-label="Searching" />}
      {text && (
        <button
          class="icon-button"
          aria-label="Clear"
          title="Clear"
          onClick={() => {
            setText('');
            close();
            onSubmit('');
          }}
        >
          <Icon name="close" size={14} />
        </button>
      )}
      {dataset && (
        <button class="icon-button" aria-label="Search language" title="Search language (?)" onClick={() => (helpOpen.value = true)}>
          <Icon name="info" size={14} />
        </button>
      )}
      {list.length > 0 && (
        <ul class="popover suggestions" role="listbox" id="query-suggestions" aria-label="Suggestions">
          {list.map((s, i) => (
            <li
              key={s.text}
              id={`suggestion-${i}`}
              role="option"
              aria-selected={i === at}
              onPointerDown={(e) => {
                e.preventDefault();
                accept(s);
              }}
            >
              <span class="mono">{s.text}</span>
              <span class="dim">{s.detail}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

type Found = (list: Suggestion[], where: Completion | null) => void;

/** Asks the server's index for names and values a moment after the last key; a failure just means no suggestions. */
function useSuggestions(dataset: Dataset | undefined, found: Found) {
  const timer = useRef(0);
  const abort = useRef<AbortController | null>(null);
  const cancel = () => {
    clearTimeout(timer.current);
    abort.current?.abort();
  };
  useEffect(() => cancel, []);
  const start = (text: string, caret: number) => {
    cancel();
    if (!dataset) return;
    const where = completionAt(text, caret);
    if (!where || (where.kind === 'key' && !where.prefix)) return found([], null);
    timer.current = window.setTimeout(async () => {
      abort.current = new AbortController();
      try {
        found(await suggest(dataset, where, abort.current.signal), where);
      } catch {
        if (!abort.current.signal.aborted) found([], null);
      }
    }, 120);
  };
  return { start, cancel };
}

async function suggest(dataset: Dataset, where: Completion, signal: AbortSignal): Promise<Suggestion[]> {
  const w = resolved.peek();
  const needle = where.prefix.toLowerCase();
  if (where.kind === 'value') {
    const { values } = await getFieldValues(dataset, where.key, '', w, signal);
    return values
      .filter((v) => v.value.toLowerCase().includes(needle) && v.value.toLowerCase() !== needle)
      .slice(0, 10)
      .map((v) => ({ text: v.value, detail: count(v.count), insert: /^[\w.*/-]+$/.test(v.value) ? v.value : quote(v.value) }));
  }
  const { fields } = await getFields(dataset, w, signal);
  return fields
    .filter((f) => f.name.toLowerCase().includes(needle))
    .sort((a, b) => Number(b.name.toLowerCase().startsWith(needle)) - Number(a.name.toLowerCase().startsWith(needle)) || b.rows - a.rows)
    .slice(0, 10)
    .map((f) => ({ text: f.name, detail: f.type, insert: `${f.name}:` }));
}

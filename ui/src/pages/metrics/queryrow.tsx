/** One query: its letter, its editor, and what can be done with it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { param } from '../../app/router';
import { Icon } from '../../components/icon';
import { Popup } from '../../components/popup';
import type { Note } from '../../components/prom/notes';
import { forget, readHistory } from '../../lib/history';
import type { PromEditor } from './editor';
import { HISTORY, type Query } from './state';

const PAST_SHOWN = 20;

interface Props {
  query: Query;
  first: boolean;
  single: boolean;
  /** What the answer to `query` said. */
  notes: Note[] | undefined;
  onRun: (text: string) => void;
  onRemove: () => void;
  onHide: () => void;
  onExplain?: () => void;
  onDuplicate?: (text: string) => void;
}

export function QueryRow({ query, first, single, notes, onRun, onRemove, onHide, onExplain, onDuplicate }: Props) {
  const read = useRef<() => string>(() => query.text);
  return (
    <div class="query-row" data-letter={query.letter}>
      <button
        class={query.hidden ? 'query-letter off' : 'query-letter'}
        aria-pressed={!query.hidden}
        title={query.hidden ? 'Show this query' : 'Hide this query'}
        onClick={onHide}
      >
        {query.letter.toUpperCase()}
      </button>
      <Editor query={query} focusable={first} notes={notes} onRun={onRun} read={read} />
      <button class="button primary" onClick={() => onRun(read.current().trim())} title="Run (Enter)">
        Run
      </button>
      <button class="icon-button" aria-label="Parts of this query" title="Its parts, with series and time (p)" aria-pressed={param('explain') === query.letter} disabled={!onExplain} onClick={onExplain}>
        <Icon name="traces" />
      </button>
      <Past onPick={onRun} />
      <button class="icon-button" aria-label="Duplicate this query" title="Duplicate" disabled={!onDuplicate} onClick={() => read.current().trim() && onDuplicate?.(read.current().trim())}>
        <Icon name="copy" />
      </button>
      {!single && (
        <button class="icon-button" aria-label="Remove this query" title="Remove" onClick={onRemove}>
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}

function Past({ onPick }: { onPick: (text: string) => void }) {
  return (
    <Popup class="icon-button" label="Queries asked before" panel="past" face={<Icon name="clock" />}>
      {(close) => {
        const past = readHistory(HISTORY).slice(0, PAST_SHOWN);
        if (!past.length) return <p class="dim past-none">No query was asked in this browser yet.</p>;
        return (
          <>
            {past.map((q) => (
              <button key={q} class="menu-item" title={q} onClick={() => (close(), onPick(q))}>
                <span class="menu-text mono">{q}</span>
              </button>
            ))}
            <hr class="menu-rule" />
            <button class="menu-item" onClick={() => (forget(HISTORY), close())}>
              <span class="menu-text">Forget them</span>
            </button>
          </>
        );
      }}
    </Popup>
  );
}

interface EditorProps {
  query: Query;
  focusable: boolean;
  notes: Note[] | undefined;
  onRun: (text: string) => void;
  read: { current: () => string };
}

/** A plain text field at once; the editor with completion takes its place when its chunk is there. */
function Editor({ query: { text, letter }, focusable, notes, onRun, read }: EditorProps) {
  const label = `PromQL query ${letter.toUpperCase()}`;
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<PromEditor | null>(null);
  const [ready, setReady] = useState(false);
  const [plain, setPlain] = useState(text);
  const latest = useRef({ onRun, plain });
  latest.current = { onRun, plain };

  useEffect(() => {
    let gone = false;
    import('./editor').then(
      (m) => {
        if (gone || !host.current) return;
        const focused = host.current.parentElement!.contains(document.activeElement);
        const typed = latest.current.plain;
        editor.current = m.createEditor(host.current, { text: typed, label, onRun: (t) => latest.current.onRun(t) });
        read.current = () => editor.current!.text();
        setReady(true);
        if (focused) editor.current.focus();
      },
      () => {
        // The plain field stays: queries can be run without completion.
      },
    );
    return () => {
      gone = true;
      editor.current?.destroy();
    };
  }, []);
  useEffect(() => {
    setPlain(text);
    if (editor.current && editor.current.text() !== text) editor.current.setText(text);
  }, [text]);
  useEffect(() => editor.current?.setNotes(text, notes ?? []), [notes, text, ready]);
  if (!ready) read.current = () => plain;
  return (
    <div class="editor" data-query={focusable || undefined}>
      {!ready && (
        <input
          class="editor-plain"
          value={plain}
          aria-label={label}
          placeholder="A PromQL query"
          spellcheck={false}
          onInput={(e) => setPlain(e.currentTarget.value)}
          onKeyDown={(e) => e.key === 'Enter' && onRun(plain.trim())}
        />
      )}
      <div ref={host} class={ready ? 'editor-host' : 'offscreen'} data-query={(focusable && ready) || undefined} />
    </div>
  );
}

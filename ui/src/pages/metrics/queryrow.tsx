import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../../components/icon';
import type { PromEditor } from './editor';
import type { Query } from './query';

interface Props {
  query: Query;
  first: boolean;
  single: boolean;
  onRun: (text: string) => void;
  onRemove: () => void;
  onHide: () => void;
}

export function QueryRow({ query, first, single, onRun, onRemove, onHide }: Props) {
  const read = useRef<() => string>(() => query.text);
  return (
    <div class="query-row">
      <button
        class={query.hidden ? 'query-letter off' : 'query-letter'}
        aria-pressed={!query.hidden}
        title={query.hidden ? 'Show this query' : 'Hide this query'}
        onClick={onHide}
      >
        {query.letter.toUpperCase()}
      </button>
      <Editor text={query.text} focusable={first} label={`PromQL query ${query.letter.toUpperCase()}`} onRun={onRun} read={read} />
      <button class="button primary" onClick={() => onRun(read.current().trim())} title="Run (Enter)">
        Run
      </button>
      {!single && (
        <button class="icon-button" aria-label="Remove this query" title="Remove" onClick={onRemove}>
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}

interface EditorProps {
  text: string;
  focusable: boolean;
  label: string;
  onRun: (text: string) => void;
  read: { current: () => string };
}

/** A plain text field at once; the editor with completion takes its place when its chunk is there. */
function Editor({ text, focusable, label, onRun, read }: EditorProps) {
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
        const typed = latest.current.plain;
        editor.current = m.createEditor(host.current, { text: typed, label, onRun: (t) => latest.current.onRun(t) });
        read.current = () => editor.current!.text();
        setReady(true);
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

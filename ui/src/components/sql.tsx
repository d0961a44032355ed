import { useMemo } from 'preact/hooks';
import { prettySql, sqlInk } from '../lib/sql';
import { CopyButton } from './bits';

/** Coloured, on as few lines as it takes: for lists. */
export function InlineSql({ text }: { text: string }) {
  return (
    <code class="inline-sql">
      <Inked text={text.replace(/\s+/g, ' ').trim()} />
    </code>
  );
}

function Inked({ text }: { text: string }) {
  return (
    <>
      {sqlInk(text).map((i, n) => (i.kind === 'plain' ? i.text : <span key={n} class={`sql-${i.kind}`}>{i.text}</span>))}
    </>
  );
}

export function Sql({ text }: { text: string }) {
  const pretty = useMemo(() => prettySql(text), [text]);
  return (
    <div class="code-block">
      <CopyButton text={text} small label="Copy SQL" />
      <pre>
        <code>
          <Inked text={pretty} />
        </code>
      </pre>
    </div>
  );
}

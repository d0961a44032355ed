import { useMemo } from 'preact/hooks';
import { prettySql, sqlInk } from '../lib/sql';
import { CopyButton } from './bits';

export function Sql({ text }: { text: string }) {
  const ink = useMemo(() => sqlInk(prettySql(text)), [text]);
  return (
    <div class="code-block">
      <CopyButton text={text} small label="Copy SQL" />
      <pre>
        <code>
          {ink.map((i, n) => (i.kind === 'plain' ? i.text : <span key={n} class={`sql-${i.kind}`}>{i.text}</span>))}
        </code>
      </pre>
    </div>
  );
}

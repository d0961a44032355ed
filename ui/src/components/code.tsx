/** A block to paste: monospaced, comments dimmed, one button to copy it. */
import { CopyButton } from './bits';

function commentAt(line: string, language: string): number {
  if (/^(python|shell|yaml|bash|sh)$/.test(language)) {
    const m = /(^|\s)#/.exec(line);
    return m ? m.index + m[1]!.length : -1;
  }
  return -1;
}

export function Code({ text, language = '', copy = true }: { text: string; language?: string; copy?: boolean }) {
  return (
    <div class="code-block">
      {copy && <CopyButton text={text} small />}
      <pre>
        <code>
          {text.replace(/\n+$/, '').split('\n').map((line, i, all) => {
            const at = commentAt(line, language);
            const end = i < all.length - 1 ? '\n' : '';
            if (at < 0) return line + end;
            return (
              <span key={i}>
                {line.slice(0, at)}
                <span class="code-comment">{line.slice(at)}</span>
                {end}
              </span>
            );
          })}
        </code>
      </pre>
    </div>
  );
}

/** A JSON value as a tree that opens and closes; built with native <details>. */
import { Fragment } from 'preact';

const DEEP_OPEN = 2;

export function Json({ value, depth = 0 }: { value: unknown; depth?: number }) {
  if (value === null || typeof value !== 'object') return <Scalar value={value} />;
  const entries = Array.isArray(value) ? value.map((v, i) => [String(i), v] as const) : Object.entries(value);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (!entries.length) return <span class="j-sign">{open + close}</span>;
  return (
    <details class="j-node" open={depth < DEEP_OPEN && entries.length < 60}>
      <summary>
        <span class="j-sign">{open}</span>
        <span class="j-count">{entries.length}</span>
        <span class="j-sign">{close}</span>
      </summary>
      <div class="j-children">
        {entries.map(([k, v]) => (
          <div key={k} class="j-row">
            {!Array.isArray(value) && (
              <Fragment>
                <span class="j-key">{k}</span>
                <span class="j-sign">: </span>
              </Fragment>
            )}
            <Json value={v} depth={depth + 1} />
          </div>
        ))}
      </div>
    </details>
  );
}

function Scalar({ value }: { value: unknown }) {
  if (typeof value === 'string') return <span class="j-string">{JSON.stringify(value)}</span>;
  if (typeof value === 'number') return <span class="j-number">{String(value)}</span>;
  return <span class="j-word">{String(value)}</span>;
}

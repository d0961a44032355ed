/** Steps through a list by the parameter `offset`. */
import type { ComponentChildren } from 'preact';
import { setParams } from '../app/router';
import { integer } from '../lib/format';

/** `size`: rows of a page. `of` is what stands for the total, where it is more than the number. */
export function Pager({ offset, shown, total, size, of = integer(total) }: { offset: number; shown: number; total: number; size: number; of?: ComponentChildren }) {
  return (
    <div class="pager">
      <span class="dim">
        {integer(offset + 1)}–{integer(offset + shown)} of {of}
      </span>
      <button class="button" disabled={offset === 0} onClick={() => setParams({ offset: Math.max(0, offset - size) || null })}>
        Previous
      </button>
      <button class="button" disabled={offset + shown >= total} onClick={() => setParams({ offset: offset + size })}>
        Next
      </button>
    </div>
  );
}

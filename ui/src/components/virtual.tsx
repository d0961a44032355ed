/** A long list of rows, of which only those in sight exist. */
import { Virtualizer, elementScroll, observeElementOffset, observeElementRect, type VirtualItem } from '@tanstack/virtual-core';
import type { ComponentChildren, RefObject } from 'preact';
import { useLayoutEffect, useReducer, useState } from 'preact/hooks';

export interface Virtual {
  items: VirtualItem[];
  total: number;
  scrollTo: (index: number, align?: 'auto' | 'center' | 'start' | 'end') => void;
  /** For rows of different heights: the ref of each, which carries `data-index`. */
  measure: (el: Element | null) => void;
  /** Where a row begins, from the list's top. */
  startOf: (index: number) => number;
}

interface Options {
  /** What stands above the first row inside the scroller, such as a head that stays. */
  head?: number;
  /** Heights belong to rows, not to places: needed where rows come in above others. */
  keyOf?: (index: number) => string | number;
}

export function useVirtual(scroller: RefObject<HTMLElement | null>, rows: number, rowHeight: number, { head = 0, keyOf }: Options = {}): Virtual {
  const [, render] = useReducer((n: number) => n + 1, 0);
  const options = {
    count: rows,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin: 0,
    scrollPaddingStart: head,
    ...(keyOf ? { getItemKey: keyOf } : {}),
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => render(0),
  };
  const [v] = useState(() => new Virtualizer<HTMLElement, Element>(options));
  v.setOptions(options);
  useLayoutEffect(() => v._didMount(), []);
  useLayoutEffect(() => v._willUpdate());
  return {
    items: v.getVirtualItems(),
    total: v.getTotalSize(),
    scrollTo: (index, align = 'auto') => v.scrollToIndex(index, { align }),
    measure: (el) => v.measureElement(el),
    startOf: (index) => v.measurementsCache[index]?.start ?? index * rowHeight,
  };
}

/** Space above and below the rows in sight, as table rows, so that a native table keeps its meaning. */
export function Spacer({ height, columns }: { height: number; columns: number }): ComponentChildren {
  if (height <= 0) return null;
  return (
    <tr class="spacer" aria-hidden="true">
      <td colSpan={columns} style={{ height: `${height}px` }} />
    </tr>
  );
}

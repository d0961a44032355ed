/** A long list of rows of one height, of which only those in sight exist. */
import { Virtualizer, elementScroll, observeElementOffset, observeElementRect, type VirtualItem } from '@tanstack/virtual-core';
import type { ComponentChildren, RefObject } from 'preact';
import { useLayoutEffect, useReducer, useState } from 'preact/hooks';

export interface Virtual {
  items: VirtualItem[];
  total: number;
  scrollTo: (index: number, align?: 'auto' | 'center' | 'start' | 'end') => void;
}

export function useVirtual(scroller: RefObject<HTMLElement | null>, rows: number, rowHeight: number, paddingStart = 0): Virtual {
  const [, render] = useReducer((n: number) => n + 1, 0);
  const options = {
    count: rows,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin: paddingStart,
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

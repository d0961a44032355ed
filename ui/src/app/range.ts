/** The page's time range: from the URL, resolved once per refresh so that all parts of a page ask for the same window. */
import { computed, effect, signal } from '@preact/signals';
import { serverNow } from '../api/client';
import { DEFAULT_RANGE, absoluteRange, describeRange, isRelative, resolveRange, type Range } from '../lib/range';
import { path, setParams, url } from './router';

const key = computed(() => {
  const p = url.value.searchParams;
  const start = p.get('start');
  const end = p.get('end');
  return start || end ? `${start || 'now-1h'}|${end || 'now'}` : `${DEFAULT_RANGE.start}|${DEFAULT_RANGE.end}`;
});

export const range = computed<Range>(() => {
  const [start, end] = key.value.split('|');
  return { start: start!, end: end! };
});

const tick = signal(0);

/** Changes with every refresh: pages about one record, which have no time range, follow it. */
export const refreshed = computed(() => tick.value);

export const resolved = computed(() => {
  void tick.value;
  // A hop to another page moves a relative range to now: it may have been long since the last one.
  void path.value;
  return resolveRange(range.value, serverNow());
});

export const rangeLabel = computed(() => {
  void tick.value;
  return describeRange(range.value, serverNow());
});

export const relative = computed(() => isRelative(range.value) || range.value.end === 'now');

/** Asks again; a relative range moves to now. */
export function refresh(): void {
  tick.value++;
}

export function setRange(next: Range): void {
  const isDefault = next.start === DEFAULT_RANGE.start && next.end === DEFAULT_RANGE.end;
  const same = next.start === range.value.start && next.end === range.value.end;
  setParams({ start: isDefault ? null : next.start, end: isDefault ? null : next.end });
  if (same) refresh();
}

export function zoomTo(startMs: number, endMs: number): void {
  setRange(absoluteRange(startMs, Math.max(endMs, startMs + 1)));
}

/** Twice as wide round the same middle, never into the future. */
export function zoomOut(): void {
  const { startMs, endMs } = resolved.value;
  const half = (endMs - startMs) / 2;
  setRange(absoluteRange(startMs - half, Math.min(endMs + half, serverNow())));
}

export function shiftRange(direction: -1 | 1): void {
  const { startMs, endMs } = resolved.value;
  const step = ((endMs - startMs) / 2) * direction;
  setRange(absoluteRange(startMs + step, endMs + step));
}

/** Seconds between refreshes; 0 is off. */
export const refreshEvery = signal(0);

export function startAutoRefresh(): void {
  effect(() => {
    const seconds = refreshEvery.value;
    if (!seconds) return;
    const timer = setInterval(() => {
      if (relative.value && document.visibilityState === 'visible') refresh();
    }, seconds * 1000);
    return () => clearInterval(timer);
  });
}

/** The URL is the state: path, time range and filters live in it and nowhere else. */
import { computed, signal } from '@preact/signals';

export const url = signal(new URL(window.location.href));
export const path = computed(() => url.value.pathname);

/** Parameters that every hop carries along. */
const CARRIED = ['start', 'end'];

export type ParamValues = Record<string, string | number | null | undefined>;

/** A link inside the app: `params` are set, the time range is kept unless `params` says otherwise. */
export function href(to: string, params: ParamValues = {}): string {
  const out = new URLSearchParams();
  for (const [k, v] of Object.entries(params)) if (v !== null && v !== undefined && v !== '') out.set(k, String(v));
  for (const key of CARRIED) {
    const v = url.value.searchParams.get(key);
    if (v !== null && !(key in params)) out.set(key, v);
  }
  const text = out.toString();
  return text ? `${to}?${text}` : to;
}

export function navigate(to: string, options: { replace?: boolean } = {}): void {
  const next = new URL(to, window.location.origin);
  if (next.href === url.value.href) return;
  const moved = next.pathname !== url.value.pathname;
  history[options.replace ? 'replaceState' : 'pushState'](null, '', next);
  url.value = next;
  if (moved) document.getElementById('main')?.scrollTo(0, 0);
}

export function param(name: string): string {
  return url.value.searchParams.get(name) ?? '';
}

/** Changes parameters of this page; empty values leave the URL. */
export function setParams(values: ParamValues, options: { replace?: boolean } = {}): void {
  const next = new URL(url.value);
  for (const [k, v] of Object.entries(values)) {
    if (v === null || v === undefined || v === '') next.searchParams.delete(k);
    else next.searchParams.set(k, String(v));
  }
  navigate(next.pathname + next.search, options);
}

/** Clicks on links of this origin change the view without a page load. */
function onClick(e: MouseEvent): void {
  if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
  const a = (e.composedPath()[0] as Element | null)?.closest?.('a');
  if (!a || !a.href || a.target || a.hasAttribute('download')) return;
  const to = new URL(a.href);
  if (to.origin !== window.location.origin || to.pathname.startsWith('/api/')) return;
  e.preventDefault();
  navigate(to.pathname + to.search);
}

export function startRouter(): void {
  window.addEventListener('popstate', () => {
    url.value = new URL(window.location.href);
  });
  // Before the page's own handlers: a row may stop a click on its link, which still is to be a hop inside the app.
  document.addEventListener('click', onClick, { capture: true });
}

/** The frame round every page: navigation, title, time range, palette and shortcuts. */
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { Icon } from '../components/icon';
import { useHotkeys } from '../lib/hotkeys';
import { Help, helpOpen } from './help';
import { LOWER_PLACES, Nav, PLACES } from './nav';
import { Palette, paletteOpen } from './palette';
import { refresh } from './range';
import { href, navigate } from './router';
import { toggleTheme } from './theme';
import { TimePicker } from './timepicker';

const MOD = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl ';

/** The page's query; of several the one named `letter`. */
export function focusQuery(letter = ''): void {
  const el = letter ? document.querySelector<HTMLElement>(`[data-letter="${letter}"] .editor`) : document.querySelector<HTMLElement>('[data-query]');
  const shadow = (el?.querySelector('.editor-host') ?? el)?.shadowRoot;
  const inner = shadow?.querySelector<HTMLElement>('[contenteditable]') ?? el?.querySelector<HTMLElement>('input, textarea') ?? el;
  inner?.focus();
}

export function Shell({ children }: { children: ComponentChildren }) {
  const go = Object.fromEntries([...PLACES, ...LOWER_PLACES].map((p) => [p.key, () => navigate(href(p.path))]));
  useHotkeys({
    ...go,
    'mod+k': () => (paletteOpen.value = !paletteOpen.value),
    '/': () => focusQuery(),
    r: refresh,
    t: toggleTheme,
    '?': () => (helpOpen.value = true),
  });
  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Nav />
      <div class="shell-main">{children}</div>
      <Palette />
      <Help />
    </div>
  );
}

interface PageProps {
  title: string;
  /** Shown in place of the title, for crumbs. */
  head?: ComponentChildren;
  /** Pages that are not about a time range leave the picker out. */
  timed?: boolean;
  /** The page scrolls inside itself (lists of its own). */
  fixed?: boolean;
  children: ComponentChildren;
}

export function Page({ title, head, timed = true, fixed = false, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Tripod`;
  }, [title]);
  return (
    <>
      <header class="topbar">
        <div class="topbar-title">{head ?? <h1>{title}</h1>}</div>
        <button class="jump" onClick={() => (paletteOpen.value = true)} title="Jump to a page or an id">
          <Icon name="search" />
          <span>Jump to…</span>
          <kbd aria-hidden="true">{MOD}K</kbd>
        </button>
        {timed && <TimePicker />}
      </header>
      <main id="main" class={fixed ? 'main main-fixed' : 'main'} tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

/** `Issues / DEFAULT-12` */
export function Crumbs({ parent, to, children }: { parent: string; to: string; children: ComponentChildren }) {
  return (
    <div class="crumbs">
      <a href={to}>{parent}</a>
      <span aria-hidden="true">/</span>
      <h1>{children}</h1>
    </div>
  );
}

/** A button with a panel in the top layer: nothing that scrolls cuts it off. */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

interface Props {
  /** The button's name; also its title unless one is given. */
  label: string;
  title?: string;
  class?: string;
  /** What is on the button. */
  face: ComponentChildren;
  children: (close: () => void) => ComponentChildren;
  /** Panel's class, and its role's name. */
  panel?: string;
}

const GAP = 4;

export function Popup({ label, title, class: cls = 'button', face, children, panel = '' }: Props) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class={cls}
        aria-label={label}
        title={title ?? label}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={(e) => {
          e.stopPropagation();
          setOpen(!open);
        }}
      >
        {face}
      </button>
      {open && (
        <Panel at={button} class={panel} label={label} onLeave={() => setOpen(false)} onEscape={close}>
          {children(close)}
        </Panel>
      )}
    </>
  );
}

interface PanelProps {
  at: { current: HTMLElement | null };
  class: string;
  label: string;
  onLeave: () => void;
  onEscape: () => void;
  children: ComponentChildren;
}

function Panel({ at, class: cls, label, onLeave, onEscape, children }: PanelProps) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const el = ref.current!;
    el.showPopover();
    const place = () => {
      const from = at.current!.getBoundingClientRect();
      const { offsetWidth: w, offsetHeight: h } = el;
      const below = from.bottom + GAP + h <= innerHeight || from.top < h;
      el.style.left = `${Math.max(GAP, Math.min(from.left, innerWidth - w - GAP))}px`;
      el.style.top = `${Math.max(GAP, below ? Math.min(from.bottom + GAP, innerHeight - h - GAP) : from.top - h - GAP)}px`;
    };
    place();
    const grown = new ResizeObserver(place);
    grown.observe(el);
    el.querySelector<HTMLElement>('[autofocus], button, input, a')?.focus();
    return () => grown.disconnect();
  }, []);
  useEffect(() => {
    const outside = (e: Event) => {
      const path = e.composedPath();
      if (!path.includes(ref.current!) && !path.includes(at.current!)) onLeave();
    };
    // Wherever the focus is: what had it may be gone.
    const escape = (e: KeyboardEvent) => {
      if (e.key !== 'Escape') return;
      e.stopPropagation();
      e.preventDefault();
      onEscape();
    };
    document.addEventListener('pointerdown', outside, { capture: true });
    document.addEventListener('keydown', escape, { capture: true });
    return () => {
      document.removeEventListener('pointerdown', outside, { capture: true });
      document.removeEventListener('keydown', escape, { capture: true });
    };
  }, []);
  return (
    <div
      ref={ref}
      popover="manual"
      class={`popover popup ${cls}`}
      role="dialog"
      aria-label={label}
      onClick={(e) => e.stopPropagation()}
      onKeyDown={(e) => (e.key === 'ArrowDown' || e.key === 'ArrowUp') && step(ref.current!, e.key === 'ArrowDown' ? 1 : -1, e)}
    >
      {children}
    </div>
  );
}

function step(panel: HTMLElement, by: number, e: KeyboardEvent): void {
  // A label is not focused itself: the box or button that it names is.
  const items = [...panel.querySelectorAll<HTMLElement>('.menu-item:not(:disabled)')].map((el) => (el instanceof HTMLLabelElement ? (el.control ?? el) : el));
  if (!items.length) return;
  e.preventDefault();
  const at = items.indexOf(document.activeElement as HTMLElement);
  // From outside the list, such as the field above it, down leads to its first line and up to its last.
  items[at < 0 ? (by > 0 ? 0 : items.length - 1) : (at + by + items.length) % items.length]!.focus();
}

/** One line of a menu inside a popup. */
export function MenuItem({ onClick, children, hint, href, disabled, pressed }: { onClick?: () => void; children: ComponentChildren; hint?: string; href?: string; disabled?: boolean; pressed?: boolean }) {
  const body = (
    <>
      <span class="menu-text">{children}</span>
      {hint && <span class="dim">{hint}</span>}
    </>
  );
  return href ? (
    <a class="menu-item" href={href} onClick={onClick}>
      {body}
    </a>
  ) : (
    <button type="button" class="menu-item" onClick={onClick} disabled={disabled} aria-pressed={pressed}>
      {body}
    </button>
  );
}

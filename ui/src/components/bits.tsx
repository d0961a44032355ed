/** Small pieces used on many pages. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { serverNow } from '../api/client';
import { href } from '../app/router';
import { severity, slotVar, slot, SEVERITY_VAR } from '../lib/color';
import { copyText } from '../lib/clipboard';
import { middle } from '../lib/format';
import { isTraceField } from '../lib/ids';
import { ago, compactTime, fullTime, nsToMs } from '../lib/time';
import { Icon } from './icon';

export function CopyButton({ text, label = 'Copy', small = false }: { text: string | (() => string); label?: string; small?: boolean }) {
  const [state, setState] = useState<'idle' | 'done' | 'failed'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), 1600);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async (e: Event) => {
    e.stopPropagation();
    setState((await copyText(typeof text === 'function' ? text() : text)) ? 'done' : 'failed');
  };
  const said = state === 'done' ? 'Copied' : state === 'failed' ? 'Could not copy' : label;
  return (
    <button type="button" class={small ? 'icon-button' : 'button'} onClick={copy} aria-label={said} title={said}>
      <Icon name={state === 'done' ? 'check' : 'copy'} size={small ? 14 : 16} />
      {!small && <span>{said}</span>}
      {small && state !== 'idle' && <span class="offscreen" role="status">{said}</span>}
    </button>
  );
}

/** An instant: how long ago, or when; the exact time as its title. */
export function Time({ ns, mode = 'ago' }: { ns: string | null | undefined; mode?: 'ago' | 'compact' | 'full' }) {
  if (!ns) return <span class="dim">never</span>;
  const ms = nsToMs(ns);
  const now = serverNow();
  const text = mode === 'ago' ? ago(ms, now) : mode === 'compact' ? compactTime(ms, now) : fullTime(ms);
  return (
    <time dateTime={new Date(ms).toISOString()} title={`${fullTime(ms)} (${new Date(ms).toISOString()})`}>
      {text}
    </time>
  );
}

/** An id that leads to everything linked to it. */
export function IdLink({ id, kind = '', max = 40 }: { id: string; kind?: string; max?: number }) {
  const to = isTraceField(kind) ? `/traces/${encodeURIComponent(id)}` : `/id/${encodeURIComponent(id)}`;
  return (
    <a class="mono" href={href(to)} title={id}>
      {middle(id, max)}
    </a>
  );
}

export function Level({ level }: { level: string }) {
  const s = severity(level);
  return <span class={`level level-${s}`}>{level || 'unknown'}</span>;
}

export function LevelBar({ level, number }: { level: unknown; number?: unknown }) {
  const s = severity(level, number);
  return <i class="level-bar" style={{ background: `var(${SEVERITY_VAR[s]})` }} aria-hidden="true" />;
}

export function Dot({ name, at }: { name: string; at?: number }) {
  return <i class="dot" style={{ background: slotVar(at ?? slot(name)) }} aria-hidden="true" />;
}

const SOURCE_TITLE: Record<string, string> = {
  otel: 'Seen by OpenTelemetry',
  sentry: "Seen by Sentry's SDK",
};

export const sourceName = (source: string) => (source === 'otel' ? 'OpenTelemetry' : source === 'sentry' ? 'Sentry' : source);

/** Which tracer saw it. */
export function Source({ source, also = '' }: { source: string; also?: string }) {
  return (
    <span class="sources">
      {[source, also].filter(Boolean).map((s) => (
        <span key={s} class={`source source-${s}`} title={SOURCE_TITLE[s] ?? s}>
          <i class={`mark mark-${s}`} />
          {s === 'otel' ? 'OTel' : s === 'sentry' ? 'Sentry' : s}
        </span>
      ))}
    </span>
  );
}

export function Badge({ tone = 'plain', title, children }: { tone?: 'plain' | 'error' | 'warn' | 'ok' | 'info' | 'accent'; title?: string; children: ComponentChildren }) {
  return (
    <span class={`badge badge-${tone}`} title={title}>
      {children}
    </span>
  );
}

export function Segmented<T extends string>({
  value,
  options,
  onChange,
  label,
}: {
  value: T;
  options: { value: T; label: ComponentChildren; title?: string }[];
  onChange: (v: T) => void;
  label: string;
}) {
  return (
    <div class="segmented" role="group" aria-label={label}>
      {options.map((o) => (
        <button key={o.value} type="button" aria-pressed={o.value === value} title={o.title} onClick={() => onChange(o.value)}>
          {o.label}
        </button>
      ))}
    </div>
  );
}

export function Tabs({ tabs, current }: { tabs: { id: string; label: ComponentChildren; href: string; count?: number }[]; current: string }) {
  return (
    <nav class="tabs" aria-label="Views">
      {tabs.map((t) => (
        <a key={t.id} href={t.href} aria-current={t.id === current ? 'page' : undefined}>
          {t.label}
          {t.count !== undefined && <span class="tab-count">{t.count}</span>}
        </a>
      ))}
    </nav>
  );
}

export function Section({ title, actions, children, id }: { title: ComponentChildren; actions?: ComponentChildren; children: ComponentChildren; id?: string }) {
  return (
    <section class="section" id={id}>
      <header class="section-head">
        <h2>{title}</h2>
        {actions && <div class="section-actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}

export function Kbd({ keys }: { keys: string }) {
  return (
    <span class="kbds">
      {keys.split(' ').map((k) => (
        <kbd key={k}>{k}</kbd>
      ))}
    </span>
  );
}

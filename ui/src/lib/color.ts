/** Colours by name: the same service has the same colour on every page. */

export const PALETTE = 10;

function hash(text: string): number {
  let h = 2166136261;
  for (let i = 0; i < text.length; i++) {
    h ^= text.charCodeAt(i);
    h = Math.imul(h, 16777619);
  }
  return h >>> 0;
}

/** Slot 1..10 of the palette in tokens.css. */
export function slot(name: string): number {
  return ((hash(name) + 7) % PALETTE) + 1;
}

/** Names to distinct slots as far as the palette reaches: a taken slot moves to the next free one. */
export function slots(names: string[]): Map<string, number> {
  const out = new Map<string, number>();
  const taken = new Set<number>();
  for (const name of [...new Set(names)].sort()) {
    let s = slot(name);
    for (let i = 0; taken.has(s) && i < PALETTE; i++) s = (s % PALETTE) + 1;
    taken.add(s);
    out.set(name, s);
  }
  return out;
}

export const slotVar = (s: number) => `var(--c${((s - 1) % PALETTE) + 1})`;

/** A token's value now, for canvases (which know no CSS variables). */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export const SEVERITIES = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type Severity = (typeof SEVERITIES)[number] | 'unknown';

/** Any sender's word for a level to the six of OpenTelemetry. */
export function severity(text: unknown, num?: unknown): Severity {
  const t = String(text ?? '').toLowerCase();
  if (/^(fatal|critical|crit|emerg|alert|panic)/.test(t)) return 'fatal';
  if (/^err/.test(t)) return 'error';
  if (/^warn/.test(t)) return 'warn';
  if (/^(info|notice)/.test(t)) return 'info';
  if (/^debug/.test(t)) return 'debug';
  if (/^trace/.test(t)) return 'trace';
  const n = Number(num);
  if (!(n >= 1)) return 'unknown';
  return (['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const)[Math.min(5, Math.floor((n - 1) / 4))]!;
}

export const SEVERITY_VAR: Record<Severity, string> = {
  fatal: '--fatal-fill',
  error: '--error-fill',
  warn: '--warn-fill',
  info: '--info-fill',
  debug: '--debug-fill',
  trace: '--debug-fill',
  unknown: '--debug-fill',
};

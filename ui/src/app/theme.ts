/** Dark or light: the system's wish, or the reader's choice kept in this browser. */
import { computed, effect, signal } from '@preact/signals';

export type Choice = 'system' | 'light' | 'dark';

const KEY = 'tripod.theme';
const system = window.matchMedia('(prefers-color-scheme: dark)');
const systemDark = signal(system.matches);

function stored(): Choice {
  try {
    const v = localStorage.getItem(KEY);
    return v === 'light' || v === 'dark' ? v : 'system';
  } catch {
    return 'system';
  }
}

export const choice = signal<Choice>(stored());
export const theme = computed<'light' | 'dark'>(() =>
  choice.value === 'system' ? (systemDark.value ? 'dark' : 'light') : choice.value,
);

export function setTheme(next: Choice): void {
  choice.value = next;
  try {
    if (next === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch {
    // Storage may be switched off: the choice then lasts as long as the page.
  }
}

export function toggleTheme(): void {
  const next = theme.value === 'dark' ? 'light' : 'dark';
  setTheme((next === 'dark') === systemDark.value ? 'system' : next);
}

export function startTheme(): void {
  system.addEventListener('change', (e) => {
    systemDark.value = e.matches;
  });
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
}

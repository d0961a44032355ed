/** WCAG AA of the colours in use: 4.5:1 for text, 3:1 for the marks of charts. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');
const [lightCss, darkCss] = css.split(":root[data-theme='dark']");

function tokensOf(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((m) => [m[1]!, m[2]!]));
}

const light = tokensOf(lightCss!);
const themes = { light, dark: { ...light, ...tokensOf(darkCss!) } };

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [hi, lo] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (hi! + 0.05) / (lo! + 0.05);
}

const TEXT: [string, string[]][] = [
  ['text', ['bg', 'surface', 'surface-2', 'surface-3', 'hover', 'accent-soft', 'code-bg', 'error-soft', 'mark']],
  ['text-2', ['bg', 'surface', 'surface-2', 'surface-3', 'hover', 'accent-soft', 'code-bg']],
  ['text-3', ['bg', 'surface', 'surface-2', 'hover', 'accent-soft', 'code-bg', 'surface-3']],
  ['accent', ['bg', 'surface', 'hover', 'accent-soft']],
  ['accent-strong', ['accent-soft']],
  ['on-accent', ['accent', 'accent-strong']],
  ['error', ['bg', 'surface', 'error-soft', 'hover', 'accent-soft']],
  ['warn', ['surface', 'warn-soft', 'bg']],
  ['ok', ['surface', 'ok-soft', 'bg']],
  ['info', ['surface', 'info-soft']],
  ['fatal', ['surface', 'fatal-soft']],
  ['code-key', ['code-bg', 'surface']],
  ['code-string', ['code-bg', 'surface']],
  ['code-number', ['code-bg', 'surface']],
  ['code-comment', ['code-bg']],
  ['axis', ['surface', 'bg']],
];
const MARKS = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8', 'c9', 'c10', 'error-fill', 'ok-fill', 'accent', 'focus'];

describe.each(Object.entries(themes))('%s', (_, t) => {
  it.each(TEXT.flatMap(([fg, bgs]) => bgs.map((bg) => [fg, bg] as const)))('%s on %s', (fg, bg) => {
    expect(t[fg], fg).toBeDefined();
    expect(t[bg], bg).toBeDefined();
    expect(contrast(t[fg]!, t[bg]!)).toBeGreaterThanOrEqual(4.5);
  });
  it.each(MARKS)('mark %s', (c) => expect(contrast(t[c]!, t.surface!)).toBeGreaterThanOrEqual(3));
});

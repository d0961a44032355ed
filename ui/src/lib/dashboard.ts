/** Variables of dashboards: how they stand in the address, and how they are put into queries. */
import type { Panel, Variable } from '../api/types';
import { stepText } from './step';

/** Chosen values by variable; none: all. */
export type Chosen = Record<string, string[]>;

/** The range of a rate: long enough for two scrapes a minute apart, and for every sample to be in one of the steps. */
export function rateRange(step: number): string {
  return stepText(Math.max(120, step + 60));
}

export function readChosen(text: string): string[] {
  return text ? text.split(',').map(decode) : [];
}

export function writeChosen(values: string[]): string {
  return values.map(encodeURIComponent).join(',');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** As it stands inside double quotes. */
const quoted = (text: string) => text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n');
const literally = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** A variable of several values is a regular expression, for `=~`; another is its value, for `=`. */
function textOf(v: Variable, chosen: string[]): string {
  if (!v.multiple) return quoted(chosen[0] ?? '');
  return chosen.length ? quoted(chosen.map(literally).join('|')) : '.*';
}

/** `expr` with its variables, `$rate` and `$step` put in. */
export function substitute(expr: string, variables: Variable[], chosen: Chosen, step: number): string {
  return expr.replace(/\$(?:\{([a-zA-Z_]\w*)\}|([a-zA-Z_]\w*))/g, (whole, braced?: string, bare?: string) => {
    const name = braced ?? bare!;
    if (name === 'rate') return rateRange(step);
    if (name === 'step') return stepText(step);
    const v = variables.find((one) => one.name === name);
    return v ? textOf(v, chosen[name] ?? []) : whole;
  });
}

/** A value of a variable's list; not `there`: it is chosen, and no series that the other choices leave has it. */
export interface Value {
  value: string;
  there: boolean;
}

/** What is offered, and before it what is chosen without being offered: it has to be seen to be taken away. */
export function listed(chosen: string[], offered: string[]): Value[] {
  const known = new Set(offered);
  return [...chosen.filter((value) => !known.has(value)).map((value) => ({ value, there: false })), ...offered.map((value) => ({ value, there: true }))];
}

/** The Metrics page's parameters that show what a panel shows. */
export function exploreParams(panel: Panel, texts: string[]): Record<string, string | null> {
  const letters = Object.fromEntries(texts.map((t, i) => [String.fromCharCode(97 + i), t]));
  return { ...letters, stack: panel.stack ? '1' : null, log: panel.log ? '1' : null, view: panel.type === 'heatmap' || panel.type === 'table' ? panel.type : null };
}

/** Where a message says what is wrong with a dashboard's text: its line, from 1. */
export function lineOf(message: string): number | null {
  const m = /\bline (\d+), column \d+: /.exec(message);
  return m ? Number(m[1]) : null;
}

/**
 * The unit of a PromQL expression, guessed from the names of its metrics and from what is done with them. A guess is made
 * only where the naming rules of Prometheus leave no doubt; anything else is a plain number.
 */
import { bytes, duration, percent, rate, sample } from './format';
import { fullTime } from './time';

export type Unit = 's' | 'ms' | 'bytes' | 'bytes/s' | '/s' | 'ratio' | 'percent' | 'instant' | 'number';

/** How a value of the unit is written. */
export function formatUnit(unit: Unit): (v: number | null | undefined) => string {
  return (v) => {
    if (v === null || v === undefined || !Number.isFinite(v)) return sample(v);
    switch (unit) {
      case 's':
        return v === 0 ? '0 s' : duration(v * 1000);
      case 'ms':
        return duration(v);
      case 'bytes':
        return bytes(v);
      case 'bytes/s':
        return `${bytes(v)}/s`;
      case '/s':
        return v === 0 || Math.abs(v) >= 0.01 ? `${v >= 1e4 ? sample(v) : Number(v.toPrecision(3))} /s` : rate(v);
      case 'ratio':
        return v < 0 || v > 100 ? sample(v) : percent(v);
      case 'percent':
        return `${sample(v)} %`;
      case 'instant':
        return v > 1e8 ? fullTime(v * 1000, false) : sample(v);
      default:
        return sample(v);
    }
  };
}

interface Kind {
  /** What is counted: seconds, bytes, things, or nothing at all. */
  of: 's' | 'ms' | 'bytes' | 'things' | 'ratio' | 'percent' | 'instant' | 'number' | 'unknown';
  /** Per second. */
  per: boolean;
  /** Of buckets, which count things: what their bounds measure. */
  bounds?: Kind['of'];
}

const UNKNOWN: Kind = { of: 'unknown', per: false };
const NUMBER: Kind = { of: 'number', per: false };

export function guessUnit(query: string): Unit {
  const k = new Guess(query).whole();
  if (k.of === 'unknown' || k.of === 'number') return 'number';
  // Seconds a second, such as those of a processor, are a share of one.
  if (k.per && (k.of === 's' || k.of === 'ratio')) return 'ratio';
  if (k.per && k.of === 'bytes') return 'bytes/s';
  if (k.per) return k.of === 'things' ? '/s' : 'number';
  return k.of === 'things' ? 'number' : k.of;
}

/** Whether its axis goes in powers of two. */
export const isBinary = (unit: Unit) => unit === 'bytes' || unit === 'bytes/s';

/** One for all lines of an axis: where they differ it is a plain number. */
export function commonUnit(units: Unit[]): Unit {
  return units.length > 0 && units.every((u) => u === units[0]) ? units[0]! : 'number';
}

const RATES = new Set(['rate', 'irate', 'deriv']);
/** Functions whose value has the unit of their argument; a quantile's is that of its buckets. */
const KEEP =
  /^(increase|delta|idelta|abs|ceil|floor|round|clamp|clamp_min|clamp_max|sort|sort_desc|sort_by_label|sort_by_label_desc|label_replace|label_join|histogram_quantile|histogram_quantiles|(avg|min|max|sum|quantile|last|first|stddev|mad)_over_time|predict_linear|double_exponential_smoothing|vector|scalar|info)$/;
const AGGREGATE = /^(sum|avg|min|max|topk|bottomk|quantile|stddev|limitk|limit_ratio)$/;
const COUNTS = /^(count|count_values|group|count_over_time|changes|resets|present_over_time)$/;
const WORD_OPERATORS = new Set(['and', 'or', 'unless', 'atan2', 'bool']);
const LABEL_LISTS = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);
const PRIORITY: Record<string, number> = { or: 1, and: 2, unless: 2, '==': 3, '!=': 3, '<': 3, '<=': 3, '>': 3, '>=': 3, '+': 4, '-': 4, '*': 5, '/': 5, '%': 5, atan2: 5, '^': 6 };

/** A metric's own unit, by the suffixes of its name. */
function kindOfName(name: string): Kind {
  const base = name.replace(/_(total|sum|created)$/, '');
  const of = (k: Kind['of']): Kind => ({ of: k, per: false });
  if (/_created$/.test(name) || /(^|_)(timestamp|start_time|boot_time)(_seconds)?$/.test(base)) return of('instant');
  if (/_count$/.test(name)) return of('things');
  if (/_bucket$/.test(name)) return { of: 'things', per: false, bounds: kindOfName(name.slice(0, -'_bucket'.length)).of };
  if (/(^|_)seconds$/.test(base) || /_seconds_by_/.test(base)) return of('s');
  if (/(^|_)milliseconds$/.test(base)) return of('ms');
  if (/(^|_)bytes$/.test(base)) return of('bytes');
  if (/(^|_)ratio$/.test(base)) return of('ratio');
  if (/(^|_)percent$/.test(base)) return of('percent');
  return /_total$/.test(name) || /_total(_|$)/.test(base) ? of('things') : UNKNOWN;
}

class Guess {
  private readonly tokens: string[];
  private at = 0;

  constructor(query: string) {
    // Strings, label matchers, ranges and durations have no unit of their own.
    this.tokens =
      query
        .replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|#.*/g, '""')
        .replace(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
        .match(/[a-zA-Z_:][\w:]*|\d[\w.]*|\.\d[\w.]*|""|[=!]=|[<>]=?|[-+*/%^(),@]/g) ?? [];
  }

  whole(): Kind {
    const k = this.binary(0);
    return this.at >= this.tokens.length ? k : UNKNOWN;
  }

  private get next(): string {
    return this.tokens[this.at] ?? '';
  }

  private binary(above: number): Kind {
    let left = this.unary();
    for (;;) {
      const op = this.next.toLowerCase();
      const priority = PRIORITY[op];
      if (priority === undefined || priority <= above) return left;
      this.at++;
      const isBool = this.modifiers();
      const right = this.binary(priority);
      left = isBool ? UNKNOWN : joined(op, left, right);
    }
  }

  /** `bool`, `on (…)`, `group_left (…)` behind an operator. */
  private modifiers(): boolean {
    let isBool = false;
    for (;;) {
      const t = this.next.toLowerCase();
      if (t === 'bool') isBool = true;
      else if (!LABEL_LISTS.has(t)) return isBool;
      this.at++;
      if (t !== 'bool') this.skipList();
    }
  }

  private skipList(): void {
    if (this.next !== '(') return;
    while (this.at < this.tokens.length && this.tokens[this.at++] !== ')');
  }

  private unary(): Kind {
    if (this.next === '-' || this.next === '+') {
      this.at++;
      return this.unary();
    }
    const k = this.primary();
    for (;;) {
      const t = this.next.toLowerCase();
      if (t === 'offset') {
        this.at++;
        if (this.next === '-') this.at++;
        this.at++;
      } else if (t === '@') {
        this.at += 2;
        if (this.next === '(') this.skipList();
      } else if (LABEL_LISTS.has(t)) {
        this.at++;
        this.skipList();
      } else {
        return k;
      }
    }
  }

  private primary(): Kind {
    const t = this.tokens[this.at++] ?? '';
    if (t === '(') {
      const k = this.binary(0);
      if (this.next === ')') this.at++;
      return k;
    }
    if (/^[\d.]/.test(t)) return NUMBER;
    if (!/^[a-zA-Z_:]/.test(t) || WORD_OPERATORS.has(t.toLowerCase())) return UNKNOWN;
    const name = t.toLowerCase();
    while (LABEL_LISTS.has(this.next.toLowerCase())) {
      this.at++;
      this.skipList();
    }
    return this.next === '(' ? called(name, this.list()) : kindOfName(t);
  }

  /** The arguments between parentheses. */
  private list(): Kind[] {
    const out: Kind[] = [];
    this.at++;
    while (this.at < this.tokens.length && this.next !== ')') {
      const before = this.at;
      out.push(this.binary(0));
      if (this.next === ',') this.at++;
      if (this.at === before) this.at++;
    }
    this.at++;
    return out;
  }
}

function called(name: string, args: Kind[]): Kind {
  // What has a unit is the vector; parameters are plain numbers or texts.
  const arg = args.find((k) => k.of !== 'number' && k.of !== 'unknown') ?? args.at(-1) ?? UNKNOWN;
  if (RATES.has(name)) return { ...arg, per: true };
  if (name === 'time' || name === 'timestamp') return { of: 'instant', per: false };
  if (COUNTS.test(name)) return { of: 'things', per: false };
  if (name === 'histogram_quantile' || name === 'histogram_quantiles') return { of: arg.bounds ?? 'unknown', per: false };
  return KEEP.test(name) || AGGREGATE.test(name) ? arg : UNKNOWN;
}

function joined(op: string, a: Kind, b: Kind): Kind {
  const same = a.of === b.of && a.per === b.per;
  if (op === '+' || op === 'or') return same ? a : b.of === 'number' ? a : a.of === 'number' ? b : UNKNOWN;
  if (op === '-') {
    if (a.of === 'instant' && b.of === 'instant') return { of: 's', per: false };
    return same ? a : b.of === 'number' ? a : UNKNOWN;
  }
  if (op === 'and' || op === 'unless' || PRIORITY[op] === 3) return a;
  if (op === '*') return b.of === 'number' ? scaled(a) : a.of === 'number' ? scaled(b) : UNKNOWN;
  if (op !== '/') return UNKNOWN;
  if (b.of === 'number') return scaled(a);
  if (a.of === 'unknown' || b.of === 'unknown' || a.of === 'number') return UNKNOWN;
  if (same) return { of: 'ratio', per: false };
  // A sum by its count is a mean, whether both are per second or neither.
  if (b.of === 'things' && a.per === b.per) return { of: a.of, per: false };
  return UNKNOWN;
}

/** A factor changes the unit of what has one (seconds to milliseconds); things stay things. */
function scaled(k: Kind): Kind {
  return k.of === 'things' || k.of === 'unknown' ? k : UNKNOWN;
}

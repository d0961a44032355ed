/** Numbers for people. Durations are given in milliseconds. */

export function count(n: number): string {
  if (!Number.isFinite(n)) return '–';
  const a = Math.abs(n);
  if (a < 10_000) return Number.isInteger(n) ? n.toLocaleString('en-US') : trim(n, a < 10 ? 2 : 1);
  if (a < 1e6) return `${trim(n / 1e3, a < 1e5 ? 1 : 0)}k`;
  if (a < 1e9) return `${trim(n / 1e6, a < 1e7 ? 2 : 1)}M`;
  return `${trim(n / 1e9, 2)}G`;
}

export function integer(n: number): string {
  return Math.round(n).toLocaleString('en-US');
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${integer(n)} ${n === 1 ? one : many}`;
}

export function bytes(n: number): string {
  if (!Number.isFinite(n)) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let i = 0;
  let v = n;
  while (Math.abs(v) >= 1024 && i < units.length - 1) {
    v /= 1024;
    i++;
  }
  return `${trim(v, v < 10 ? 2 : v < 100 ? 1 : 0)} ${units[i]}`;
}

export function percent(ratio: number | null | undefined): string {
  if (ratio === null || ratio === undefined || !Number.isFinite(ratio)) return '–';
  const p = ratio * 100;
  if (p === 0) return '0 %';
  if (p < 0.01) return '< 0.01 %';
  return `${trim(p, p < 1 ? 2 : p < 10 ? 1 : 0)} %`;
}

/** 0.42 → `420 µs`, 12.34 → `12.3 ms`, 1840 → `1.84 s`, 95000 → `1 min 35 s`. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return '–';
  const a = Math.abs(ms);
  if (a === 0) return '0 ms';
  if (a < 0.001) return `${trim(ms * 1e6, 0)} ns`;
  if (a < 1) return `${trim(ms * 1000, a < 0.1 ? 1 : 0)} µs`;
  if (a < 1000) return `${trim(ms, a < 10 ? 2 : a < 100 ? 1 : 0)} ms`;
  if (a < 60_000) return `${trim(ms / 1000, a < 10_000 ? 2 : 1)} s`;
  const s = Math.round(a / 1000);
  if (s < 3600) return `${Math.floor(s / 60)} min${s % 60 ? ` ${s % 60} s` : ''}`;
  if (s < 86400) return `${Math.floor(s / 3600)} h${s % 3600 >= 60 ? ` ${Math.floor((s % 3600) / 60)} min` : ''}`;
  return `${Math.floor(s / 86400)} d${s % 86400 >= 3600 ? ` ${Math.floor((s % 86400) / 3600)} h` : ''}`;
}

export function rate(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return '–';
  if (perSecond === 0) return '0 /s';
  if (perSecond < 0.01) return `${trim(perSecond * 60, 2)} /min`;
  return `${perSecond < 10_000 ? trim(perSecond, perSecond < 10 ? 2 : perSecond < 100 ? 1 : 0) : count(perSecond)} /s`;
}

/** A sample's value on an axis or in a legend: significant digits, powers where they are needed. */
export function sample(v: number | null | undefined): string {
  if (v === null || v === undefined) return '–';
  if (Number.isNaN(v)) return 'NaN';
  if (!Number.isFinite(v)) return v > 0 ? '+Inf' : '-Inf';
  const a = Math.abs(v);
  if (a === 0) return '0';
  if (a >= 1e12 || a < 1e-4) return v.toExponential(2);
  if (a >= 1e4) return count(v);
  return a >= 1000 ? integer(v) : String(Number(v.toPrecision(4)));
}

function trim(n: number, digits: number): string {
  const s = n.toFixed(digits);
  return s.includes('.') ? s.replace(/\.?0+$/, '') : s;
}

/** A field's value as text, without the quotes JSON would put round strings. */
export function valueText(v: unknown): string {
  if (v === null || v === undefined) return 'null';
  if (typeof v === 'string') return v;
  if (typeof v === 'object') return JSON.stringify(v);
  return String(v);
}

/** Cut in the middle: both ends of an id or a path carry meaning. */
export function middle(text: string, max: number): string {
  if (text.length <= max) return text;
  const keep = max - 1;
  return `${text.slice(0, Math.ceil(keep / 2))}…${text.slice(text.length - Math.floor(keep / 2))}`;
}

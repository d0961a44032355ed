/** A few of the language's pipes over rows in memory: count, stats, top, patterns, fields, limit. */
import { ns } from './random.mjs';
import { QueryError, fieldOf } from './search.mjs';

const DURATION = { s: 1e3, m: 6e4, h: 3.6e6 };

/** The pipes behind the first bar outside quotes, each as its words; their places count from the question's begin. */
export function pipesOf(q) {
  const bar = /^(?:[^"|]|"(?:[^"\\]|\\.)*"|\/[^/]*\/(?=\s|$))*\|/.exec(q);
  if (!bar) return [];
  let at = bar[0].length;
  return q.slice(at).split('|').map((text) => {
    const start = at + (text.length - text.trimStart().length);
    at += text.length + 1;
    return { text: text.trim(), at: start };
  });
}

export function answer(found, pipes, { from, to }) {
  let rows = found;
  let fields = null;
  for (const { text, at } of pipes) {
    const [name, ...rest] = text.split(/\s+/);
    if (name === 'limit') rows = rows.slice(0, Number(rest[0]));
    else if (name === 'fields') fields = rest.join(' ').split(/,\s*/).map(nameOf);
    else if (name === 'count') return count(rows, rest.join(' '), from, to);
    else if (name === 'stats') return stats(rows, rest.join(' '));
    else if (name === 'top') return top(rows, rest);
    else if (name === 'patterns') return patterns(rows, from, to);
    else throw new QueryError(`expected a pipe (count, stats, top, fields, limit or patterns), got "${name}"`, at);
  }
  return { kind: 'rows', rows, fields };
}

const msOf = (row) => Number(BigInt(row.time_ns) / 1000n) / 1000;
/** Its name, and as it is written in a question. */
const nameOf = (written) => written.replace(/^"(.*)"$/, '$1');
const key = (written) => ({ name: nameOf(written), role: 'key', type: 'string', unit: '', key: written });
const keysOf = (row, by) => by.map((f) => row.fields[fieldOf(f)] ?? null);

function grouped(rows, by) {
  const groups = new Map();
  for (const row of rows) {
    const keys = keysOf(row, by);
    const id = JSON.stringify(keys);
    if (!groups.has(id)) groups.set(id, { keys, rows: [] });
    groups.get(id).rows.push(row);
  }
  return [...groups.values()].sort((a, b) => b.rows.length - a.rows.length);
}

function count(rows, rest, from, to) {
  const [, byText = '', , every] = /^(?:by\s+(.*?))?\s*(every\s+(\w+))?$/.exec(rest) ?? [];
  const by = (byText || '').split(/,\s*/).filter(Boolean);
  const groups = grouped(rows, by);
  const value = { name: 'count', role: 'value', type: 'integer', unit: '' };
  if (!every) return { kind: 'table', columns: [...by.map(key), value], table: groups.map((g) => [...g.keys, g.rows.length]) };
  const m = /^(\d+)([smh])$/.exec(every);
  const step = Number(m[1]) * DURATION[m[2]];
  const start = Math.floor(from / step) * step;
  const points = Math.ceil((to - start) / step);
  const series = groups.map((g) => {
    const counts = new Array(points).fill(0);
    for (const r of g.rows) counts[Math.floor((msOf(r) - start) / step)]++;
    return { keys: Object.fromEntries(by.map((b, i) => [nameOf(b), g.keys[i]])), value: 'count', points: counts };
  });
  return { kind: 'series', columns: [{ name: 'time', role: 'time', type: 'time', unit: '' }, ...by.map(key), value], start_ns: ns(start), step_ns: ns(step), points, series };
}

/** `count as n, p95(field) as x by a, b`; the largest groups first, whatever pipes come behind. */
function stats(rows, text) {
  const [values, by] = text.split(/\s+by\s+/).map((part) => part.split(/,\s*/));
  const of = values.map((v) => /^(\w+)(?:\((\w+)\))?(?:\s+as\s+(\w+))?$/.exec(v));
  const quantile = (list, p) => list.sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * p))] ?? null;
  const value = (rows, [, f, field]) => (f === 'count' ? rows.length : quantile(rows.map((r) => Number(r.fields[field])), Number(f.slice(1)) / 100));
  const columns = [...by.map(key), ...of.map((m) => ({ name: m[3] ?? m[0], role: 'value', type: 'number', unit: m[2]?.endsWith('_ns') ? 'ns' : '' }))];
  return { kind: 'table', columns, table: grouped(rows, by).map((g) => [...g.keys, ...of.map((m) => value(g.rows, m))]) };
}

function top(rows, rest) {
  const n = /^\d+$/.test(rest[0]) ? Number(rest.shift()) : 10;
  const by = rest.join(' ').split(/,\s*/);
  const groups = grouped(rows, by).filter((g) => g.keys.every((k) => k !== null));
  const all = groups.reduce((sum, g) => sum + g.rows.length, 0);
  const columns = [...by.map(key), { name: 'count', role: 'value', type: 'integer', unit: '' }, { name: 'percent', role: 'value', type: 'number', unit: 'percent' }];
  return { kind: 'table', columns, table: groups.slice(0, n).map((g) => [...g.keys, g.rows.length, (100 * g.rows.length) / all]) };
}

function patterns(rows, from, to) {
  const N = 30;
  const step = (to - from) / N;
  const shapes = new Map();
  for (const r of rows) {
    const text = String(r.fields.body ?? r.fields.name ?? '').replace(/\d[\w.]*/g, '<_>');
    if (!shapes.has(text)) shapes.set(text, []);
    shapes.get(text).push(r);
  }
  const list = [...shapes].sort((a, b) => b[1].length - a[1].length).map(([pattern, own], i) => {
    const counts = new Array(N).fill(0);
    for (const r of own) counts[Math.min(N - 1, Math.floor((msOf(r) - from) / step))]++;
    return {
      pattern, dataset: 'logs', count: own.length, share: own.length / rows.length,
      trend: { start_ns: ns(from), step_ns: ns(step), counts },
      example: String(own[0].fields.body ?? ''),
      query: `body:/${pattern.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&').replace(/<_>/g, '\\S+').replace(/\s+/g, '\\s+')}/`,
      first_seen_ns: own[0].time_ns, last_seen_ns: own.at(-1).time_ns, is_new: i === 3,
    };
  });
  return { kind: 'patterns', patterns: list, total: rows.length };
}

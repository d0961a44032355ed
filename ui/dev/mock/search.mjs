/** The search language over rows in memory: enough of it for the filters of the UI to be real. */

export class QueryError extends Error {
  constructor(message, position) {
    super(message);
    this.position = position;
  }
}

function tokens(q) {
  const out = [];
  let i = 0;
  while (i < q.length) {
    if (/\s/.test(q[i])) {
      i++;
      continue;
    }
    const at = i;
    if (q[i] === '|') break;
    if (q[i] === '-' && /[^\s)-]/.test(q[i + 1] ?? ' ')) {
      out.push({ t: 'NOT', at });
      i++;
      continue;
    }
    if (q[i] === '(' || q[i] === ')') {
      out.push({ t: q[i], at });
      i++;
      continue;
    }
    let text = '';
    while (i < q.length && !/[\s()|]/.test(q[i])) {
      if (q[i] === ':' && q[i + 1] === '(') {
        const close = q.indexOf(')', i);
        if (close < 0) throw new QueryError('this parenthesis is not closed', i + 1);
        text += q.slice(i, close + 1);
        i = close + 1;
      } else if (q[i] === '"') {
        const open = i;
        text += q[i++];
        while (i < q.length && q[i] !== '"') {
          if (q[i] === '\\') text += q[i++];
          text += q[i++] ?? '';
        }
        if (i >= q.length) throw new QueryError('this quotation mark is not closed', open);
        text += q[i++];
      } else {
        text += q[i++];
      }
    }
    out.push({ t: /^(AND|OR|NOT)$/.test(text) ? text : 'term', text, at });
  }
  return out;
}

const plain = (s) => (s.startsWith('"') && s.endsWith('"') ? s.slice(1, -1).replace(/\\(.)/g, '$1') : s);

export function parse(q) {
  const list = tokens(q);
  let i = 0;
  const or = () => {
    let left = and();
    while (list[i]?.t === 'OR') {
      i++;
      const l = left;
      const r = and();
      left = (row) => l(row) || r(row);
    }
    return left;
  };
  const and = () => {
    let left = unary();
    while (list[i] && list[i].t !== 'OR' && list[i].t !== ')') {
      if (list[i].t === 'AND') i++;
      const l = left;
      const r = unary();
      left = (row) => l(row) && r(row);
    }
    return left;
  };
  const unary = () => {
    const token = list[i++];
    if (!token) throw new QueryError('the query ends where a term is expected', q.length);
    if (token.t === 'NOT') {
      const inner = unary();
      return (row) => !inner(row);
    }
    if (token.t === '(') {
      const inner = or();
      if (list[i]?.t !== ')') throw new QueryError('this parenthesis is not closed', token.at);
      i++;
      return inner;
    }
    if (token.t !== 'term') throw new QueryError(`${token.t} stands where a term is expected`, token.at);
    return term(token.text);
  };
  if (!list.length) return () => true;
  const f = or();
  if (i < list.length) throw new QueryError('this closes nothing', list[i].at);
  return f;
}

/** The words for people of the real language, as far as the made-up data has their fields. */
const ALIASES = { level: 'severity_text', service: 'service.name', host: 'host.name', trace: 'trace_id', request: 'request_id', message: 'body' };
export const fieldOf = (name) => ALIASES[name] ?? plain(name);
export const nameOf = (field) => Object.keys(ALIASES).find((k) => ALIASES[k] === field) ?? field;

function term(text) {
  const m = /^("(?:[^"\\]|\\.)*"|[\w.@/$-]+?)(:>=|:<=|:!=|:=|:>|:<|>=|<=|!=|:|=|>|<)(.*)$/s.exec(text);
  if (!m) {
    const regex = /^\/(.+)\/$/s.exec(text);
    const needle = plain(text).toLowerCase();
    const hit = regex ? (v) => new RegExp(regex[1]).test(String(v)) : (v) => String(v).toLowerCase().includes(needle);
    return (row) => Object.values(row.fields).some(hit);
  }
  const key = fieldOf(m[1]);
  const sign = m[2].replace(/^:(?=.)/, '');
  const value = m[3];
  if (!value) throw new QueryError('expected a value', 0);
  if (m[1] === 'has') return (row) => row.fields[fieldOf(value)] !== undefined;
  if (value.startsWith('(')) {
    const each = value.slice(1, -1).split(' OR ').map((v) => term(`${m[1]}:${v.trim()}`));
    return (row) => each.some((f) => f(row));
  }
  if (/[<>]/.test(sign)) {
    const n = Number(value);
    const ops = { '>': (a) => a > n, '>=': (a) => a >= n, '<': (a) => a < n, '<=': (a) => a <= n };
    return (row) => row.fields[key] !== undefined && ops[sign](Number(row.fields[key]));
  }
  const regex = /^\/(.+)\/$/s.exec(value);
  if (regex) return (row) => new RegExp(regex[1].replace(/^\(\?s\)/, ''), 's').test(String(row.fields[key] ?? ''));
  if (value.includes('*') && !value.startsWith('"')) {
    const re = new RegExp(`^${value.split('*').map((p) => p.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`, 'i');
    return (row) => row.fields[key] !== undefined && re.test(String(row.fields[key]));
  }
  const wanted = plain(value).toLowerCase();
  const same = (row) => row.fields[key] !== undefined && String(row.fields[key]).toLowerCase() === wanted;
  return sign === '!=' ? (row) => !same(row) : same;
}

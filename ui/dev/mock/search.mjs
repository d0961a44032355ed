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
    if (q[i] === '(' || q[i] === ')') {
      out.push({ t: q[i], at });
      i++;
      continue;
    }
    let text = '';
    while (i < q.length && !/[\s()]/.test(q[i])) {
      if (q[i] === '"') {
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

function term(text) {
  const m = /^("(?:[^"\\]|\\.)*"|[^:"]+):(.*)$/s.exec(text);
  if (!m) {
    const needle = plain(text).toLowerCase();
    return (row) => Object.values(row.fields).some((v) => String(v).toLowerCase().includes(needle));
  }
  const key = plain(m[1]);
  const value = m[2];
  if (key === 'has') return (row) => row.fields[plain(value)] !== undefined;
  const cmp = /^(>=|<=|>|<)(.+)$/.exec(value);
  if (cmp) {
    const n = Number(cmp[2]);
    const ops = { '>': (a) => a > n, '>=': (a) => a >= n, '<': (a) => a < n, '<=': (a) => a <= n };
    return (row) => row.fields[key] !== undefined && ops[cmp[1]](Number(row.fields[key]));
  }
  if (value.includes('*') && !value.startsWith('"')) {
    const re = new RegExp(`^${value.split('*').map((p) => p.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`, 'i');
    return (row) => row.fields[key] !== undefined && re.test(String(row.fields[key]));
  }
  const wanted = plain(value).toLowerCase();
  return (row) => row.fields[key] !== undefined && String(row.fields[key]).toLowerCase() === wanted;
}

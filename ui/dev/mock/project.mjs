/** The project's rules, what SDKs discarded, feedback. */
import { Fail } from './fail.mjs';
import { ns } from './random.mjs';

const DAY = 86_400_000;
const STARTS = { scrub_rules: [/^(remove|mask|hash)\s/, 'scrubbing rules', 'remove, mask or hash was expected'], stack_rules: [/^[\w.]+:\S+\s+[-+^v]/, 'stack trace rules', 'a matcher such as stack.function:name was expected'], fingerprint_rules: [/->\s*\S/, 'fingerprint rules', 'a fingerprint was expected'] };

const rulesOf = (store) => (store.rules ??= { stack_rules: '', fingerprint_rules: '', scrub_rules: '', scrub_ip_addresses: false, former: null });

function check(body) {
  for (const [part, [good, name, what]] of Object.entries(STARTS)) {
    (body[part] ?? '').split('\n').forEach((line, i) => {
      if (line.trim() && !line.startsWith('#') && !good.test(line)) throw new Fail(400, 'invalid_argument', `${name}: line ${i + 1}, column 1: ${what}`);
    });
  }
}

function grouping(event, ignored) {
  const leaf = (id, value) => ({ id, name: '', contributes: true, hint: null, value, children: [] });
  const frame = (f) => {
    const hint = ignored && f.module?.startsWith(ignored) ? `ignored by the stack trace rule (stack.module:${ignored} -group)` : null;
    return { id: 'frame', name: `${f.module} in ${f.function}:${f.lineno}`, contributes: !hint, hint, value: null, children: [leaf('module', f.module)] };
  };
  const exceptions = event.exceptions.map((e) => ({ id: 'exception', name: e.type, contributes: true, hint: null, value: null, children: [leaf('type', e.type), { id: 'stacktrace', name: '', contributes: true, hint: null, value: null, children: e.frames.map(frame) }] }));
  const component = { id: 'exceptions', name: '', contributes: true, hint: null, value: null, children: exceptions };
  return { version: 'newstyle:2026-11-23', strategy: 'exceptions', hashes: [ignored ? 'b'.repeat(32) : 'a'.repeat(32)], fingerprint: null, variants: [{ name: 'app', contributes: true, hint: null, hash: null, component }] };
}

function attempt({ store, body }) {
  check(body);
  const event = store.events.get(body.event_id);
  if (!event) throw new Fail(404, 'not_found', 'no such event');
  const ignored = /stack\.module:(\S+)\s+-group/.exec(body.stack_rules ?? '')?.[1].replace(/\.?\*$/, '');
  const key = /key:\*?(\w+)\*?/.exec(body.scrub_rules ?? '')?.[1];
  const payload = JSON.parse(JSON.stringify(event.payload), (k, v) => (key && k.includes(key) ? '[Filtered]' : v));
  return { event_id: event.event_id, before: grouping(event), after: grouping(event, ignored), same_issue: !ignored, scrubbed: {}, payload };
}

function discarded({ store }) {
  const rows = store.issues.length ? Array.from({ length: 9 }, (_, d) => [['ratelimit_backoff', 'error', 400 - d * 33], ['sample_rate', 'transaction', 900 + d * 20], ['queue_overflow', 'log_item', d * 12]].map(([reason, category, quantity]) => ({ day_ns: ns(Math.floor(store.nowMs / DAY - d) * DAY), project: 1, category, reason, quantity }))).flat() : [];
  return { discarded: rows, total: rows.reduce((n, r) => n + r.quantity, 0) };
}

function feedback({ store, params }) {
  const one = (id, more) => ({ id, feedback_id: 'f', created_ns: ns(store.nowMs - id * 60_000), event_id: '', issue_id: null, name: '', email: '', url: '', source: 'widget', message: '', ...more });
  const of = store.issues.length ? [one(2, { name: 'Ada', email: 'ada@example.com', message: 'The cart forgets what I put in when I sign in.', url: 'http://shop.example/cart/' }), one(1, { name: 'Grace', message: 'I pressed Pay and then the page was white.', issue_id: 12, event_id: store.issues.find((i) => i.id === 12).events[0].event_id })] : [];
  return { feedback: of.filter((f) => !params.has('before') || f.id < Number(params.get('before'))) };
}

export const projectRoutes = [
  ['GET', 'projects/1/rules', ({ store }) => rulesOf(store)],
  ['PUT', 'projects/1/rules', ({ store, body: { keep_issues: _keep, ...rules } }) => {
    check(rules);
    return Object.assign(rulesOf(store), rules);
  }],
  ['POST', 'projects/1/rules/try', attempt],
  ['GET', 'discarded', discarded],
  ['GET', 'feedback', feedback],
];

/** /monitors of the mock: a job that is well, one that fails, one that was missed, one that hangs, one that is late. */
import { Fail } from './fail.mjs';
import { ns, randomOf } from './random.mjs';

const MINUTE = 60_000;

const DEFS = [
  { id: 1, slug: 'nightly-import', schedule: { type: 'crontab', crontab: '0 3 * * *' }, every: 1440, seconds: 320 },
  { id: 2, slug: 'send-mails', schedule: { type: 'interval', value: 5, unit: 'minute' }, every: 5, seconds: 3, last: ['error', 'error'] },
  { id: 3, slug: 'stock-check', schedule: { type: 'crontab', crontab: '*/10 * * * *' }, every: 10, seconds: 2, last: ['missed'], staging: true },
  { id: 4, slug: 'reports', schedule: { type: 'crontab', crontab: '15 * * * MON-FRI' }, every: 60, seconds: 40, last: ['timeout'] },
  { id: 5, slug: 'sitemap', schedule: { type: 'crontab', crontab: '0 * * * *' }, every: 60, seconds: 9, late: true },
];
const FAILED = new Set(['error', 'missed', 'timeout']);

function monitorsOf(store) {
  if (!store.issues.length) return [];
  return DEFS.map((def) => {
    const failing = FAILED.has(def.last?.[0]);
    const environment = (name, bad) => ({
      environment: name,
      status: bad ? 'error' : 'ok',
      last_check_in_ns: ns(store.nowMs - (def.every * MINUTE) / 2),
      expected_ns: ns(store.nowMs + (def.late ? -90_000 : (def.every * MINUTE) / 2)),
      failures: bad ? def.last.length : 0,
      failing_since_ns: bad ? ns(store.nowMs - def.last.length * def.every * MINUTE) : null,
      failing_event_id: bad ? (store.issues[0]?.events[0].event_id ?? '') : '',
    });
    return {
      id: def.id,
      project: 1,
      slug: def.slug,
      status: failing ? 'error' : 'ok',
      muted: !!store.muted?.has(def.id),
      schedule: def.schedule,
      time_zone: 'Europe/Berlin',
      margin_minutes: 5,
      max_runtime_minutes: 30,
      failure_threshold: 1,
      recovery_threshold: 1,
      created_ns: ns(store.nowMs - 40 * 1440 * MINUTE),
      environments: [environment('production', failing), ...(def.staging ? [environment('staging', false)] : [])],
    };
  }).filter((m) => !store.gone?.has(m.id));
}

function checkIns({ store, params, m }) {
  const def = DEFS.find((d) => d.id === Number(m[1]));
  const r = randomOf(def.id * 31);
  const limit = Number(params.get('limit') ?? 100);
  const days = { '24h': 1, '7d': 7, '14d': 14, '30d': 30, '90d': 90 }[/^now-(\w+)$/.exec(params.get('start') ?? '')?.[1]] ?? 30;
  const all = Math.floor((days * 1440) / def.every);
  const rows = Array.from({ length: Math.min(all, limit) }, (_, i) => {
    const at = store.nowMs - (i + 0.5) * def.every * MINUTE;
    const status = def.last?.[i] ?? (r.next() < 0.02 ? 'error' : 'ok');
    const late = r.next() < 0.1 ? r.int(5, 200) : 0;
    return {
      id: r.hex(32),
      environment: 'production',
      status,
      added_ns: ns(at),
      updated_ns: ns(at + 1000),
      expected_ns: ns(at - late * 1000),
      late_ns: String(late * 1e9),
      duration_ns: status === 'missed' ? null : String(Math.round(def.seconds * (0.7 + r.next()) * 1e9)),
      release: status === 'missed' ? '' : 'shop@1.5.0',
      trace_id: i % 3 || status === 'missed' ? '' : r.hex(32),
    };
  });
  return { check_ins: params.get('environment') === 'staging' ? [] : rows, has_more: all > limit };
}

function monitorOf(store, id) {
  const found = monitorsOf(store).find((x) => x.id === Number(id));
  if (!found) throw new Fail(404, 'not_found', 'no such monitor');
  return found;
}

export const monitorRoutes = [
  ['GET', 'monitors', ({ store }) => ({ monitors: monitorsOf(store) })],
  ['GET', 'monitors/(\\d+)', ({ store, m }) => monitorOf(store, m[1])],
  ['GET', 'monitors/(\\d+)/check_ins', checkIns],
  ['PUT', 'monitors/(\\d+)', ({ store, m, body }) => {
    store.muted ??= new Set();
    store.muted[body.muted ? 'add' : 'delete'](Number(m[1]));
    return monitorOf(store, m[1]);
  }],
  ['DELETE', 'monitors/(\\d+)', ({ store, m }) => void (store.gone ??= new Set()).add(Number(m[1]))],
];

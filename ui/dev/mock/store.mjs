/** All data of the mock server, made at its start and growing while it runs. */
import { CRUMBS, ISSUES, MODULES } from '../fixtures/issues.mjs';
import { ns, randomOf } from './random.mjs';
import { history, requestAt } from './traffic.mjs';

export class Store {
  constructor({ nowMs = Date.now(), hours = 3, empty = false } = {}) {
    this.nowMs = nowMs;
    this.startedMs = nowMs - 9_400_000;
    this.requests = empty ? [] : history(nowMs, hours);
    this.logs = this.requests.flatMap((q) => q.lines).sort((a, b) => (BigInt(a.time_ns) < BigInt(b.time_ns) ? -1 : 1));
    this.byTrace = new Map(this.requests.map((q) => [q.traceId, q]));
    this.byRequest = new Map(this.requests.map((q) => [q.id, q]));
    this.issues = empty ? [] : ISSUES.map((def) => this.makeIssue(def));
    this.events = new Map(this.issues.flatMap((i) => i.events.map((e) => [e.event_id, e])));
    /** Error events since the start: what a tail goes on from. */
    this.arrived = 0;
    this.feedback = empty ? [] : this.feedbackOf(12);
    this.attachments = empty ? [] : this.attachmentsOf(12);
    this.views = [];
    this.rejected = empty ? [] : rejectedOf(nowMs);
    this.tokens = empty ? [] : [{ id: 1, name: 'grafana', scopes: ['read'], created_ns: ns(nowMs - 8.64e8), last_used_ns: ns(nowMs - 42_000) }];
    this.signals = empty ? { errors: 0, traces: 0, metrics: 0, logs: 0 } : { errors: 276, traces: 48_211, metrics: 1_904_220, logs: this.logs.length };
    this.live = 0;
  }

  /** One more request, as if it had just come in. */
  grow(nowMs = Date.now()) {
    const q = requestAt(900_000 + this.live++, nowMs - 120);
    this.requests.push(q);
    this.byTrace.set(q.traceId, q);
    this.byRequest.set(q.id, q);
    this.logs.push(...q.lines.sort((a, b) => (BigInt(a.time_ns) < BigInt(b.time_ns) ? -1 : 1)));
  }

  makeIssue(def) {
    const r = randomOf(def.id * 104729);
    const failing = this.requests.filter((q) => q.failed && q.route.event === 'checkout_started');
    const own = def.id === 12 ? failing.slice(-40) : [];
    const times = own.length ? own.map((q) => q.atMs + q.ms * 0.86) : spread(this.nowMs, def, r);
    const events = times.sort((a, b) => b - a).map((at, n) => this.makeEvent(def, at, own.find((q) => Math.abs(q.atMs + q.ms * 0.86 - at) < 1), r, n));
    const step = 3_600_000;
    const start = this.nowMs - 24 * step;
    const counts = Array.from({ length: 24 }, (_, h) => (h < 24 - def.ageHours ? 0 : Math.max(0, Math.round((def.weight / 24) * (0.4 + r.next() * 1.6) * (h > 20 && def.id === 12 ? 3 : 1)))));
    return {
      id: def.id,
      short_id: `DEFAULT-${def.id}`,
      title: def.title ?? `${def.type}: ${def.value}`,
      type: def.type,
      value: def.value,
      culprit: def.culprit,
      level: def.level,
      platform: 'python',
      ...stateOf(def, this.nowMs),
      merged_into: null,
      first_seen_ns: ns(this.nowMs - def.ageHours * 3_600_000),
      last_seen_ns: events[0].time_ns,
      count: def.weight * 7 + events.length,
      users: def.users,
      users_estimated: def.users > 5000,
      environments: [{ environment: 'production', count: def.weight * 7 }],
      project: 'default',
      first_release: def.ageHours > 24 ? '9f8c2ab4d1e07c3355a6be21f0d94c7781e5aa30' : '4f2c91e0b7a85d6e1c30f2a49be7715d08c3d9aa',
      last_release: '4f2c91e0b7a85d6e1c30f2a49be7715d08c3d9aa',
      releases: [
        { release: '4f2c91e0b7a85d6e1c30f2a49be7715d08c3d9aa', count: def.weight * 5 },
        ...(def.ageHours > 24 ? [{ release: '9f8c2ab4d1e07c3355a6be21f0d94c7781e5aa30', count: def.weight * 2 }] : []),
      ],
      trend: { start_ns: ns(start), step_ns: ns(step), counts },
      events,
    };
  }

  feedbackOf(id) {
    const event = this.issues.find((i) => i.id === id).events[1];
    return [{ id: 1, feedback_id: 'f'.repeat(32), created_ns: ns(Number(BigInt(event.time_ns) / 1_000_000n) + 20_000), event_id: event.event_id, issue_id: id, name: 'Ann Olsen', email: 'ann@example.com', message: 'I chose express to Norway, and then it said that something went wrong.\nMy basket is empty now.', url: 'http://shop.example/checkout/', source: 'user_report' }];
  }

  attachmentsOf(id) {
    const event = this.issues.find((i) => i.id === id).events[0];
    const file = (n, name, content_type, bytes, kind = 'attachment') => ({ id: String(n).repeat(32), kind, event_id: event.event_id, name, content_type, attachment_type: 'event.attachment', bytes, created_ns: event.time_ns });
    return [file(1, 'requests.log', 'text/plain', 4812), file(2, 'screenshot.png', 'image/png', 218_344), file(3, 'profile', 'application/json', 91_220, 'profile')];
  }

  makeEvent(def, at, q, r, n) {
    const user = def.users ? { id: String(r.int(1, 60)) } : null;
    const event = {
      event_id: r.hex(32),
      issue_id: def.id,
      time_ns: ns(at),
      received_ns: ns(at + 180),
      level: def.level,
      platform: 'python',
      release: '4f2c91e0b7a85d6e1c30f2a49be7715d08c3d9aa',
      environment: 'production',
      transaction: def.culprit,
      server_name: 'web-1',
      logger: def.message ? 'shop.tasks' : null,
      message: def.message ?? null,
      title: def.title ?? `${def.type}: ${def.value}`,
      exceptions: def.exceptions,
      breadcrumbs: CRUMBS.map(({ ms, ...c }) => ({ ...c, time_ns: ns(at - ms) })),
      tags: [['environment', 'production'], ['handled', 'no'], ['runtime', 'CPython 3.11.2'], ['server_name', 'web-1'], ['payment_method', 'card']],
      contexts: {
        trace: { trace_id: q?.traceId ?? r.hex(32), span_id: q?.spans[0].span_id ?? r.hex(16), op: 'http.server', origin: 'auto.http.django' },
        runtime: { name: 'CPython', version: '3.11.2', build: '3.11.2 (main) [GCC 12.2.0]' },
      },
      request: def.path && {
        method: def.method,
        url: `http://shop.example${def.path}`,
        query_string: '',
        headers: { Host: 'shop.example', 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64)', Accept: 'text/html', Cookie: '[Filtered]', Authorization: '[Filtered]' },
        data: def.method === 'POST' ? { order: '4711', speed: 'express', email: 'c1@example.com', password: '[Filtered]', credit_card: '[Filtered]' } : null,
      },
      user,
      sdk: { name: 'sentry.python.django', version: '2.75.0' },
      modules: MODULES,
      extra: { 'sys.argv': ['/srv/app/venv/bin/gunicorn', '-c', 'gunicorn.conf.py', 'djzen.wsgi'] },
      trace_id: q?.traceId ?? null,
      span_id: q?.spans[0].span_id ?? null,
      request_id: q?.id ?? null,
      scrubbed: def.method === 'POST' ? { 'request.data.credit_card': 1, 'request.data.password': 1, 'request.headers.Authorization': 1, 'request.headers.Cookie': 2 } : {},
      payload: null,
      previous_event_id: null,
      next_event_id: null,
      number: n,
    };
    event.payload = { event_id: event.event_id, level: event.level, exception: { values: def.exceptions.map((e) => ({ type: e.type, value: e.value })) }, contexts: event.contexts, tags: Object.fromEntries(event.tags) };
    return event;
  }
}

const NO_STATE = { status: 'unresolved', substatus: 'ongoing', status_time_ns: '0', status_by: '', resolution: null, archive: null, assignee: null, activity: [] };

/** Some are new, one came back, one is resolved. */
function stateOf(def, nowMs) {
  const at = (hours) => ns(nowMs - hours * 3_600_000);
  const done = (id, kind, hours, more = {}) => ({ id, kind, time_ns: at(hours), by: 'ann@example.com', by_kind: 'user', text: '', release: '', resolution: null, archive: null, assignee: null, issue: null, edited_ns: null, ...more });
  const ann = { id: 2, email: 'ann@example.com' };
  if (def.id === 12) return { ...NO_STATE, substatus: 'new', activity: [] };
  if (def.id === 3) {
    const resolution = { kind: 'release', release: 'shop@1.4.2' };
    return { ...NO_STATE, status: 'resolved', substatus: '', status_time_ns: at(30), status_by: ann.email, resolution, activity: [done(1, 'resolved', 30, { resolution })] };
  }
  if (def.id === 9) {
    const activity = [
      done(4, 'regressed', 20, { by: '', by_kind: 'system', release: 'shop@1.5.0' }),
      done(3, 'comment', 44, { text: 'The rates service was slow since the new node came.\nThe time limit is 5 s from now on.' }),
      done(2, 'resolved', 45, { resolution: { kind: 'next_release', release: 'shop@1.4.2' } }),
      done(1, 'assigned', 46, { assignee: ann }),
    ];
    return { ...NO_STATE, substatus: 'regressed', assignee: ann, activity };
  }
  return { ...NO_STATE, substatus: def.ageHours < 168 ? 'new' : 'ongoing', activity: [] };
}

function spread(nowMs, def, r) {
  const n = Math.min(60, def.weight);
  return Array.from({ length: n }, () => nowMs - r.next() ** 2 * Math.min(def.ageHours, 2) * 3_600_000 - 20_000);
}

function rejectedOf(nowMs) {
  const at = (s) => ns(nowMs - s * 1000);
  return [
    { time_ns: at(14), protocol: 'sentry', reason: 'unknown_key', detail: 'no project takes the key 4b0e…; the DSN of project 1 has 4b0f…', count: 1, peer: '127.0.0.1' },
    { time_ns: at(75), protocol: 'otlp', reason: 'timestamp_out_of_range', detail: 'span "GET /" ends 1970-01-01T00:00:00Z: the clock of host web-2 is not set', count: 12, peer: '10.0.0.14' },
    { time_ns: at(310), protocol: 'loki', reason: 'bad_json', detail: 'line 3, column 118: a string is not closed', count: 1, peer: '10.0.0.9' },
    { time_ns: at(1900), protocol: 'scrape', reason: 'not_metrics', detail: 'http://127.0.0.1:8001/metrics/ answered text/html', count: 1, peer: '127.0.0.1' },
  ];
}

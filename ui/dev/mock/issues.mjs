/** Issues of the mock: searched a little, changed for real, with history, comments, merging and what comes beside events. */
import { RELEASES } from '../fixtures/releases.mjs';
import { explain } from '../fixtures/grouping.mjs';
import { Fail } from './fail.mjs';
import { ns } from './random.mjs';

const ME = { id: 1, email: 'admin' };
const USERS = [ME, { id: 2, email: 'ann@example.com' }, { id: 3, email: 'bo@example.com' }];
const IS = ['unresolved', 'resolved', 'archived', 'ignored', 'new', 'ongoing', 'regressed', 'escalating', 'unassigned', 'assigned'];

export const issueOf = (store, id) => {
  const i = store.issues.find((x) => x.id === Number(id));
  if (!i) throw new Fail(404, 'not_found', `there is no issue ${id}`);
  return i;
};

const membersOf = (store, issue) => [issue, ...store.issues.filter((i) => i.merged_into === issue.id)];
const sum = (list) => list.reduce((a, b) => a + b, 0);

/** With what was merged into it. */
export function publicIssue(store, issue) {
  const { events: _events, activity: _activity, ...own } = issue;
  const all = membersOf(store, issue);
  return { ...own, count: sum(all.map((i) => i.count)), users: Math.max(...all.map((i) => i.users)), last_seen_ns: all.map((i) => i.last_seen_ns).sort().at(-1) };
}

export function publicEvent(store, e) {
  const list = store.issues.find((i) => i.id === e.issue_id).events;
  const at = list.indexOf(e);
  const { number: _number, ...rest } = e;
  return { ...rest, previous_event_id: list[at + 1]?.event_id ?? null, next_event_id: list[at - 1]?.event_id ?? null };
}

function note(issue, kind, more = {}) {
  const id = Math.max(0, ...issue.activity.map((a) => a.id)) + 1;
  const entry = { id, kind, time_ns: ns(Date.now()), by: ME.email, by_kind: 'user', text: '', release: '', resolution: null, archive: null, assignee: null, issue: null, edited_ns: null, ...more };
  issue.activity.unshift(entry);
  return entry;
}

function change(store, issue, body) {
  if (body.assignee !== undefined) {
    const name = body.assignee === 'me' ? ME.email : body.assignee;
    const user = USERS.find((u) => u.email === name) ?? null;
    if (name && !user) throw new Fail(400, 'invalid_argument', `no user "${name}"`);
    issue.assignee = user;
    note(issue, user ? 'assigned' : 'unassigned', { assignee: user });
  }
  if (!body.status) return;
  Object.assign(issue, { status: body.status, substatus: body.status === 'unresolved' ? 'ongoing' : '', resolution: null, archive: null, status_by: body.status === 'unresolved' ? '' : ME.email, status_time_ns: ns(Date.now()) });
  if (body.status === 'resolved') {
    const kind = body.resolution ?? 'now';
    issue.resolution = { kind, release: kind === 'release' ? body.release : kind === 'next_release' ? RELEASES[0].version : '' };
  } else if (body.status === 'ignored') {
    const days = Number(/^now\+(\d+)d$/.exec(body.archive_until ?? '')?.[1] ?? 0);
    issue.archive = { for_ever: !body.archive_until && !body.archive_events && !body.archive_users, until_ns: days ? ns(Date.now() + days * 8.64e7) : null, events: body.archive_events ?? 0, users: body.archive_users ?? 0 };
  }
  note(issue, { unresolved: 'unresolved', resolved: 'resolved', ignored: 'archived' }[body.status], { resolution: issue.resolution, archive: issue.archive });
}

/** A new event of an issue, as the server takes it: a resolved one comes back. */
export function arrive(store, id) {
  const issue = issueOf(store, id);
  const event = { ...issue.events[0], event_id: `${'e'.repeat(24)}${String(store.events.size).padStart(8, '0')}`, time_ns: ns(Date.now()), received_ns: ns(Date.now()) };
  issue.events.unshift(event);
  store.events.set(event.event_id, event);
  store.arrived++;
  Object.assign(issue, { count: issue.count + 1, last_seen_ns: event.time_ns });
  if (issue.status === 'resolved') {
    Object.assign(issue, { status: 'unresolved', substatus: 'regressed', resolution: null, status_by: '' });
    note(issue, 'regressed', { by: '', by_kind: 'system', release: RELEASES[0].version });
  }
  return event;
}

const msOf = (t) => Number(BigInt(t) / 1000n) / 1000;
const seconds = (text) => (/^[\d.]+$/.test(text ?? '') ? Number(text) * 1000 : 0);

/** `is:`, `assigned:`, `level:`, `times_seen:>n` and words; an `is:` that is none is wrong at its place. */
function searched(query) {
  const tests = [];
  for (const m of query.matchAll(/(-|!)?(?:([\w.]+):)?("[^"]*"|\S+)/g)) {
    const [, not, key, value] = m;
    const at = m.index + m[0].length - value.length;
    let test;
    if (key === 'is') {
      if (!IS.includes(value)) throw new Fail(400, 'invalid_argument', `column ${[...query.slice(0, at)].length + 1}: expected one of ${IS.join(', ')} after "is:", got "${value}"`);
      test = (i) => i.status === value || i.substatus === value || (value === 'archived' && i.status === 'ignored') || (value === 'assigned' && !!i.assignee) || (value === 'unassigned' && !i.assignee);
    } else if (key === 'assigned') test = (i) => (value === 'none' ? !i.assignee : i.assignee?.email === (value === 'me' ? ME.email : value));
    else if (key === 'level') test = (i) => i.level === value;
    else if (key === 'times_seen') test = (i) => i.count > Number(value.slice(1));
    else if (key) test = (i) => i.events.some((e) => e.tags.some(([k, v]) => k === key && v === value));
    else test = (i) => `${i.title} ${i.culprit}`.toLowerCase().includes(value.replaceAll('"', '').toLowerCase());
    tests.push(not ? (i) => !test(i) : test);
  }
  return (i) => tests.every((t) => t(i));
}

function list({ store, params }) {
  const query = params.get('query') ?? '';
  const test = searched(query);
  const says = /(^|\s)[-!]?is:(unresolved|resolved|archived|ignored|new|ongoing|regressed|escalating)/.test(query);
  const want = params.get('status') ?? (says ? 'all' : 'unresolved');
  const from = seconds(params.get('start'));
  const order = { last_seen: (i) => i.last_seen_ns, first_seen: (i) => i.first_seen_ns, count: (i) => String(i.count).padStart(20, '0'), users: (i) => String(i.users).padStart(20, '0') }[params.get('sort') ?? 'last_seen'];
  const found = store.issues
    .filter((i) => !i.merged_into)
    .filter((i) => (want === 'all' || i.status === want) && test(i))
    .map((i) => publicIssue(store, i))
    .filter((i) => msOf(i.last_seen_ns) >= from)
    .sort((a, b) => (order(a) < order(b) ? 1 : -1));
  const offset = Number(params.get('offset') ?? 0);
  return { issues: found.slice(offset, offset + Number(params.get('limit') ?? 50)), total: found.length };
}

function eventsOf({ store, m, params }) {
  const before = params.get('before_ns');
  const events = membersOf(store, issueOf(store, m[1])).flatMap((i) => i.events).sort((a, b) => (a.time_ns < b.time_ns ? 1 : -1));
  return {
    events: events
      .filter((e) => !before || BigInt(e.time_ns) < BigInt(before))
      .slice(0, Number(params.get('limit') ?? 50))
      .map((e) => ({ event_id: e.event_id, time_ns: e.time_ns, title: e.title, release: e.release, environment: e.environment, transaction: e.transaction, trace_id: e.trace_id, user: e.user && `id ${e.user.id}`, thinned: !!e.thinned })),
    warnings: [],
  };
}

function tagsOf({ store, m }) {
  const { count } = publicIssue(store, issueOf(store, m[1]));
  const facet = (key, ...values) => ({ key, events: sum(values.map(([, n]) => n)), other: 0, values: values.map(([value, n]) => ({ value, count: n })) });
  const card = Math.max(1, count - 20);
  return {
    tags: [
      facet('release', ['4f2c91e0b7a85d6e1c30f2a49be7715d08c3d9aa', count]),
      facet('environment', ['production', count - 3], ['staging', 3]),
      facet('server_name', ['web-1', Math.ceil(count * 0.6)], ['web-2', Math.floor(count * 0.4)]),
      { ...facet('payment_method', ['card', card]), events: Math.min(count, card + 6), other: Math.min(count - card, 6) },
    ],
    total: count,
    warnings: [],
  };
}

function overTime({ store, m, params }) {
  const issue = issueOf(store, m[1]);
  const [n, step] = params.get('step') === 'day' ? [30, 8.64e7] : [24, 3.6e6];
  const counts = Array.from({ length: n }, (_, k) => (k === n - 1 ? sum(issue.trend.counts) : k > n - 5 ? Math.round(issue.count / 9) : 0));
  return { start_ns: ns(Date.now() - n * step), step_ns: ns(step), counts, users: counts.map((c) => Math.min(c, issue.users)), users_estimated: issue.users_estimated, warnings: [] };
}

function merge({ store, body }) {
  const into = issueOf(store, body.into);
  for (const id of body.ids) {
    issueOf(store, id).merged_into = into.id;
    note(into, 'merged', { issue: id });
  }
  return publicIssue(store, into);
}

function unmerge({ store, m }) {
  const issue = issueOf(store, m[1]);
  if (!issue.merged_into) throw new Fail(400, 'invalid_argument', 'the issue is not part of another');
  note(issueOf(store, issue.merged_into), 'unmerged', { issue: issue.id });
  issue.merged_into = null;
  return publicIssue(store, issue);
}

function remove(store, ids) {
  const gone = ids.map((id) => issueOf(store, id)).flatMap((i) => membersOf(store, i));
  store.issues = store.issues.filter((i) => !gone.includes(i));
}

const commentOf = (issue, id) => {
  const entry = issue.activity.find((a) => a.id === Number(id) && a.kind === 'comment');
  if (!entry) throw new Fail(404, 'not_found', 'no such comment');
  return entry;
};

const eventOf = (store, id) => {
  const e = store.events.get(id);
  if (!e) throw new Fail(404, 'not_found', `there is no event ${id}`);
  return e;
};

/** Whether error events came since the cursor: what pages ask that follow them. */
function tail({ store, params }) {
  const after = params.get('cursor');
  const came = after !== null && store.arrived > Number(after);
  return { rows: came ? [{ dataset: 'errors', time_ns: ns(Date.now()), seq: String(store.arrived), fields: {} }] : [], cursor: String(store.arrived), partial: false, warnings: [] };
}

const ID = 'issues/(\\d+)';

export const issueRoutes = [
  ['GET', 'issues', list],
  ['PUT', 'issues', ({ store, body }) => (body.ids.map((id) => issueOf(store, id)).forEach((i) => change(store, i, body)), { updated: body.ids.length })],
  ['DELETE', 'issues', ({ store, body }) => (remove(store, body.ids), { deleted: body.ids.length })],
  ['POST', 'issues/merge', merge],
  ['POST', `${ID}/unmerge`, unmerge],
  ['GET', ID, ({ store, m }) => publicIssue(store, issueOf(store, m[1]))],
  ['PUT', ID, ({ store, m, body }) => (change(store, issueOf(store, m[1]), body), publicIssue(store, issueOf(store, m[1])))],
  ['GET', `${ID}/events`, eventsOf],
  ['GET', `${ID}/events/latest`, ({ store, m }) => publicEvent(store, issueOf(store, m[1]).events[0])],
  ['GET', `${ID}/events/oldest`, ({ store, m }) => publicEvent(store, issueOf(store, m[1]).events.at(-1))],
  ['GET', `${ID}/tags`, tagsOf],
  ['GET', `${ID}/over_time`, overTime],
  ['GET', `${ID}/merged`, ({ store, m }) => ({ merged: membersOf(store, issueOf(store, m[1])).slice(1).map(({ id, short_id, title, culprit, count, users, merged_into, first_seen_ns, last_seen_ns }) => ({ id, short_id, title, culprit, count, users, merged_into, first_seen_ns, last_seen_ns })) })],
  ['GET', `${ID}/hashes`, ({ store, m }) => ({ hashes: membersOf(store, issueOf(store, m[1])).flatMap((i) => explain(i.events[0]).hashes) })],
  ['GET', `${ID}/activity`, ({ store, m, params }) => ({ activity: issueOf(store, m[1]).activity.slice(0, Number(params.get('limit') ?? 100)) })],
  ['POST', `${ID}/comments`, ({ store, m, body }) => note(issueOf(store, m[1]), 'comment', { text: body.text })],
  ['PUT', `${ID}/comments/(\\d+)`, ({ store, m, body }) => Object.assign(commentOf(issueOf(store, m[1]), m[2]), { text: body.text, edited_ns: ns(Date.now()) })],
  ['DELETE', `${ID}/comments/(\\d+)`, ({ store, m }) => {
    const issue = issueOf(store, m[1]);
    const entry = commentOf(issue, m[2]);
    issue.activity = issue.activity.filter((a) => a !== entry);
  }],
  ['GET', `${ID}/feedback`, ({ store, m }) => ({ feedback: store.feedback.filter((f) => f.issue_id === Number(m[1])) })],
  ['GET', 'assignees', () => ({ users: USERS })],
  ['GET', 'events/(\\w+)', ({ store, m }) => publicEvent(store, eventOf(store, m[1]))],
  ['GET', 'events/(\\w+)/grouping', ({ store, m }) => {
    const e = eventOf(store, m[1]);
    if (e.thinned) throw new Fail(404, 'not_found', 'the event was one of a flood and is stored without its payload');
    return explain(e);
  }],
  ['GET', 'events/(\\w+)/attachments', ({ store, m }) => ({ attachments: store.attachments.filter((a) => a.event_id === eventOf(store, m[1]).event_id) })],
  ['GET', 'tail', tail],
];

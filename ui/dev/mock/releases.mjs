/** /releases of the mock: health made of a seeded generator, the same at every start. */
import { COMMITS, RELEASES, ROUTES } from '../fixtures/releases.mjs';
import { Fail } from './fail.mjs';
import { ns, randomOf } from './random.mjs';

const HOUR = 3_600_000;
const PERIOD = { '24h': 24, '7d': 168, '14d': 336, '30d': 720, '90d': 2160, '1h': 1 };
const hoursOf = (params, usual) => PERIOD[/^now-(\w+)$/.exec(params.get('start') ?? '')?.[1]] ?? usual;

function health(sessions, crashed, users) {
  const crashedUsers = Math.min(users, Math.round(crashed * 0.7));
  return {
    sessions,
    errored: Math.round(crashed * 1.6),
    crashed,
    abnormal: 0,
    crash_free_sessions: sessions ? 1 - crashed / sessions : null,
    users,
    crashed_users: crashedUsers,
    users_exact: users < 2000,
    crash_free_users: users ? 1 - crashedUsers / users : null,
  };
}

function healthIn(def, hours, share = 1) {
  const sessions = Math.round(def.sessions * Math.min(hours, def.ageHours) * share);
  return health(sessions, Math.round(sessions * def.crash), Math.round(sessions / 3));
}

const shareOf = (environment) => ({ production: 0.8, staging: 0.2 })[environment] ?? (environment ? 0 : 1);

function facts(store, def, hours, environment) {
  const all = RELEASES.reduce((n, r) => n + healthIn(r, 24).sessions, 0);
  const at = (h) => ns(store.nowMs - h * HOUR);
  const deploy = { id: 1, environment: 'production', name: 'blue', url: '', started_ns: at(def.ageHours - 1.1), finished_ns: at(def.ageHours - 1) };
  return {
    version: def.version,
    first_seen_ns: at(def.ageHours),
    last_seen_ns: at(def.sessions ? 0.01 : 100),
    started_ns: null,
    released_ns: def.released ? at(def.ageHours - 1) : null,
    ref: def.commits ? 'main' : '',
    url: def.commits ? 'https://ci.example/builds/812' : '',
    archived: false,
    events: Math.round(def.crash * 9000),
    new_issues: issuesOf(store, def).length,
    commit_count: def.commits ? COMMITS.length : 0,
    deploy_count: def.released ? 1 : 0,
    last_commit: def.commits ? COMMITS[0].id : '',
    last_deploy: def.released ? deploy : null,
    health: { ...healthIn(def, hours, shareOf(environment)), adoption: all ? healthIn(def, 24).sessions / all : null },
  };
}

const publicIssue = ({ events: _events, ...issue }) => issue;

function issuesOf(store, def) {
  const own = store.issues.filter((i) => i.status === 'unresolved');
  return def === RELEASES[0] ? own.slice(0, 2).map(publicIssue) : def === RELEASES[1] ? own.slice(2, 3).map(publicIssue) : [];
}

function list({ store, params }) {
  const hours = hoursOf(params, 24);
  const environment = params.get('environment') ?? '';
  const key = { crash_free_sessions: (r) => r.health.crash_free_sessions ?? 2, adoption: (r) => -r.health.adoption, sessions: (r) => -r.health.sessions }[params.get('sort')];
  const of = store.issues.length ? RELEASES : [];
  const found = of.filter((d) => d.version.includes((params.get('query') ?? '').toLowerCase())).map((d) => facts(store, d, hours, environment));
  if (key) found.sort((a, b) => key(a) - key(b));
  return { total: found.length, releases: found, warnings: [] };
}

function known(version) {
  const def = RELEASES.find((d) => d.version === version);
  if (!def) throw new Fail(404, 'not_found', `there is no release ${version}`);
  return def;
}

function detail({ store, params, m }) {
  const def = known(decodeURIComponent(m[1]));
  const hours = hoursOf(params, 336);
  const environment = params.get('environment') ?? '';
  const steps = 48;
  const step = (hours * HOUR) / steps;
  const start = store.nowMs - hours * HOUR;
  const r = randomOf(def.ageHours);
  const series = Array.from({ length: steps }, (_, i) => {
    const at = start + i * step;
    const n = at < store.nowMs - def.ageHours * HOUR ? 0 : Math.round(def.sessions * (step / HOUR) * (0.6 + r.next() * 0.8));
    return { time_ns: ns(at), ...health(n, Math.round(n * def.crash * (0.3 + r.next() * 1.4)), Math.round(n / 3)) };
  }).filter((p) => p.sessions);
  return {
    ...facts(store, def, hours, environment),
    start_ns: ns(start),
    end_ns: ns(store.nowMs),
    step_ns: ns(step),
    series,
    environments: def.sessions ? ['production', 'staging'].map((e) => ({ environment: e, ...healthIn(def, hours, shareOf(e)) })) : [],
    new_issue_list: issuesOf(store, def),
    regressed_issue_list: def === RELEASES[0] ? store.issues.filter((i) => i.status === 'unresolved').slice(3, 4).map(publicIssue) : [],
    commits: def.commits ? COMMITS.map(({ hours: h, ...c }) => ({ ...c, time_ns: ns(store.nowMs - h * HOUR) })) : [],
    deploys: def.released ? [facts(store, def, hours, environment).last_deploy] : [],
    warnings: [],
  };
}

function compare({ store, params }) {
  const [base, release] = ['base', 'release'].map((p) => known(params.get(p)));
  const hours = hoursOf(params, 336);
  const environment = params.get('environment') ?? '';
  const latency = (def, [, , p50, p95]) => ({ count: 240, p50_ms: p50 * def.slower, p95_ms: p95 * def.slower });
  const grew = release.slower / base.slower - 1;
  const slower = grew >= 0.2 ? ROUTES.slice(0, 2).map((r) => ({ service: 'djzen', method: r[1], route: r[0], base: latency(base, r), release: latency(release, r), p50_change: grew, p95_change: grew })) : [];
  return {
    base: facts(store, base, hours, environment),
    release: facts(store, release, hours, environment),
    new_issues: issuesOf(store, release),
    gone_issues: issuesOf(store, base),
    compared_routes: base.sessions && release.sessions ? ROUTES.length : 0,
    slower,
    warnings: [],
  };
}

export const releaseRoutes = [
  ['GET', 'releases', list],
  ['GET', 'releases/compare', compare],
  ['GET', 'releases/([^/]+)', detail],
];

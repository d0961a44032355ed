/**
 * A stand-in for the server during development of the UI: serves ui/dist under the real Content-Security-Policy and
 * answers /api/app with made-up data.
 *
 *   node dev/mock.mjs [--port 8799] [--empty]
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { routes, tailRows } from './mock/api.mjs';
import { Fail } from './mock/fail.mjs';
import { arrive } from './mock/issues.mjs';
import { pipesOf } from './mock/pipes.mjs';
import { Store } from './mock/store.mjs';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
export const CSP = "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json', '.txt': 'text/plain; charset=utf-8' };
const ONE_TIME = 'one-time-token';
const CSRF = 'csrf-of-the-mock';

const compiled = routes.map(([method, pattern, handler]) => ({ method, pattern: new RegExp(`^${pattern}$`), handler }));

/** State of one running mock; tests reach into it to make things happen. */
export async function startMock({ port = 0, empty = false, signedIn = false, grow = false, hours = 3 } = {}) {
  const state = {
    store: new Store({ empty, hours }),
    session: signedIn,
    password: 'correct horse',
    tokenUsed: false,
    mustSetPassword: !signedIn,
    /** path -> {status, body}: answers that take the place of the real ones. */
    override: new Map(),
    requests: [],
    /** Open live tails; `drop(n)` tells each that n records were left out. */
    tails: new Set(),
    /** One more error event of an issue. */
    arrive: (id) => arrive(store, id),
    drop: (n) => state.tails.forEach((t) => t.event('dropped', { count: n, exact: true, dataset: 'logs' }, store.logs.length)),
  };
  const { store } = state;
  const server = createServer((req, res) => void handle(state, req, res));
  await new Promise((done) => server.listen(port, '127.0.0.1', done));
  const timer = grow ? setInterval(() => state.store.grow(), 700) : null;
  const url = `http://127.0.0.1:${server.address().port}`;
  const close = async () => {
    clearInterval(timer);
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return { url, state, close, link: `${url}/signin?token=${ONE_TIME}` };
}

async function handle(state, req, res) {
  const url = new URL(req.url, `http://${req.headers.host}`);
  try {
    if (url.pathname.startsWith('/api/app/')) await api(state, req, res, url);
    else await asset(res, url.pathname);
  } catch (e) {
    const status = e instanceof Fail ? e.status : 500;
    const body = e.prom ? { status: 'error', errorType: e.code, error: e.message } : { error: { code: e.code ?? 'internal', message: e.message, position: e.position } };
    if (status === 500) console.error(e);
    send(res, status, body);
  }
}

function send(res, status, body, headers = {}) {
  if (status === 204) return res.writeHead(204, headers).end();
  return res.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers }).end(JSON.stringify(body));
}

async function api(state, req, res, url) {
  const path = url.pathname.slice('/api/app/'.length);
  state.requests.push(`${req.method} ${path}${url.search}`);
  const body = await readBody(req);
  const forced = state.override.get(path);
  if (forced) return send(res, forced.status, forced.body, forced.headers);
  if (path === 'session') return session(state, req, res, body);
  if (!state.session) throw new Fail(401, 'unauthenticated', 'sign in first');
  if (req.method !== 'GET' && req.headers['x-csrf-token'] !== CSRF) throw new Fail(403, 'permission_denied', 'the CSRF token is missing');
  if (path === 'password') return password(state, res, body);
  if (path.startsWith('tokens')) return tokens(state, req, res, path, body);
  if (path === 'tail/stream') return tailStream(state, res, url.searchParams);
  for (const { method, pattern, handler } of compiled) {
    const m = method === req.method && pattern.exec(path);
    if (!m) continue;
    const answer = handler({ store: state.store, params: url.searchParams, body, m, origin: `http://${req.headers.host}` });
    return send(res, answer === undefined ? 204 : 200, answer);
  }
  throw new Fail(404, 'not_found', `there is no ${req.method} ${url.pathname}`);
}

const TAIL_MS = 50;

/** As the server: what was there has no id, what is new has one to go on from. */
function tailStream(state, res, params) {
  const { store } = state;
  const from = /^logs\.(\d+)$/.exec(params.get('after') ?? '');
  let at = from ? Number(from[1]) : store.logs.length;
  const first = from ? [] : tailRows({ store, params, after: null });
  const tail = {
    event: (name, data, id) => res.write(`event: ${name}\n${id === undefined ? '' : `id: logs.${id}\n`}data: ${JSON.stringify(data)}\n\n`),
    end: () => res.end(),
  };
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  res.write('retry: 1000\n');
  const chosen = pipesOf(params.get('q') ?? '').find((p) => p.text.startsWith('fields '))?.text;
  tail.event('ping', { fields: chosen ? chosen.slice(7).split(/,\s*/) : null }, at);
  first.forEach((r) => tail.event('row', { ...r, dataset: 'logs' }));
  const timer = setInterval(() => {
    for (const r of tailRows({ store, params, after: at })) tail.event('row', { ...r, dataset: 'logs' }, store.logs.indexOf(r) + 1);
    at = store.logs.length;
  }, TAIL_MS);
  state.tails.add(tail);
  res.on('close', () => {
    clearInterval(timer);
    state.tails.delete(tail);
  });
}

function session(state, req, res, body) {
  const who = () => ({ user: { id: 1, email: 'admin', role: 'admin' }, csrf: CSRF, must_set_password: state.mustSetPassword });
  if (req.method === 'GET') {
    if (!state.session) throw new Fail(401, 'unauthenticated', 'nobody is signed in');
    return send(res, 200, who());
  }
  if (req.method === 'DELETE') {
    state.session = false;
    return send(res, 204);
  }
  const byToken = body.token === ONE_TIME && !state.tokenUsed;
  const byPassword = body.email === 'admin' && body.password === state.password;
  if (!byToken && !byPassword) throw new Fail(401, 'unauthenticated', body.token ? 'the link has been used' : 'wrong e-mail or password');
  if (byToken) state.tokenUsed = true;
  else state.mustSetPassword = false;
  state.session = true;
  return send(res, 200, who(), { 'Set-Cookie': 'tripod_session=mock; HttpOnly; SameSite=Lax; Path=/' });
}

function password(state, res, body) {
  if (!state.mustSetPassword && body.current !== state.password) throw new Fail(403, 'permission_denied', 'the current password is not right');
  state.password = body.new;
  state.mustSetPassword = false;
  return send(res, 204);
}

function tokens(state, req, res, path, body) {
  const { store } = state;
  if (req.method === 'GET') return send(res, 200, { tokens: store.tokens });
  if (req.method === 'POST') {
    const id = Math.max(0, ...store.tokens.map((t) => t.id)) + 1;
    store.tokens.push({ id, name: body.name, scopes: body.scopes, created_ns: `${Date.now()}000000`, last_used_ns: null });
    return send(res, 201, { id, token: `tri_mock_${id}_3f9a7c21d84e` });
  }
  store.tokens = store.tokens.filter((t) => `tokens/${t.id}` !== path);
  return send(res, 204);
}

async function readBody(req) {
  const parts = [];
  for await (const part of req) parts.push(part);
  const text = Buffer.concat(parts).toString();
  return text ? JSON.parse(text) : {};
}

/** A file of dist, or index.html for every other path: the app's routes are real paths. */
async function asset(res, path) {
  const file = join(DIST, normalize(path));
  const wanted = file.startsWith(DIST) && extname(path) ? file : join(DIST, 'index.html');
  try {
    const bytes = await readFile(wanted);
    const hashed = path.startsWith('/assets/');
    res.writeHead(200, {
      'Content-Type': TYPES[extname(wanted)] ?? 'application/octet-stream',
      'Content-Security-Policy': CSP,
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
    res.end(bytes);
  } catch {
    res.writeHead(404).end('not found');
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--port');
  const mock = await startMock({ port: at > 0 ? Number(process.argv[at + 1]) : 8799, empty: process.argv.includes('--empty'), grow: !process.argv.includes('--empty') });
  console.log(`Open ${mock.link}\n(or sign in as admin, password "${mock.state.password}")`);
}

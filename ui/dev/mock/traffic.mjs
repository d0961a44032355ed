/** Made-up traffic of a small shop: requests with their spans, lines and errors. */
import { ns, randomOf } from './random.mjs';

const ROUTES = [
  { method: 'GET', route: 'products/<int:pk>/', path: (r) => `/products/${r.int(1, 400)}/`, weight: 30, ms: 24, event: 'product_view' },
  { method: 'GET', route: '', path: () => '/', weight: 26, ms: 31, event: 'product_list' },
  { method: 'GET', route: 'orders/', path: () => '/orders/', weight: 12, ms: 96, event: 'order_list', plusOne: true },
  { method: 'POST', route: 'orders/new/', path: () => '/orders/new/', weight: 9, ms: 120, event: 'order_paid' },
  { method: 'GET', route: 'quote/', path: () => '/quote/', weight: 7, ms: 210, event: 'quote_fetched', external: true },
  { method: 'POST', route: 'checkout/', path: () => '/checkout/', weight: 5, ms: 88, event: 'checkout_started', fails: 0.35 },
  { method: 'GET', route: 'report/', path: () => '/report/', weight: 4, ms: 640, event: 'report_built', slow: true },
];

const SERVICE = 'djzen';

export function requestAt(seed, atMs) {
  const r = randomOf(seed);
  const total = ROUTES.reduce((n, x) => n + x.weight, 0);
  let pick = r.next() * total;
  const route = ROUTES.find((x) => (pick -= x.weight) < 0) ?? ROUTES[0];
  const failed = r.chance(route.fails ?? 0.006);
  const request = {
    id: r.uuid(),
    traceId: r.hex(32),
    atMs,
    route,
    path: route.path(r),
    ms: r.skewed(route.ms),
    status: failed ? 500 : 200,
    failed,
    userId: r.chance(0.4) ? r.int(1, 60) : null,
    order: r.int(400, 9000),
    amount: r.int(8, 240) + 0.5,
    sentry: r.chance(0.3),
    r,
  };
  request.spans = spansOf(request);
  request.lines = linesOf(request);
  return request;
}

function spansOf(q) {
  const { r } = q;
  const out = [];
  const add = (parent, name, kind, from, ms, extra = {}) => {
    const span = {
      span_id: r.hex(16),
      parent_span_id: parent?.span_id ?? '',
      trace_id: q.traceId,
      service: SERVICE,
      name,
      kind,
      start_ns: ns(q.atMs + from),
      duration_ns: ns(ms),
      status: 'unset',
      status_message: '',
      source: 'otel',
      scope: 'opentelemetry.instrumentation.django',
      attributes: {},
      resource: { 'service.name': SERVICE, 'service.version': '4f2c91e0', 'deployment.environment': 'production', 'host.name': 'web-1', 'telemetry.sdk.language': 'python', 'telemetry.sdk.version': '1.45.1' },
      events: [],
      also_seen_by: '',
      twin: null,
      ...extra,
    };
    out.push(span);
    return span;
  };
  const db = (parent, from, ms, sql, extra = {}) =>
    add(parent, sql.split(' ')[0], 'client', from, ms, {
      scope: 'opentelemetry.instrumentation.psycopg2',
      attributes: { 'db.system': 'postgresql', 'db.name': 'shop', 'db.query.text': sql, 'server.address': '127.0.0.1', 'server.port': 5432 },
      ...extra,
    });
  const name = `${q.route.method} ${q.route.route || '/'}`;
  const root = add(null, name, 'server', 0, q.ms, {
    attributes: { 'http.request.method': q.route.method, 'http.route': q.route.route, 'url.path': q.path, 'http.response.status_code': q.status, 'user_agent.original': 'shop-traffic/1.0', request_id: q.id },
    also_seen_by: q.sentry ? 'sentry' : '',
  });
  if (q.sentry) root.twin = { trace_id: root.trace_id, span_id: '00c0ffee00c0ffee', name: q.route.route, start_ns: ns(q.atMs - 0.2), duration_ns: ns(q.ms + 0.4), attributes: { 'sentry.op': 'http.server' } };
  let parent = root;
  let at = 0.6;
  if (q.sentry) {
    const sentry = { source: 'sentry', scope: 'sentry.python.django', attributes: { 'sentry.op': 'middleware.django' } };
    const middleware = add(root, 'django.middleware.security.SecurityMiddleware.__call__', 'internal', 0.3, q.ms - 0.7, sentry);
    const session = add(middleware, 'django.contrib.sessions.middleware.SessionMiddleware.__call__', 'internal', 0.5, q.ms - 1.1, sentry);
    parent = add(session, q.route.event, 'internal', 1.4, q.ms - 2.6, { ...sentry, attributes: { 'sentry.op': 'view.render' } });
    at = 1.8;
  }
  db(parent, at, 0.9 + r.next(), 'SELECT "django_session"."session_key", "django_session"."session_data", "django_session"."expire_date" FROM "django_session" WHERE ("django_session"."expire_date" > %s AND "django_session"."session_key" = %s) LIMIT 21');
  at += 2.4;
  add(parent, 'GET', 'client', at, 0.4 + r.next() * 0.5, { scope: 'opentelemetry.instrumentation.redis', attributes: { 'db.system': 'redis', 'db.query.text': 'GET ?', 'server.port': 6379 } });
  at += 1.2;
  body(q, { r, parent, root, at, add, db });
  if (q.failed) fail(q, root, parent);
  return out;
}

function body(q, { r, parent, at, add, db }) {
  const rest = q.ms - at - 4;
  if (q.route.plusOne) {
    db(parent, at, 3.1, 'SELECT "shop_order"."id", "shop_order"."customer_id", "shop_order"."total", "shop_order"."created" FROM "shop_order" INNER JOIN "shop_customer" ON ("shop_order"."customer_id" = "shop_customer"."id") WHERE ("shop_order"."state" = %s AND "shop_customer"."active") ORDER BY "shop_order"."created" DESC LIMIT 20');
    const each = Math.max(0.8, (rest - 12) / 20);
    for (let i = 0; i < 20; i++) {
      db(parent, at + 4 + i * each, each * (0.6 + r.next() * 0.3), `SELECT "shop_customer"."id", "shop_customer"."name", "shop_customer"."email" FROM "shop_customer" WHERE "shop_customer"."id" = ${r.int(1, 300)} LIMIT 21`);
    }
    add(parent, 'shop/orders.html', 'internal', q.ms - 9, 6, { source: q.sentry ? 'sentry' : 'otel', attributes: { 'sentry.op': 'template.render' } });
  } else if (q.route.external) {
    add(parent, 'GET', 'client', at, rest * 0.86, {
      scope: 'opentelemetry.instrumentation.requests',
      attributes: { 'http.request.method': 'GET', 'url.full': 'http://rates.internal/quote?currency=EUR', 'http.response.status_code': 200, 'server.address': 'rates.internal' },
    });
    const far = add(parent, 'GET /quote', 'server', at + 2, rest * 0.8, { service: 'rates', scope: 'rates.http', attributes: { 'http.route': '/quote', 'http.response.status_code': 200 } });
    add(far, 'load_table', 'internal', at + 4, rest * 0.5, { service: 'rates', scope: 'rates.table' });
  } else if (q.route.slow) {
    db(parent, at, rest * 0.72, 'SELECT date_trunc(%s, "shop_order"."created") AS "day", SUM("shop_order"."total") AS "revenue", COUNT(*) AS "orders" FROM "shop_order" LEFT OUTER JOIN "shop_orderline" ON ("shop_order"."id" = "shop_orderline"."order_id") WHERE "shop_order"."created" BETWEEN %s AND %s GROUP BY 1 HAVING SUM("shop_order"."total") > 0 ORDER BY 1 ASC');
    add(parent, 'render_chart', 'internal', at + rest * 0.74, rest * 0.2);
  } else {
    db(parent, at, rest * 0.3, 'SELECT "shop_product"."id", "shop_product"."name", "shop_product"."price", "shop_product"."stock" FROM "shop_product" WHERE "shop_product"."id" = %s LIMIT 21');
    if (q.route.method === 'POST') {
      db(parent, at + rest * 0.35, rest * 0.2, 'INSERT INTO "shop_order" ("customer_id", "total", "state", "created") VALUES (%s, %s, %s, %s) RETURNING "shop_order"."id"');
      add(parent, 'shop.tasks.send_receipt', 'producer', at + rest * 0.6, 2.2, { scope: 'opentelemetry.instrumentation.celery', attributes: { 'messaging.system': 'redis', 'messaging.destination.name': 'celery', 'celery.task_name': 'shop.tasks.send_receipt' } });
    }
  }
}

function fail(q, root, parent) {
  const stack = [
    'Traceback (most recent call last):',
    '  File "/srv/app/venv/lib/python3.11/site-packages/django/core/handlers/exception.py", line 55, in inner',
    '    response = get_response(request)',
    '  File "/srv/app/shop/views.py", line 142, in checkout',
    '    price = cheapest_rate(order.country, order.weight_g, speed=form["speed"])',
    'shop.shipping.rates.ShippingError: no express rate to NO for 1840 g',
  ].join('\n');
  for (const span of new Set([root, parent])) {
    span.status = 'error';
    span.status_message = 'ShippingError: no express rate to NO for 1840 g';
  }
  root.events.push({
    time_ns: ns(q.atMs + q.ms * 0.86),
    name: 'exception',
    attributes: { 'exception.type': 'shop.shipping.rates.ShippingError', 'exception.message': 'no express rate to NO for 1840 g', 'exception.stacktrace': stack, 'exception.escaped': 'True' },
  });
}

let seq = 100000;

function linesOf(q) {
  const base = { 'service.name': SERVICE, request_id: q.id, trace_id: q.traceId, span_id: q.spans[0].span_id, user_id: q.userId, path: q.path, 'deployment.environment': 'production' };
  const line = (ms, level, number, body, extra = {}) => ({
    time_ns: ns(q.atMs + ms),
    seq: String(seq++),
    fields: { severity_number: number, severity_text: level, body, ...extra, ...base, original: JSON.stringify({ event: body, ...extra, user_id: q.userId, request_id: q.id, path: q.path, level, timestamp: new Date(q.atMs + ms).toISOString() }) },
  });
  const facts = q.route.event === 'order_paid' ? { order_id: q.order, amount: q.amount, payment_method: q.r.pick(['card', 'paypal', 'invoice']), currency: 'EUR' } : q.route.event === 'product_list' ? { count: 20 } : { duration_ms: Math.round(q.ms) };
  const out = [line(q.ms * 0.4, 'info', 9, q.route.event, facts)];
  if (q.route.slow && q.ms > 900) out.push(line(q.ms * 0.8, 'warn', 13, 'slow_query', { query: 'revenue by day', duration_ms: Math.round(q.ms * 0.7) }));
  if (q.r.chance(0.12)) out.push(line(q.ms * 0.3, 'debug', 5, 'cache_miss', { key: `product:${q.r.int(1, 400)}`, backend: 'redis' }));
  if (q.failed) {
    out.push(line(q.ms * 0.86, 'error', 17, 'no express rate to NO for 1840 g', { exception: 'ShippingError', 'code.function': 'checkout', weight_g: 1840, country: 'NO' }));
  }
  out.push(line(q.ms, q.failed ? 'error' : 'info', q.failed ? 17 : 9, 'request_finished', { method: q.route.method, status: q.status, duration_ms: Math.round(q.ms) }));
  return out;
}

/** Requests over the last `hours`, denser by day and with a bad quarter of an hour in the last hour. */
export function history(nowMs, hours) {
  const out = [];
  let at = nowMs - hours * 3_600_000;
  for (let i = 1; at < nowMs - 1500; i++) {
    const r = randomOf(i * 7919);
    const wave = 1 + 0.45 * Math.sin(at / 2_400_000);
    at += (2200 * r.next() * 2) / wave;
    if (at < nowMs - 1500) out.push(requestAt(i, at));
  }
  return out;
}

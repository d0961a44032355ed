/** Just enough of OTLP's protobuf to say one request: https://github.com/open-telemetry/opentelemetry-proto */

function varint(n) {
  const out = [];
  let left = BigInt(n);
  do {
    const byte = Number(left & 0x7fn);
    left >>= 7n;
    out.push(left ? byte | 0x80 : byte);
  } while (left);
  return Buffer.from(out);
}

const tag = (field, wire) => varint((field << 3) | wire);
const number = (field, n) => Buffer.concat([tag(field, 0), varint(n)]);
const bytes = (field, b) => Buffer.concat([tag(field, 2), varint(b.length), b]);
const text = (field, s) => bytes(field, Buffer.from(s, 'utf8'));
const message = (field, ...parts) => bytes(field, Buffer.concat(parts));

function fixed64(field, n) {
  const b = Buffer.alloc(8);
  b.writeBigUInt64LE(BigInt(n));
  return Buffer.concat([tag(field, 1), b]);
}

function double(field, n) {
  const b = Buffer.alloc(8);
  b.writeDoubleLE(n);
  return Buffer.concat([tag(field, 1), b]);
}

const any = (v) => (typeof v === 'number' ? number(3, v) : text(1, v));
const attributes = (field, of) => Object.entries(of ?? {}).map(([k, v]) => message(field, text(1, k), message(2, any(v))));
const hex = (field, s) => (s ? bytes(field, Buffer.from(s, 'hex')) : Buffer.alloc(0));

/** ExportTraceServiceRequest, ExportLogsServiceRequest, ExportMetricsServiceRequest have the same two outer levels. */
function request(service, scope, items) {
  const resource = message(1, ...attributes(1, { 'service.name': service }));
  return message(1, resource, message(2, message(1, text(1, scope)), ...items));
}

export function traces(service, spans) {
  return request(
    service,
    'test.http',
    spans.map((s) =>
      message(
        2,
        hex(1, s.traceId),
        hex(2, s.spanId),
        hex(4, s.parentId),
        text(5, s.name),
        number(6, s.kind),
        fixed64(7, s.start),
        fixed64(8, s.end),
        ...attributes(9, s.attributes),
        message(15, number(3, s.failed ? 2 : 0)),
      ),
    ),
  );
}

export function logs(service, records) {
  return request(
    service,
    'test.log',
    records.map((r) =>
      message(
        2,
        fixed64(1, r.time),
        number(2, r.severity),
        text(3, r.level),
        message(5, any(r.body)),
        ...attributes(6, r.attributes),
        hex(9, r.traceId),
        hex(10, r.spanId),
      ),
    ),
  );
}

export function gauge(service, name, time, value) {
  return request(service, 'test.meter', [message(2, text(1, name), message(5, message(1, fixed64(3, time), double(4, value))))]);
}

// OTLP spans of Django requests as opentelemetry-distro exports them: batches of 512, about 450 bytes a span.
// https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
#include <array>

#include <protozero/pbf_writer.hpp>

#include "load.h"

namespace tripod::bench {

namespace {

constexpr int kSpansPerBody = 512;
constexpr int kSpansPerTrace = 16;

constexpr std::array<std::string_view, 4> kStatements = {
    R"(SELECT "shop_product"."id", "shop_product"."sku", "shop_product"."name", "shop_product"."price", "shop_product"."stock" FROM "shop_product" WHERE "shop_product"."id" = %s LIMIT 21)",
    R"(SELECT "shop_order"."id", "shop_order"."customer_id", "shop_order"."created", "shop_order"."payment_method", "shop_order"."amount" FROM "shop_order" ORDER BY "shop_order"."id" DESC LIMIT 12)",
    R"(SELECT "shop_orderitem"."id", "shop_orderitem"."order_id", "shop_orderitem"."product_id", "shop_orderitem"."quantity" FROM "shop_orderitem" WHERE "shop_orderitem"."order_id" = %s)",
    R"(INSERT INTO "shop_order" ("customer_id", "created", "payment_method", "amount") VALUES (%s, %s, %s, %s) RETURNING "shop_order"."id")"};
constexpr std::array<std::string_view, 4> kRoutes = {"products/<int:pk>/", "orders/", "orders/new/", "quote/"};

using Writer = protozero::pbf_writer;

void add_text(Writer& parent, uint32_t field, std::string_view key, std::string_view value) {
  Writer pair(parent, field);
  pair.add_string(1, key.data(), key.size());
  Writer any(pair, 2);
  any.add_string(1, value.data(), value.size());
}

void add_int(Writer& parent, uint32_t field, std::string_view key, int64_t value) {
  Writer pair(parent, field);
  pair.add_string(1, key.data(), key.size());
  Writer any(pair, 2);
  any.add_int64(3, value);
}

class Traces final : public Source {
 public:
  explicit Traces(const SourceOptions& options)
      : random_(options.seed * 1000 + static_cast<uint64_t>(options.connection)),
        headers_("Content-Type: application/x-protobuf\r\nX-Tripod-Key: " + options.key + "\r\n") {
    append_uuid(instance_, random_);
  }

  Body next() override {
    body_.clear();
    Writer request(body_);
    Writer resource_spans(request, 1);
    write_resource(resource_spans);
    Writer scope_spans(resource_spans, 2);
    {
      Writer scope(scope_spans, 1);
      scope.add_string(1, "opentelemetry.instrumentation.psycopg2");
      scope.add_string(2, "0.66b1");
    }
    for (int i = 0; i < kSpansPerBody; ++i) {
      if (i % kSpansPerTrace == 0) begin_trace();
      write_span(scope_spans, i % kSpansPerTrace);
    }
    scope_spans.commit();
    resource_spans.commit();
    return {.wire = body_, .units = kSpansPerBody, .raw_bytes = body_.size()};
  }
  std::string_view headers() const override { return headers_; }
  std::string_view path() const override { return "/v1/traces"; }

 private:
  void write_resource(Writer& parent) {
    Writer resource(parent, 1);
    add_text(resource, 1, "telemetry.sdk.language", "python");
    add_text(resource, 1, "telemetry.sdk.name", "opentelemetry");
    add_text(resource, 1, "telemetry.sdk.version", "1.45.1");
    add_text(resource, 1, "service.instance.id", instance_);
    add_text(resource, 1, "service.name", "djzen");
    add_text(resource, 1, "deployment.environment.name", "production");
  }

  void begin_trace() {
    trace_id_ = bytes(16);
    root_id_ = bytes(8);
    start_ = now_nanos() - 50'000'000 - static_cast<int64_t>(random_.below(20'000'000));
  }

  void write_span(Writer& parent, int index) {
    const bool is_root = index == 0;
    Writer span(parent, 2);
    span.add_bytes(1, trace_id_);
    span.add_bytes(2, is_root ? root_id_ : bytes(8));
    if (!is_root) span.add_bytes(4, root_id_);
    const int64_t begin = is_root ? start_ : start_ + index * 2'000'000;
    const int64_t length = is_root ? 45'000'000 : 300'000;
    if (is_root) write_server(span);
    else if (index % 5 == 0) write_redis(span);
    else write_sql(span);
    span.add_fixed64(7, static_cast<uint64_t>(begin));
    span.add_fixed64(8, static_cast<uint64_t>(begin + length) + random_.below(static_cast<uint64_t>(length)));
    Writer status(span, 15);
  }

  void write_server(Writer& span) {
    const std::string_view route = kRoutes[random_.below(kRoutes.size())];
    const bool failed = random_.one_in(50);
    const std::string path = "/products/" + std::to_string(random_.below(1000)) + "/";
    span.add_string(5, "GET " + std::string(route));
    span.add_enum(6, 2);
    add_text(span, 9, "http.method", "GET");
    add_text(span, 9, "http.server_name", "djzen");
    add_text(span, 9, "http.scheme", "http");
    add_int(span, 9, "net.host.port", 8000);
    add_text(span, 9, "http.host", "127.0.0.1:8000");
    add_text(span, 9, "http.url", "http://127.0.0.1:8000" + path);
    add_text(span, 9, "net.peer.ip", "127.0.0.1");
    add_text(span, 9, "http.user_agent", "djzen-traffic/1.0");
    add_text(span, 9, "http.flavor", "1.1");
    add_text(span, 9, "http.route", route);
    add_int(span, 9, "http.status_code", failed ? 500 : 200);
  }

  void write_sql(Writer& span) {
    const std::string_view statement = kStatements[random_.below(kStatements.size())];
    span.add_string(5, statement.data(), statement.find(' '));
    span.add_enum(6, 3);
    add_text(span, 9, "db.system", "postgresql");
    add_text(span, 9, "db.name", "djzen");
    add_text(span, 9, "db.statement", statement);
    add_text(span, 9, "db.user", "djzen");
    add_text(span, 9, "net.peer.name", "127.0.0.1");
    add_int(span, 9, "net.peer.port", 15432);
  }

  void write_redis(Writer& span) {
    span.add_string(5, "GET");
    span.add_enum(6, 3);
    add_text(span, 9, "db.system", "redis");
    add_text(span, 9, "db.statement", "GET ?");
    add_int(span, 9, "db.redis.database_index", 0);
    add_text(span, 9, "net.peer.name", "127.0.0.1");
    add_int(span, 9, "net.peer.port", 16379);
    add_text(span, 9, "net.transport", "ip_tcp");
    add_int(span, 9, "db.redis.args_length", 2);
  }

  std::string bytes(size_t count) {
    std::string out(count, '\0');
    uint64_t bits = 0;
    for (size_t i = 0; i < count; ++i) {
      if (i % 8 == 0) bits = random_.next();
      out[i] = static_cast<char>(bits & 0xff);
      bits >>= 8;
    }
    return out;
  }

  Random random_;
  const std::string headers_;
  std::string instance_;
  std::string body_;
  std::string trace_id_;
  std::string root_id_;
  int64_t start_ = 0;
};

}  // namespace

std::unique_ptr<Source> make_traces(const SourceOptions& options) { return std::make_unique<Traces>(options); }

}  // namespace tripod::bench

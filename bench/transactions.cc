// Sentry transactions as sentry-python's Django integration sends them: a request with its middleware, queries and template.
// Uncompressed, so that the load program can make each anew. https://develop.sentry.dev/sdk/data-model/event-payloads/transaction/
#include <array>

#include <fmt/format.h>

#include "load.h"

namespace tripod::bench {

namespace {

struct Work {
  const char* op;
  const char* description;
  int count;
};
constexpr std::array<Work, 5> kWork = {{
    {"middleware.django", "django.contrib.sessions.middleware.SessionMiddleware.__call__", 4},
    {"db", "SELECT shop_order.id, shop_order.total FROM shop_order WHERE shop_order.customer_id = %s LIMIT 21", 4},
    {"cache.get_item", "cart:%s", 1},
    {"http.client", "POST http://payments.internal/charge", 1},
    {"template.render", "shop/orders.html", 1},
}};
constexpr int kSpans = 11;  // of kWork together

class Transactions final : public Source {
 public:
  explicit Transactions(const SourceOptions& options)
      : random_(options.seed * 1000 + static_cast<uint64_t>(options.connection)),
        headers_("Content-Type: application/x-sentry-envelope\r\nX-Sentry-Auth: Sentry sentry_version=7, sentry_client=bench/1, sentry_key=" + options.key + "\r\n") {}

  Body next() override {
    const int64_t now = now_nanos();
    const std::string event = hex(32), trace = hex(32), root = hex(16);
    std::string item = fmt::format(R"({{"event_id":"{}","type":"transaction","transaction":"/orders/{}/","transaction_info":{{"source":"route"}},"start_timestamp":")", event, random_.below(40));
    append_rfc3339(item, now - 80'000'000);
    item += R"(","timestamp":")";
    append_rfc3339(item, now);
    fmt::format_to(std::back_inserter(item),
                   R"(","contexts":{{"trace":{{"trace_id":"{}","span_id":"{}","op":"http.server","status":"ok","origin":"auto.http.django"}},"runtime":{{"name":"CPython","version":"3.11.2"}}}},)"
                   R"("release":"shop@1.4.0","environment":"production","platform":"python","server_name":"web-1","request":{{"method":"GET","url":"http://shop.example/orders/","headers":{{"Host":"shop.example","User-Agent":"Mozilla/5.0"}}}},"spans":[)",
                   trace, root);
    int64_t at = now - 78'000'000;
    bool first = true;
    for (const Work& work : kWork) {
      for (int i = 0; i < work.count; ++i) {
        if (!first) item += ',';
        first = false;
        fmt::format_to(std::back_inserter(item), R"({{"trace_id":"{}","span_id":"{}","parent_span_id":"{}","same_process_as_parent":true,"op":"{}","description":"{}","start_timestamp":")", trace, hex(16),
                       root, work.op, work.description);
        append_rfc3339(item, at);
        at += static_cast<int64_t>(1'000'000 + random_.below(3'000'000));
        item += R"(","timestamp":")";
        append_rfc3339(item, at);
        fmt::format_to(std::back_inserter(item), R"(","origin":"auto.{}","data":{{"thread.id":"{}","thread.name":"gthread-{}"}}}})", work.op, 140'000 + random_.below(8), random_.below(8));
      }
    }
    item += R"(],"sdk":{"name":"sentry.python.django","version":"2.75.0","integrations":["celery","django","logging"]}})";
    wire_ = fmt::format("{{\"event_id\":\"{}\",\"trace\":{{\"trace_id\":\"{}\"}}}}\n{{\"type\":\"transaction\",\"length\":{}}}\n{}", event, trace, item.size(), item);
    return {.wire = wire_, .units = 1 + kSpans, .raw_bytes = wire_.size()};
  }
  std::string_view headers() const override { return headers_; }
  std::string_view path() const override { return "/api/1/envelope/"; }

 private:
  std::string hex(int digits) {
    std::string out;
    append_hex(out, random_, digits);
    return out;
  }

  Random random_;
  const std::string headers_;
  std::string wire_;
};

}  // namespace

std::unique_ptr<Source> make_transactions(const SourceOptions& options) { return std::make_unique<Transactions>(options); }

}  // namespace tripod::bench

// The large set of log lines: a given number of structlog lines of ten streams over three days up to `end`, in rising time, the same for
// the same seed and end. Lines carry what a web service binds to each of them; about three lines share a request.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "load.h"

namespace tripod::bench {

namespace {

constexpr uint64_t kLinesPerBody = 2000;
constexpr int64_t kSpan = 3 * 86'400 * int64_t{1'000'000'000};
// Lines with the word that hardly any has: so many, spread over the whole.
constexpr uint64_t kRareLines = 7;
constexpr std::string_view kRareWord = "zephyranthes";

struct Stream {
  std::string_view service;
  std::string_view logger;
};
constexpr std::array<Stream, 10> kStreams = {{{"shop", "shop.views"},
                                              {"shop", "shop.middleware"},
                                              {"shop", "django.request"},
                                              {"checkout", "checkout.views"},
                                              {"checkout", "checkout.payments"},
                                              {"search", "search.api"},
                                              {"accounts", "accounts.auth"},
                                              {"accounts", "accounts.sessions"},
                                              {"worker", "celery.app.trace"},
                                              {"worker", "worker.mail"}}};

struct Event {
  std::string_view name;
  std::string_view level;
  uint64_t weight;
};
// Twenty events; the weights are shares of a thousand.
constexpr std::array<Event, 20> kEvents = {{{"request_started", "info", 150},     {"request_finished", "info", 250},
                                            {"product_list", "info", 90},         {"product_viewed", "info", 120},
                                            {"search_executed", "info", 70},      {"cart_updated", "info", 50},
                                            {"order_created", "info", 30},        {"order_paid", "info", 25},
                                            {"mail_sent", "info", 25},            {"task_received", "info", 30},
                                            {"task_succeeded", "info", 28},       {"session_renewed", "info", 20},
                                            {"login_succeeded", "info", 20},      {"login_failed", "warning", 10},
                                            {"cache_miss", "debug", 32},          {"slow_query", "warning", 20},
                                            {"stock_low", "warning", 10},         {"payment_retried", "warning", 10},
                                            {"payment_failed", "error", 6},       {"unhandled_exception", "error", 4}}};
constexpr std::array<std::string_view, 8> kMethods = {"GET", "GET", "GET", "GET", "GET", "POST", "POST", "DELETE"};
constexpr std::array<int, 10> kStatuses = {200, 200, 200, 200, 200, 200, 201, 302, 404, 500};
constexpr char kTraceback[] =
    R"(Traceback (most recent call last):\n  File \"/srv/shop/venv/lib/python3.11/site-packages/django/core/handlers/exception.py\", )"
    R"(line 55, in inner\n    response = get_response(request)\n  File \"/srv/shop/venv/lib/python3.11/site-packages/django/core/)"
    R"(handlers/base.py\", line 197, in _get_response\n    response = wrapped_callback(request, *callback_args, **callback_kwargs)\n)"
    R"(  File \"/srv/shop/checkout/views.py\", line {}, in pay\n    receipt = charge(order, request.user)\n  File \"/srv/shop/checkout/)"
    R"(payments.py\", line {}, in charge\n    instalment = amount / instalments\nZeroDivisionError: division by zero in order {})";

// Loggers of one service stand together: a request's lines come from its service.
struct Loggers {
  size_t first;
  size_t count;
};
constexpr std::array<Loggers, 5> kServices = {{{0, 3}, {3, 2}, {5, 1}, {6, 2}, {8, 2}}};

struct Request {
  std::string id;
  Loggers loggers{};
  uint64_t lines_left = 0;
  uint64_t user = 0;
  uint64_t path = 0;
  uint64_t path_id = 0;
  std::string_view method;
  std::array<uint64_t, 4> ip{};
};

class LargeLogs final : public Source {
 public:
  explicit LargeLogs(const SourceOptions& options)
      : options_(options),
        body_number_(static_cast<uint64_t>(options.connection)),
        random_(options.seed),
        headers_("Content-Type: application/x-ndjson\r\nX-Tripod-Key: " + options.key + "\r\n") {}

  // Body n is the same whichever connection sends it: connection c of k sends those with n % k == c.
  Body next() override {
    const uint64_t first = body_number_ * kLinesPerBody;
    if (first >= options_.lines) return {};
    const uint64_t count = std::min(kLinesPerBody, options_.lines - first);
    random_ = Random(options_.seed * 1'000'003 + body_number_);
    requests_.fill({});
    body_.clear();
    for (uint64_t i = 0; i < count; ++i) append_line(first + i);
    body_number_ += static_cast<uint64_t>(options_.connections);
    return {.wire = body_, .units = count, .raw_bytes = body_.size()};
  }
  std::string_view headers() const override { return headers_; }
  std::string_view path() const override { return "/push/json?stream_fields=service,logger"; }

 private:
  template <class... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(body_), format, std::forward<Args>(args)...);
  }

  const Event& pick_event() {
    uint64_t at = random_.below(1000);
    for (const Event& event : kEvents) {
      if (at < event.weight) return event;
      at -= event.weight;
    }
    return kEvents[0];
  }

  Request& pick_request() {
    Request& request = requests_[random_.below(requests_.size())];
    if (request.lines_left == 0) {
      request.id.clear();
      append_uuid(request.id, random_);
      request.lines_left = 1 + random_.below(5);
      request.loggers = kServices[random_.below(kServices.size())];
      request.user = random_.below(5000);
      request.path = random_.below(10);
      request.path_id = random_.below(300);
      request.method = kMethods[random_.below(kMethods.size())];
      request.ip = {10, random_.below(4), random_.below(256), random_.below(256)};
    }
    --request.lines_left;
    return request;
  }

  void append_line(uint64_t number) {
    const Event& event = pick_event();
    const Request& request = pick_request();
    const Stream& stream = kStreams[request.loggers.first + random_.below(request.loggers.count)];
    print(R"({{"event": "{}", "level": "{}", "timestamp": ")", event.name, event.level);
    const int64_t step = kSpan / static_cast<int64_t>(options_.lines);
    const auto jitter = static_cast<int64_t>(random_.below(static_cast<uint64_t>(std::max<int64_t>(step, 1))));
    append_rfc3339(body_, options_.end - kSpan + static_cast<int64_t>(number) * step + jitter);
    print(R"(", "service": "{}", "logger": "{}", "request_id": "{}", "method": "{}", "path": ")", stream.service, stream.logger,
          request.id, request.method);
    append_path(request);
    print(R"(", "status": {}, "duration_ms": {}.{:03}, "user_id": {}, "ip": "{}.{}.{}.{}")",
          kStatuses[random_.below(kStatuses.size())], duration(), random_.below(1000), request.user, request.ip[0], request.ip[1],
          request.ip[2], request.ip[3]);
    append_extras(event, number);
    body_ += "}\n";
  }

  // Mostly short, with a long tail.
  uint64_t duration() { return random_.below(uint64_t{1} << (3 + random_.below(9))); }

  void append_path(const Request& request) {
    switch (request.path) {
      case 0: body_ += "/"; break;
      case 1: body_ += "/products/"; break;
      case 2:
      case 3:
      case 4: print("/products/{}/", request.path_id); break;
      case 5: print("/products/{}/reviews/", request.path_id); break;
      case 6: body_ += "/cart/"; break;
      case 7: body_ += "/checkout/pay/"; break;
      case 8: body_ += "/search/"; break;
      default: body_ += "/api/v1/sessions/"; break;
    }
  }

  void append_extras(const Event& event, uint64_t number) {
    if (event.name.starts_with("order") || event.name.starts_with("payment")) {
      print(R"(, "order_id": {}, "amount": "{}.{:02}")", random_.below(1'000'000), random_.below(900), random_.below(100));
    } else if (event.name.starts_with("task")) {
      print(R"(, "task": "worker.tasks.deliver", "queue": "default", "retries": {})", random_.below(3));
    } else if (event.name == "slow_query") {
      print(R"(, "statement": "SELECT * FROM orders WHERE customer_id = {} AND state = 'open'")", random_.below(5000));
    } else if (event.name == "search_executed") {
      print(R"(, "terms": "winter boots size {}", "hits": {})", 36 + random_.below(12), random_.below(400));
    }
    if (event.level == "error") {
      body_ += R"(, "exception": ")";
      print(kTraceback, random_.below(200), random_.below(200), random_.below(1'000'000));
      body_ += '"';
    }
    const uint64_t every = std::max<uint64_t>(options_.lines / kRareLines, 1);
    if (number % every == every / 2) print(R"(, "detail": "answered by the {} fallback")", kRareWord);
  }

  const SourceOptions options_;
  uint64_t body_number_;
  Random random_;
  const std::string headers_;
  std::string body_;
  std::array<Request, 40> requests_;
};

}  // namespace

std::unique_ptr<Source> make_large_logs(const SourceOptions& options) { return std::make_unique<LargeLogs>(options); }

}  // namespace tripod::bench

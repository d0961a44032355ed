// structlog lines as the reference shop prints them: the same events in the same proportions, about 200 bytes each.
#include <array>

#include <fmt/format.h>

#include "load.h"

namespace tripod::bench {

namespace {

constexpr int kLinesPerBody = 1000;

constexpr std::array<std::string_view, 5> kPaymentMethods = {"card", "card", "card", "paypal", "invoice"};
constexpr std::string_view kTraceback =
    "Traceback (most recent call last):\\n  File \\\"/srv/djzen/venv/lib/python3.11/site-packages/django/core/handlers/exception.py\\\", "
    "line 55, in inner\\n    response = get_response(request)\\n  File \\\"/srv/djzen/shop/payments.py\\\", line 88, in charge\\n    "
    "instalment = amount / instalments\\nZeroDivisionError: division by zero";

class Logs final : public Source {
 public:
  explicit Logs(const SourceOptions& options)
      : random_(options.seed * 1000 + static_cast<uint64_t>(options.connection)),
        headers_("Content-Type: application/x-ndjson\r\nX-Tripod-Key: " + options.key + "\r\n") {}

  Body next() override {
    body_.clear();
    for (int i = 0; i < kLinesPerBody; ++i) append_line();
    return {.wire = body_, .units = kLinesPerBody, .raw_bytes = body_.size()};
  }
  std::string_view headers() const override { return headers_; }
  std::string_view path() const override { return "/push/json"; }

 private:
  template <class... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(body_), format, std::forward<Args>(args)...);
  }

  void append_line() {
    const uint64_t kind = random_.below(100);
    const uint64_t id = random_.below(100'000);
    body_ += '{';
    std::string_view level = "info";
    if (kind < 58) {
      const uint64_t status = random_.one_in(25) ? 404 : random_.one_in(50) ? 500 : 200;
      print(R"("method": "GET", "status": {}, "event": "request_finished", )", status);
    } else if (kind < 74) {
      print(R"("count": {}, "event": "product_list", )", random_.below(60));
    } else if (kind < 82) {
      print(R"("order_id": {}, "amount": "{}.{:02}", "payment_method": "{}", "currency": "EUR", "event": "order_paid", )", id,
            random_.below(900), random_.below(100), kPaymentMethods[random_.below(kPaymentMethods.size())]);
    } else if (kind < 87) {
      print(R"("count": {}, "event": "order_list", )", random_.below(12));
    } else if (kind < 92) {
      print(R"("status": 200, "took_ms": {}.{}, "event": "shipping_quote", )", random_.below(80), random_.below(10));
    } else if (kind < 95) {
      print(R"("rows": {}, "event": "report_rendered", )", random_.below(5000));
    } else if (kind < 98) {
      level = "warning";
      print(R"("took": 0.8{:02}, "event": "slow_view", )", random_.below(100));
    } else {
      level = "error";
      print(R"("order_id": {}, "exception": "{}", "event": "payment_failed", )", id, kTraceback);
    }
    append_context(level);
  }

  // What the shop's middleware binds to every line of a request. A request has a few lines.
  void append_context(std::string_view level) {
    if (lines_left_ == 0) {
      request_id_.clear();
      append_uuid(request_id_, random_);
      lines_left_ = 1 + random_.below(3);
      user_ = random_.below(400);
      product_ = random_.below(1000);
    }
    --lines_left_;
    if (user_ < 300) print(R"("user_id": {}, )", user_);
    else body_ += R"("user_id": null, )";
    print(R"("request_id": "{}", "path": "/products/{}/", "level": "{}", "timestamp": ")", request_id_, product_, level);
    append_rfc3339(body_, now_nanos());
    body_ += "\"}\n";
  }

  Random random_;
  const std::string headers_;
  std::string body_;
  std::string request_id_;
  uint64_t lines_left_ = 0;
  uint64_t user_ = 0;
  uint64_t product_ = 0;
};

}  // namespace

std::unique_ptr<Source> make_logs(const SourceOptions& options) { return std::make_unique<Logs>(options); }

}  // namespace tripod::bench

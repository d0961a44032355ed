// Session counts as SDKs send them in their request mode (Python, Node): once a minute of each process one envelope whose
// "sessions" item counts the requests of the minutes since. https://develop.sentry.dev/sdk/telemetry/sessions/
#include <fmt/format.h>

#include "load.h"

namespace tripod::bench {

namespace {

constexpr uint64_t kReleases = 4;
constexpr int64_t kMinute = 60'000'000'000;

class Sessions final : public Source {
 public:
  explicit Sessions(const SourceOptions& options)
      : random_(options.seed * 1000 + static_cast<uint64_t>(options.connection)),
        headers_("Content-Type: application/x-sentry-envelope\r\nX-Sentry-Auth: Sentry sentry_version=7, sentry_client=bench/1, sentry_key=" + options.key + "\r\n") {}

  // The minute that has just ended and, half of the time, the one before.
  Body next() override {
    const uint64_t minutes = 1 + random_.below(2);
    const int64_t now = now_nanos();
    std::string item = R"({"aggregates":[)";
    for (uint64_t i = 0; i < minutes; ++i) {
      if (i) item += ',';
      item += R"({"started":")";
      append_rfc3339(item, now - now % kMinute - static_cast<int64_t>(i) * kMinute);
      fmt::format_to(std::back_inserter(item), R"(","exited":{},"errored":{},"crashed":{}}})", 100 + random_.below(900), random_.below(20), random_.below(3));
    }
    fmt::format_to(std::back_inserter(item), R"(],"attrs":{{"release":"shop@1.4.{}","environment":"production"}}}})", random_.below(kReleases));
    wire_ = R"({"sent_at":")";
    append_rfc3339(wire_, now);
    fmt::format_to(std::back_inserter(wire_), "\"}}\n{{\"type\":\"sessions\",\"length\":{}}}\n{}", item.size(), item);
    return {.wire = wire_, .units = minutes, .raw_bytes = wire_.size()};
  }
  std::string_view headers() const override { return headers_; }
  std::string_view path() const override { return "/api/1/envelope/"; }

 private:
  Random random_;
  const std::string headers_;
  std::string wire_;
};

}  // namespace

std::unique_ptr<Source> make_sessions(const SourceOptions& options) { return std::make_unique<Sessions>(options); }

}  // namespace tripod::bench

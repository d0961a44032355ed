// Any text as policies: refused with a reason, or policies that decide, and the same again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "sampling/policies.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod;
  const std::string yaml(reinterpret_cast<const char*>(data), size);
  const auto policies = sampling::Policies::parse(yaml, "p.yml");
  if (!policies) {
    TRIPOD_CHECK(!policies.error().message.empty());
    return 0;
  }
  const model::Attribute attributes[] = {{"key", model::Value::string("value")}, {"http.route", model::Value::string("/health")}, {"n", model::Value::int64(5)}};
  model::Attribute own[3] = {attributes[0], attributes[1], attributes[2]};
  model::Span span{.trace_state = yaml, .name = "GET", .end_time = 1'000'000, .attributes = own};
  sampling::TraceFacts facts;
  policies->observe(span, {own}, {}, facts);
  sampling::RateState rates;
  for (int i = 0; i < 4; ++i) {
    const auto decision = policies->decide(span.trace_id, facts, rates, i * 300'000'000);
    TRIPOD_CHECK(!decision.kept || (decision.adjusted_count >= 1 && !decision.policy.empty()));
  }
  const auto again = sampling::Policies::parse(policies->text(), "p.yml");
  TRIPOD_CHECK(again.has_value() && again->policies().size() == policies->policies().size());
  return 0;
}

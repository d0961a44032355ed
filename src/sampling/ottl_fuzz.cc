// Any text as an OTTL condition: refused with a reason, or one that can be asked.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sampling/ottl.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  model::Attribute own[] = {{"key", model::Value::string(text)}, {"n", model::Value::int64(-1)}, {"f", model::Value::float64(0.5)}};
  const model::SpanEvent event{.name = "exception", .attributes = own};
  const model::Span span{.trace_state = text, .name = "GET", .attributes = own};
  for (const auto context : {sampling::OttlContext::kSpan, sampling::OttlContext::kSpanEvent}) {
    const auto parsed = sampling::parse_ottl(text, context);
    if (!parsed) TRIPOD_CHECK(!parsed.error().message.empty());
    else (void)(*parsed)->holds({span, {own}, {}, context == sampling::OttlContext::kSpan ? nullptr : &event});
  }
  return 0;
}

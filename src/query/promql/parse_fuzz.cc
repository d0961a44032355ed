// Any bytes: parse() answers, and what it accepts prints and parses back to the same tree.
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "query/promql/parser.h"
#include "query/promql/printer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod::query::promql;
  (void)parse_selector({reinterpret_cast<const char*>(data), size});
  const auto expr = parse({reinterpret_cast<const char*>(data), size});
  if (!expr) return 0;
  const auto again = parse(to_string(**expr));
  TRIPOD_CHECK(again.has_value());
  TRIPOD_CHECK(dump(**again) == dump(**expr));
  const auto shown = parse(pretty(**expr));
  TRIPOD_CHECK(shown.has_value());
  TRIPOD_CHECK(dump(**shown) == dump(**expr));
  return 0;
}

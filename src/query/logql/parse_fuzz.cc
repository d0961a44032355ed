// Any bytes: parse() answers, with a place inside the text where it refuses; what it prints parses to the same.
#include <cstdint>
#include <string_view>

#include "query/logql/parser.h"
#include "query/logql/printer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  size_t position = 0;
  const auto expr = query::logql::parse(text, &position);
  if (!expr) {
    TRIPOD_CHECK(position <= size);
    TRIPOD_CHECK(expr.error().message.starts_with("parse error at line "));
    return 0;
  }
  const std::string printed = query::logql::print(**expr);
  const auto again = query::logql::parse(printed);
  TRIPOD_CHECK(again);
  TRIPOD_CHECK(query::logql::print(**again) == printed);
  TRIPOD_CHECK(query::logql::parse(query::logql::pretty_print(**expr)));
  return 0;
}

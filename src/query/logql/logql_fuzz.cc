// Any bytes: parse() answers, with a place inside the text where it refuses.
#include <cstdint>
#include <string_view>

#include "query/logql/logql.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod;
  size_t position = 0;
  const auto query =
      query::logql::parse({reinterpret_cast<const char*>(data), size}, {}, &position);
  if (query) {
    TRIPOD_CHECK(!to_string(query->filter).empty());
  } else {
    TRIPOD_CHECK(position <= size);
    TRIPOD_CHECK(query.error().message.starts_with("parse error at line "));
  }
  return 0;
}

// Any text in any dialect: it becomes no longer, it has a fingerprint unless it says nothing, and the summary keeps its bound.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "sql/statement.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod::sql;
  if (size == 0) return 0;
  const auto dialect = static_cast<Dialect>(data[0] % 5);
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Statement statement = normalise(text, dialect);
  TRIPOD_CHECK(statement.summary.size() <= kLongestSummary);
  TRIPOD_CHECK(statement.normalised.size() <= text.size() + 1);
  TRIPOD_CHECK((statement.fingerprint == 0) == statement.normalised.empty());
  return 0;
}

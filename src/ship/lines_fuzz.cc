// Any bytes as a log file, shown in windows of any size: nothing is lost, and something is always
// consumed.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "ship/lines.h"

namespace {

using namespace tripod::ship;

// The texts and what lies between them are the bytes, in order; between them there are line ends
// and blanks alone.
void check(std::string_view bytes, const Cut& cut, const LineRules& rules) {
  size_t at = 0;
  for (const Span& record : cut.records) {
    TRIPOD_CHECK(record.begin >= at && record.end > record.begin && record.end <= cut.consumed);
    TRIPOD_CHECK(bytes.substr(at, record.begin - at).find_first_not_of("\r\n \t") ==
                 std::string_view::npos);
    TRIPOD_CHECK(record.end - record.begin <= rules.max_bytes);
    at = record.end;
  }
  TRIPOD_CHECK(cut.consumed <= bytes.size());
  TRIPOD_CHECK(bytes.substr(at, cut.consumed - at).find_first_not_of("\r\n \t") ==
               std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  static const auto start = std::make_shared<const RE2>("^\\d");
  LineRules rules{.join = static_cast<Join>(data[0] % 3),
                  .start = start,
                  .max_lines = 1 + data[0] / 3u,
                  .max_bytes = 16 + data[1] * 8u};
  const std::string_view bytes(reinterpret_cast<const char*>(data + 2), size - 2);
  for (const Tail tail : {Tail::kGrowing, Tail::kQuiet, Tail::kEnd}) {
    const Cut whole = cut_records(bytes, rules, tail, SIZE_MAX);
    check(bytes, whole, rules);
    if (tail == Tail::kEnd) TRIPOD_CHECK(whole.consumed == bytes.size());
    if (tail == Tail::kGrowing && bytes.size() >= window_of(rules))
      TRIPOD_CHECK(whole.consumed > 0);
    for (std::string_view rest = bytes; !rest.empty();) {
      const Cut some = cut_records(rest, rules, tail, 1);
      check(rest, some, rules);
      if (some.consumed == 0) break;
      rest.remove_prefix(some.consumed);
    }
  }
  return 0;
}

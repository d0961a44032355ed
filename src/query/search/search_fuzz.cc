// Any bytes: parse() answers, and what it accepts prints and parses back to the same predicate; questions with pipes are read or
// refused with a place within the text, and every cursor has a place to complete.
#include <array>
#include <cstdint>
#include <string_view>

#include "query/search/complete.h"
#include "query/search/question.h"
#include "query/search/search.h"

namespace {

using namespace tripod;

void read_terms(std::string_view text, store::Dataset dataset) {
  const auto predicate = query::search::parse(text, dataset);
  if (!predicate) return;
  const auto printed = query::search::print(*predicate, dataset);
  const auto again = query::search::parse(printed, dataset);
  // Canonical text is longer than what it came from; only the bounds on size may turn it away.
  if (!again) {
    TRIPOD_CHECK(printed.size() > query::search::kMaxQueryBytes || again.error().message.find("more than") != std::string::npos ||
                 again.error().message.find("nested too deeply") != std::string::npos);
    return;
  }
  TRIPOD_CHECK(to_string(*again) == to_string(*predicate));
}

void read_question(std::string_view text) {
  constexpr std::array kAll = {store::Dataset::kLogs, store::Dataset::kSpans, store::Dataset::kErrors};
  size_t position = 0;
  const auto question = query::search::parse_question(text, kAll, &position);
  TRIPOD_CHECK(position <= text.size());
  if (!question) {
    TRIPOD_CHECK(question.error().message.starts_with("column "));
    return;
  }
  TRIPOD_CHECK(question->parts.size() <= kAll.size());
  TRIPOD_CHECK(question->kind != query::search::Question::Kind::kTable || !question->aggregation.measures.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  read_terms(text, static_cast<store::Dataset>(data[0] % store::kDatasetCount));
  read_question(text);
  const auto place = query::search::place_in(text, size % 7 == 0 ? text.size() / 2 : text.size());
  TRIPOD_CHECK(place.from <= text.size());
  return 0;
}

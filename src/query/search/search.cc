#include "query/search/search.h"

#include "query/search/parser.h"

namespace tripod::query::search {

base::Result<store::Predicate> parse(std::string_view text, store::Dataset dataset,
                                     size_t* error_position) {
  const auto failure = [&](size_t position, const std::string& message, base::Code code) {
    if (error_position != nullptr) *error_position = position;
    return base::fail(code, "at byte " + std::to_string(position) + ": " + message);
  };
  if (text.size() > kMaxQueryBytes) {
    return failure(0, "the query is longer than " + std::to_string(kMaxQueryBytes) + " bytes",
                   base::Code::kInvalidArgument);
  }
  Parser parser(text, dataset);
  store::Predicate out = parser.parse();
  if (parser.error())
    return failure(parser.error()->position, parser.error()->message, parser.error()->code);
  return out;
}

}  // namespace tripod::query::search

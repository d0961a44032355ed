// What can stand at a place of a question that is being written.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/search/facets.h"

namespace tripod::query::search {

// What the place asks for, found out of the text alone.
struct Place {
  enum class Kind : uint8_t {
    kTerm,       // a key or a word
    kValue,      // of `key`
    kPipe,       // a pipe's name
    kFunction,   // of stats
    kField,      // a name behind by, sort, fields, dedup, top, has: and in a function's parentheses
    kColumn,     // of the table that the pipes before have made
    kWord,       // one of `words`
    kNothing,
  };
  Kind kind = Kind::kTerm;
  size_t from = 0;                  // of what has been written of it
  std::string prefix;               // that text, without quotes
  FieldName key;                    // kValue
  std::vector<std::string> words;   // besides what the kind offers: by, every, AND, desc ...; or of kColumn
};
Place place_in(std::string_view text, size_t position);

struct CompletionItem {
  enum class Kind : uint8_t { kKey, kValue, kOperator, kPipe, kFunction };
  std::string text;                 // as it must be written
  Kind kind = Kind::kKey;
  std::string detail;
  std::optional<uint64_t> count;
};

struct CompletionPlan {
  std::span<const store::Dataset> datasets;
  std::function<bool(std::string_view)> is_hidden;  // fields that are not somebody's
  store::TimeRange range;
  size_t limit = 50;
  store::QueryBounds bounds;
};
struct Completion {
  size_t from = 0;
  std::vector<CompletionItem> items;  // best first
  std::vector<std::string> warnings;
};
// Keys come from the store's indexes, values from its dictionaries; of fields with very many values none are offered.
base::Result<Completion> complete(store::EventStore& events, std::string_view text, size_t position, const CompletionPlan& plan);

}  // namespace tripod::query::search

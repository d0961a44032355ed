// From a key, a sign and a value to a predicate: aliases, types, durations, levels. Private to
// query/search.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/search/term.h"
#include "store/events/plan.h"

namespace tripod::query::search {

// A name as written: bare (an alias may stand for other fields) or quoted (the field itself).
struct Key {
  std::string name;
  bool literal = false;
};

// Errors say what was expected, without the position.
base::Result<store::Predicate> make_comparison(store::Dataset dataset, const Key& key, CompareOp op,
                                               const Value& value);
// Of one column of a table, without aliases; `nanos_per_unit` of columns of times (0: none), whose values may have a unit.
base::Result<store::Predicate> make_column_comparison(const std::string& column, CompareOp op, const Value& value,
                                                      double nanos_per_unit);
// "500ms", "1.5s", "2m30s": nanoseconds.
std::optional<double> parse_duration(std::string_view text);
// A word, phrase or regular expression without a key.
base::Result<store::Predicate> make_free_text(const Value& value);
// (a AND (b AND c)) is (a AND b AND c), the same for OR, and one part alone is itself. `op` is kAnd
// or kOr.
store::Predicate combine(store::Predicate::Op op, std::vector<store::Predicate> parts);
// The shortest text that reads back as this number; int64_t and double only.
std::string number_text(const store::FieldValue& number);
store::Predicate make_exists(store::Dataset dataset, const Key& key);

}  // namespace tripod::query::search

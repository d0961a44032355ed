// The language of the search bars: `service:shop level:>=warn "payment failed" -path:/health*`.
// Grammar, aliases and examples: docs/search.md.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/events/plan.h"

namespace tripod::query::search {

inline constexpr size_t kMaxQueryBytes = 64u << 10;
inline constexpr int kMaxNesting = 100;  // parentheses and negations inside each other
// Of a whole question, its pipes included.
inline constexpr size_t kMaxTerms = 1000;
inline constexpr size_t kMaxRegexes = 100;  // each may hold megabytes

// What `text` asks of a dataset's records; an empty text asks nothing (kTrue). Names that people
// use (service, level, status ...) become the fields they stand for in this dataset. Errors are
// kInvalidArgument, or kUnsupported for pipes (question.h reads those), and read
// "column 8: expected …, got …"; `error_position`, where given, receives the byte offset.
base::Result<store::Predicate> parse(std::string_view text, store::Dataset dataset,
                                     size_t* error_position = nullptr);

// The byte as a column of the text: characters from 1.
size_t text_column(std::string_view text, size_t position);

// Canonical text: parse(print(p), dataset) is p again for every p that parse() made; any other
// predicate prints to a text that asks the same. Field names are the stored ones, quoted where the
// bare name would be taken for an alias.
std::string print(const store::Predicate& predicate, store::Dataset dataset);

}  // namespace tripod::query::search

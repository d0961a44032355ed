// Values of fields as keys and in an order: records and tables are sorted by the same rules. Private to query/search.
#pragma once

#include <compare>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "query/search/answer.h"
#include "query/search/question.h"

namespace tripod::query::search {

// The first of these fields that a record has; null where it has none.
Cell first_of(const store::EventRow& row, std::span<const std::string> fields);
// Equal for values of equal text, null apart from the empty text: 5 and "5" are one key.
std::string key_of(std::span<const Cell> cells);
// Numbers by value, before texts, which are in the order of their bytes. @pre neither is null.
std::strong_ordering compare_cells(const Cell& a, const Cell& b);
// Whether `a` comes before `b`: by the first key in which they differ, missing values last in either direction; -1, 0 or 1.
int compare_keys(std::span<const Cell> a, std::span<const Cell> b, std::span<const SortKey> keys);

}  // namespace tripod::query::search

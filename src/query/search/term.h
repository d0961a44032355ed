// The words of a query between its signs. Private to query/search.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tripod::query::search {

// A bare word after its escapes were taken out: `escaped[i]` says that text[i] was written with a
// backslash.
struct Word {
  std::string text;
  std::vector<bool> escaped;

  // A `*` that stands for any text.
  bool is_star(size_t i) const { return text[i] == '*' && !escaped[i]; }
  bool has_star() const {
    for (size_t i = 0; i < text.size(); ++i) {
      if (is_star(i)) return true;
    }
    return false;
  }
};

// What a comparison compares with.
struct Value {
  enum class Kind { kWord, kQuoted, kRegex };
  Kind kind = Kind::kWord;
  Word word;            // kWord
  std::string text;     // kQuoted, kRegex
  size_t position = 0;  // byte offset in the query
};

enum class CompareOp {
  kMatch,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kContains
};

}  // namespace tripod::query::search

// What a comparison has answered for texts: the values of one field come again from block to block, and a regular expression takes
// far longer than a look into a table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/events/matcher.h"

namespace tripod::store {

// Bounded: beyond kMost texts it asks the comparison every time. Not thread-safe.
class ValueMemo {
 public:
  static constexpr size_t kMost = 4096;
  static constexpr size_t kLongest = 256;

  // Comparisons that are worth it.
  static bool is_for(const Matcher& matcher) {
    return matcher.op() == Predicate::Op::kRegex || matcher.op() == Predicate::Op::kWildcard;
  }
  // False: hardly any text came twice. What it answers is right all the same.
  bool pays() const { return asked_ < 2 * kMost || known_ * 2 > asked_; }
  // As matcher.matches(), always of the same matcher.
  bool matches(const Matcher& matcher, const model::Value& value);

 private:
  struct Slot {
    uint64_t hash = 0;
    uint32_t start = 0;
    uint16_t bytes = 0;
    bool used = false, matches = false;
  };
  std::vector<Slot> slots_;  // open addressing; at most half full
  std::string texts_;
  size_t size_ = 0;
  uint64_t asked_ = 0, known_ = 0;
};

}  // namespace tripod::store

// A plan's predicate compiled for evaluation: kNotEqual became "not equal", every comparison a Matcher with a number.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/events/matcher.h"
#include "store/events/plan.h"

namespace tripod::store {

struct FilterNode {
  enum class Kind : uint8_t { kTrue, kAnd, kOr, kNot, kLeaf };
  Kind kind = Kind::kTrue;
  std::vector<FilterNode> children;
  uint32_t leaf = 0;  // kLeaf: index into Filter::leaves
};

// Immutable after compile(); thread-safe.
struct Filter {
  struct Leaf {
    std::string key;  // empty: any text field
    Matcher matcher;
  };
  FilterNode root;
  std::vector<Leaf> leaves;

  // kInvalidArgument: see Matcher::compile; or nested deeper than 256.
  static base::Result<Filter> compile(const Predicate& predicate);
};

}  // namespace tripod::store

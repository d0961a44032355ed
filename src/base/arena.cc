#include "base/arena.h"

#include <algorithm>

namespace tripod::base {

void Arena::grow(size_t at_least) {
  constexpr size_t kFirst = 4096;
  constexpr size_t kMost = 1 << 20;
  size_t size = std::max(at_least, std::clamp(reserved_, kFirst, kMost));
  chunks_.push_back(std::unique_ptr<char[]>(new char[size]));
  current_ = chunks_.back().get();
  used_ = 0;
  capacity_ = size;
  reserved_ += size;
}

}  // namespace tripod::base

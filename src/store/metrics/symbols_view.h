// The texts of a block's index by their numbers, which are in the order of the texts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <ranges>
#include <string_view>

namespace tripod::store::metrics {

// A view of the index; never reads outside it, whatever the bytes are.
class SymbolsView {
 public:
  SymbolsView() = default;
  // `offsets`: a u32 for each text and one more.
  SymbolsView(std::string_view offsets, std::string_view texts)
      : offsets_(offsets), texts_(texts), count_(static_cast<uint32_t>(offsets.size() / 4 - 1)) {}

  // Also the number that stands for none.
  uint32_t count() const { return count_; }
  // Empty when there is none of this number.
  std::string_view text(uint32_t number) const {
    if (number >= count_) return {};
    const uint32_t from = offset(number);
    const uint32_t to = offset(number + 1);
    return from > to || to > texts_.size() ? std::string_view() : texts_.substr(from, to - from);
  }
  // count() when there is no such text.
  uint32_t find(std::string_view wanted) const {
    const auto numbers = std::views::iota(0u, count_);
    const auto found = std::ranges::lower_bound(numbers, wanted, {}, [&](uint32_t i) { return text(i); });
    return found != numbers.end() && text(*found) == wanted ? *found : count_;
  }

 private:
  uint32_t offset(size_t i) const {
    uint32_t v = 0;
    std::memcpy(&v, offsets_.data() + i * 4, 4);
    return v;
  }
  std::string_view offsets_;
  std::string_view texts_;
  uint32_t count_ = 0;
};

}  // namespace tripod::store::metrics

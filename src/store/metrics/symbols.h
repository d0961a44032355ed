// Label names and values of the head, each kept once and known by a number.
#pragma once

#include <array>
#include <bit>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>

#include "base/arena.h"
#include "base/hash.h"

namespace tripod::store::metrics {

using Symbol = uint32_t;
inline constexpr Symbol kNoSymbol = std::numeric_limits<Symbol>::max();

// Grows without moving its elements: element i may be read without a lock by whoever learnt of it
// under the writer's lock.
template <class T>
class StableVector {
 public:
  void push_back(T value) {
    const auto [block, at] = place(size_);
    if (blocks_[block] == nullptr) blocks_[block] = std::make_unique<T[]>(size_t{kFirst} << block);
    blocks_[block][at] = std::move(value);
    ++size_;
  }
  const T& operator[](uint32_t i) const {
    const auto [block, at] = place(i);
    return blocks_[block][at];
  }
  uint32_t size() const { return size_; }

 private:
  static constexpr uint32_t kFirst = 256;
  struct Place {
    uint32_t block;
    uint32_t at;
  };
  static Place place(uint32_t i) {
    const uint64_t shifted = uint64_t{i} + kFirst;
    const auto block = static_cast<uint32_t>(std::bit_width(shifted / kFirst)) - 1;
    return {block, static_cast<uint32_t>(shifted - (uint64_t{kFirst} << block))};
  }
  std::array<std::unique_ptr<T[]>, 25> blocks_;
  uint32_t size_ = 0;
};

// intern() and find() are externally synchronised; text() of a symbol learnt under that lock needs
// none.
class SymbolTable {
 public:
  Symbol intern(std::string_view text) {
    auto found = ids_.find(text);
    if (found != ids_.end()) return found->second;
    const std::string_view kept = arena_.copy(text);
    const Symbol id = texts_.size();
    texts_.push_back(kept);
    ids_.emplace(kept, id);
    return id;
  }
  // kNoSymbol when it was never interned.
  Symbol find(std::string_view text) const {
    auto found = ids_.find(text);
    return found == ids_.end() ? kNoSymbol : found->second;
  }
  std::string_view text(Symbol id) const { return texts_[id]; }
  uint32_t size() const { return texts_.size(); }
  size_t memory() const {
    return arena_.bytes_reserved() + texts_.size() * sizeof(std::string_view) +
           ids_.bucket_count() * (sizeof(std::string_view) + sizeof(Symbol) + 5);
  }

 private:
  struct Hash {
    using is_avalanching = void;
    size_t operator()(std::string_view text) const { return base::hash64(text); }
  };
  base::Arena arena_;
  StableVector<std::string_view> texts_;
  boost::unordered_flat_map<std::string_view, Symbol, Hash> ids_;
};

}  // namespace tripod::store::metrics

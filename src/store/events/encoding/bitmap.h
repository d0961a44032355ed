// A set of rows (or of values) of one block.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tripod::store {

// Not thread-safe. Bits past size() are always 0.
class Bitmap {
 public:
  Bitmap() = default;
  explicit Bitmap(size_t size, bool value = false)
      : size_(size), words_((size + 63) / 64, value ? ~uint64_t{0} : 0) {
    clear_tail();
  }

  size_t size() const { return size_; }
  bool test(size_t i) const { return (words_[i / 64] >> (i % 64) & 1) != 0; }
  void set(size_t i) { words_[i / 64] |= uint64_t{1} << (i % 64); }
  bool none() const {
    for (uint64_t word : words_) {
      if (word != 0) return false;
    }
    return true;
  }
  size_t count() const {
    size_t n = 0;
    for (uint64_t word : words_) n += static_cast<size_t>(std::popcount(word));
    return n;
  }
  // Set bits below `i`: the rank of a row among those of the set.
  size_t count_below(size_t i) const {
    size_t n = 0;
    for (size_t w = 0; w < i / 64; ++w) n += static_cast<size_t>(std::popcount(words_[w]));
    if (i % 64 != 0) n += static_cast<size_t>(std::popcount(words_[i / 64] & ((uint64_t{1} << (i % 64)) - 1)));
    return n;
  }

  // Operands have the same size.
  Bitmap& operator&=(const Bitmap& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    return *this;
  }
  Bitmap& operator|=(const Bitmap& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  Bitmap& subtract(const Bitmap& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
    return *this;
  }

  template <class Fn>
  void for_each(Fn&& fn) const {
    for (size_t w = 0; w < words_.size(); ++w) {
      for (uint64_t word = words_[w]; word != 0; word &= word - 1) {
        fn(w * 64 + static_cast<size_t>(std::countr_zero(word)));
      }
    }
  }

  std::vector<uint64_t>& words() { return words_; }
  const std::vector<uint64_t>& words() const { return words_; }
  // After words() were written as a whole.
  void clear_tail() {
    if (size_ % 64 != 0) words_.back() &= (uint64_t{1} << (size_ % 64)) - 1;
  }

 private:
  size_t size_ = 0;
  std::vector<uint64_t> words_;
};

}  // namespace tripod::store

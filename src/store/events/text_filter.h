// What the texts of one block can be asked without reading them: one filter for all of its columns. It has two parts: a Bloom
// filter of whole values (for equality), and a bitmap of grams, every four bytes that stand side by side in a text (for
// substrings, which need not be whole words). Byte layout: docs/formats/events.md, "Text filter".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tripod::store {

inline constexpr size_t kGramBytes = 4;
// Longer values are not in the Bloom filter: nobody asks for the whole of them, and their grams rule them out as well.
inline constexpr size_t kLongestKnownValue = 128;

// Gathers one block's filter. Reused from block to block. Not thread-safe.
class TextFilterBuilder {
 public:
  TextFilterBuilder();

  // hash64 of a value's text.
  void add_value(uint64_t hash);
  // All grams of the text, without regard to ASCII case; digits are one and the same.
  void add_text(std::string_view text);
  bool empty() const { return values_.empty() && !has_grams_; }

  struct Sizes {
    uint32_t bloom_bytes = 0;
    uint32_t gram_bytes = 0;
  };
  // Appends the filter and begins a new one.
  Sizes finish(std::string& out);

 private:
  size_t fold_grams();

  std::vector<uint64_t> values_;
  std::vector<uint64_t> slots_;  // kept for the next time
  std::vector<uint64_t> grams_;  // bits
  bool has_grams_ = false;
};

// The bits that every text containing a needle has set. Made once per query; thread-safe.
class GramProbe {
 public:
  GramProbe() = default;
  explicit GramProbe(std::string_view needle);
  // The needle is too short to be ruled out.
  bool empty() const { return hashes_.empty(); }
  // False: no text with these grams contains the needle. @pre `grams` has 0 or a power of two bytes.
  bool may_be_in(std::string_view grams) const;

 private:
  std::vector<uint32_t> hashes_;
};

}  // namespace tripod::store

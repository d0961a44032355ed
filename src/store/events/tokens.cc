#include "store/events/tokens.h"

#include <algorithm>
#include <array>

#include "base/hash.h"

namespace tripod::store {
namespace {

constexpr std::array<bool, 256> kWordBytes = [] {
  std::array<bool, 256> word{};
  for (int c = 0; c < 256; ++c) {
    word[static_cast<size_t>(c)] =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
  }
  return word;
}();

// Words share one filter with whole values: the same text hashes differently as one and as the other.
constexpr uint64_t kWordSeed = 0x776f7264;
// Longer words are known by their start.
constexpr size_t kMostBytes = 48;

}  // namespace

bool is_word_byte(char c) { return kWordBytes[static_cast<unsigned char>(c)]; }

uint64_t word_hash(std::string_view word) {
  char lower[kMostBytes];
  const size_t n = std::min(word.size(), kMostBytes);
  for (size_t i = 0; i < n; ++i) lower[i] = ascii_lower(word[i]);
  return base::hash64({lower, n}, kWordSeed);
}

std::vector<uint64_t> inner_word_hashes(std::string_view needle) {
  size_t first = 0, last = needle.size();
  while (first < last && is_word_byte(needle[first])) ++first;
  while (last > first && is_word_byte(needle[last - 1])) --last;
  std::vector<uint64_t> out;
  for_each_word(needle.substr(first, last - first), [&out](uint64_t hash) { out.push_back(hash); });
  return out;
}

}  // namespace tripod::store

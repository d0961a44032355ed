#include "store/events/text_filter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "store/events/bloom.h"

namespace tripod::store {
namespace {

// Grams are gathered in a bitmap of this many bits and folded together while hardly any is set.
constexpr size_t kMostBits = 1u << 18;
constexpr size_t kLeastBits = 256;
// A needle of n grams passes by accident with the share of set bits to the power of n.
constexpr size_t kFullShare = 4;  // a quarter

// Identifiers and times would otherwise fill the bitmap with grams that tell nothing.
constexpr std::array<uint8_t, 256> kFolded = [] {
  std::array<uint8_t, 256> folded{};
  for (size_t c = 0; c < 256; ++c) {
    folded[c] = static_cast<uint8_t>(c >= 'A' && c <= 'Z' ? c | 0x20 : c >= '0' && c <= '9' ? '0' : c);
  }
  return folded;
}();

uint32_t gram_hash(uint32_t gram) { return (gram * 0x9e3779b1u) >> 12; }

template <class Fn>
void for_each_gram(std::string_view text, Fn&& fn) {
  if (text.size() < kGramBytes) return;
  uint32_t gram = 0;
  for (size_t i = 0; i < kGramBytes - 1; ++i) gram = gram << 8 | kFolded[static_cast<uint8_t>(text[i])];
  for (size_t i = kGramBytes - 1; i < text.size(); ++i) {
    gram = gram << 8 | kFolded[static_cast<uint8_t>(text[i])];
    fn(gram_hash(gram));
  }
}

size_t count_bits(std::span<const uint64_t> words) {
  size_t n = 0;
  for (uint64_t word : words) n += static_cast<size_t>(std::popcount(word));
  return n;
}

// Keeps each hash once, in the order they came. `slots` keeps its memory between calls.
void remove_repeated(std::vector<uint64_t>& hashes, std::vector<uint64_t>& slots) {
  slots.assign(std::bit_ceil(hashes.size() * 2), 0);
  const size_t mask = slots.size() - 1;
  size_t kept = 0;
  bool has_zero = false;  // which marks an empty slot too
  for (const uint64_t hash : hashes) {
    bool is_new = hash == 0 && !has_zero;
    if (hash == 0) {
      has_zero = true;
    } else {
      size_t at = hash & mask;
      while (slots[at] != 0 && slots[at] != hash) at = (at + 1) & mask;
      is_new = slots[at] == 0;
      slots[at] = hash;
    }
    if (is_new) hashes[kept++] = hash;
  }
  hashes.resize(kept);
}

}  // namespace

TextFilterBuilder::TextFilterBuilder() : grams_(kMostBits / 64) {}

void TextFilterBuilder::add_value(uint64_t hash) { values_.push_back(hash); }

void TextFilterBuilder::add_text(std::string_view text) {
  if (text.size() < kGramBytes) return;
  has_grams_ = true;
  for_each_gram(text, [this](uint32_t hash) {
    const size_t bit = hash & (kMostBits - 1);
    grams_[bit / 64] |= uint64_t{1} << (bit % 64);
  });
}

// Halves the bitmap by laying its upper half over the lower, as long as the result is not too full. The number of words left.
size_t TextFilterBuilder::fold_grams() {
  size_t words = grams_.size();
  std::vector<uint64_t> half;
  while (words * 64 > kLeastBits) {
    half.assign(grams_.begin(), grams_.begin() + static_cast<ptrdiff_t>(words / 2));
    for (size_t i = 0; i < half.size(); ++i) half[i] |= grams_[words / 2 + i];
    if (count_bits(half) * kFullShare > half.size() * 64) break;
    std::ranges::copy(half, grams_.begin());
    words /= 2;
  }
  return words;
}

TextFilterBuilder::Sizes TextFilterBuilder::finish(std::string& out) {
  Sizes sizes;
  const size_t start = out.size();
  if (!values_.empty()) {
    remove_repeated(values_, slots_);
    append_bloom(out, values_);
    sizes.bloom_bytes = static_cast<uint32_t>(out.size() - start);
    values_.clear();
  }
  if (has_grams_) {
    const size_t bytes = fold_grams() * sizeof(uint64_t);
    out.append(reinterpret_cast<const char*>(grams_.data()), bytes);
    sizes.gram_bytes = static_cast<uint32_t>(bytes);
    std::ranges::fill(grams_, 0);
    has_grams_ = false;
  }
  return sizes;
}

GramProbe::GramProbe(std::string_view needle) {
  for_each_gram(needle, [this](uint32_t hash) { hashes_.push_back(hash); });
  std::ranges::sort(hashes_);
  const auto repeated = std::ranges::unique(hashes_);
  hashes_.erase(repeated.begin(), repeated.end());
}

bool GramProbe::may_be_in(std::string_view grams) const {
  const size_t mask = grams.size() * 8 - 1;
  for (uint32_t hash : hashes_) {
    if (grams.empty()) return false;
    const size_t bit = hash & mask;
    if ((static_cast<uint8_t>(grams[bit / 8]) >> (bit % 8) & 1) == 0) return false;
  }
  return true;
}

}  // namespace tripod::store

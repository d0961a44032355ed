#include "store/events/text_search.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tripod::store {
namespace {

// OR-ing this into a byte makes both cases of `lower` equal to it; 0 for characters without case.
// No other byte becomes equal: bit 5 is all that differs between the cases of a letter.
char case_bit(char lower) { return lower >= 'a' && lower <= 'z' ? 0x20 : 0; }

bool equal_folded(const char* text, std::string_view lower_needle) {
  for (size_t i = 0; i < lower_needle.size(); ++i) {
    if (ascii_lower(text[i]) != lower_needle[i]) return false;
  }
  return true;
}

#if defined(__x86_64__)
// Looks at a whole register of positions at once for the needle's first and last byte; only where both fit it compares.
// Both return the position found, or where the rest of the text (too short for a register) is to be searched from with
// `found` false.
struct WideHit {
  size_t at;
  bool found;
};

__attribute__((target("avx2"))) WideHit find_avx2(std::string_view text, size_t from,
                                                  std::string_view needle) {
  const size_t reach = needle.size() - 1;
  const __m256i first = _mm256_set1_epi8(needle.front());
  const __m256i first_case = _mm256_set1_epi8(case_bit(needle.front()));
  const __m256i last = _mm256_set1_epi8(needle.back());
  const __m256i last_case = _mm256_set1_epi8(case_bit(needle.back()));
  for (; from + reach + 32 <= text.size(); from += 32) {
    const auto* p = reinterpret_cast<const __m256i*>(text.data() + from);
    const auto* q = reinterpret_cast<const __m256i*>(text.data() + from + reach);
    const __m256i a = _mm256_or_si256(_mm256_loadu_si256(p), first_case);
    const __m256i b = _mm256_or_si256(_mm256_loadu_si256(q), last_case);
    const __m256i both =
        _mm256_and_si256(_mm256_cmpeq_epi8(a, first), _mm256_cmpeq_epi8(b, last));
    auto mask = static_cast<uint32_t>(_mm256_movemask_epi8(both));
    for (; mask != 0; mask &= mask - 1) {
      const size_t at = from + static_cast<size_t>(std::countr_zero(mask));
      if (equal_folded(text.data() + at, needle)) return {at, true};
    }
  }
  return {from, false};
}

WideHit find_sse2(std::string_view text, size_t from, std::string_view needle) {
  const size_t reach = needle.size() - 1;
  const __m128i first = _mm_set1_epi8(needle.front());
  const __m128i first_case = _mm_set1_epi8(case_bit(needle.front()));
  const __m128i last = _mm_set1_epi8(needle.back());
  const __m128i last_case = _mm_set1_epi8(case_bit(needle.back()));
  for (; from + reach + 16 <= text.size(); from += 16) {
    const auto* p = reinterpret_cast<const __m128i*>(text.data() + from);
    const auto* q = reinterpret_cast<const __m128i*>(text.data() + from + reach);
    const __m128i a = _mm_or_si128(_mm_loadu_si128(p), first_case);
    const __m128i b = _mm_or_si128(_mm_loadu_si128(q), last_case);
    const __m128i both = _mm_and_si128(_mm_cmpeq_epi8(a, first), _mm_cmpeq_epi8(b, last));
    auto mask = static_cast<uint32_t>(_mm_movemask_epi8(both));
    for (; mask != 0; mask &= mask - 1) {
      const size_t at = from + static_cast<size_t>(std::countr_zero(mask));
      if (equal_folded(text.data() + at, needle)) return {at, true};
    }
  }
  return {from, false};
}
#endif

size_t utf8_length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0xc0) return 1;
  if (byte < 0xe0) return 2;
  return byte < 0xf0 ? 3 : 4;
}

}  // namespace

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = ascii_lower(c);
  return out;
}

SubstringSearcher::SubstringSearcher(std::string_view needle) : needle_(ascii_lower(needle)) {}

size_t SubstringSearcher::find(std::string_view text, size_t from) const {
  if (needle_.empty()) return from <= text.size() ? from : std::string_view::npos;
  if (text.size() < needle_.size()) return std::string_view::npos;
#if defined(__x86_64__)
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
  const WideHit hit = has_avx2 ? find_avx2(text, from, needle_) : find_sse2(text, from, needle_);
  if (hit.found) return hit.at;
  from = hit.at;
#endif
  for (size_t at = from; at + needle_.size() <= text.size(); ++at) {
    if (equal_folded(text.data() + at, needle_)) return at;
  }
  return std::string_view::npos;
}

WildcardPattern::WildcardPattern(std::string_view pattern) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const bool escaped = c == '\\' && i + 1 < pattern.size() &&
                         std::string_view("*?\\").find(pattern[i + 1]) != std::string_view::npos;
    if (escaped) {
      items_.push_back({Kind::kByte, pattern[++i]});
    } else if (c == '*') {
      if (items_.empty() || items_.back().kind != Kind::kAnyText) {
        items_.push_back({Kind::kAnyText, 0});
      }
    } else if (c == '?') {
      items_.push_back({Kind::kAnyOne, 0});
    } else {
      items_.push_back({Kind::kByte, ascii_lower(c)});
    }
  }
}

std::vector<std::string> WildcardPattern::literals() const {
  std::vector<std::string> out(1);
  for (const Item& item : items_) {
    if (item.kind == Kind::kByte) {
      out.back() += item.byte;
    } else if (!out.back().empty()) {
      out.emplace_back();
    }
  }
  if (out.back().empty()) out.pop_back();
  return out;
}

// Greedy with one point to go back to: only the last `*` ever needs to take more.
bool WildcardPattern::matches(std::string_view text) const {
  size_t at = 0, item = 0;
  size_t star_item = SIZE_MAX, star_at = 0;
  while (at < text.size()) {
    if (item < items_.size() && items_[item].kind == Kind::kAnyText) {
      star_item = ++item;
      star_at = at;
    } else if (item < items_.size() && items_[item].kind == Kind::kAnyOne) {
      at = std::min(text.size(), at + utf8_length(text[at]));
      ++item;
    } else if (item < items_.size() && items_[item].byte == ascii_lower(text[at])) {
      ++at;
      ++item;
    } else if (star_item != SIZE_MAX) {
      at = ++star_at;
      item = star_item;
    } else {
      return false;
    }
  }
  while (item < items_.size() && items_[item].kind == Kind::kAnyText) ++item;
  return item == items_.size();
}

}  // namespace tripod::store

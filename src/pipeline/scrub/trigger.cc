#include "pipeline/scrub/trigger.h"

#include <bit>
#include <cstring>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tripod::pipeline::scrub {
namespace {

constexpr size_t kStep = 32;
constexpr size_t kReach = 2;  // bytes looked at past the last position of a step
constexpr uint8_t kDigitBucket = 7;

// Words that share letters share a bucket: it then lets less through.
constexpr std::array<std::pair<std::string_view, uint8_t>, 22> kWords = {{
    {"sec", 0}, {"ses", 0}, {"sig", 0}, {"ssn", 0}, {"pas", 1}, {"pwd", 1}, {"pri", 1}, {"api", 2},
    {"aut", 2}, {"cre", 3}, {"car", 3}, {"csr", 3}, {"cvv", 3}, {"cvc", 3}, {"tok", 4}, {"two", 4},
    {"otp", 4}, {"bea", 5}, {"beg", 5}, {"eyj", 5}, {"://", 6}, {"xsr", 6},
}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Setting one bit makes letters lower case and leaves digits, ":" and "/" as they are.
uint32_t key_of(const char* at) {
  const auto byte = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<unsigned char>(at[i] | 0x20));
  };
  return byte(0) | byte(1) << 8 | byte(2) << 16;
}

constexpr size_t kFewBytes = 12;

// kFewBytes to kStep + kReach - 1 bytes, in words that overlap: a call takes longer than to copy them.
void copy_short(char* to, const char* from, size_t size) {
  std::memcpy(to, from, 8);
  if (size > 16) {
    std::memcpy(to + 8, from + 8, 8);
    if (size > 24) std::memcpy(to + 16, from + 16, 8);
    if (size > 32) std::memcpy(to + 24, from + 24, 8);
  }
  std::memcpy(to + size - 8, from + size - 8, 8);
}

}  // namespace

TriggerScan::TriggerScan(const std::vector<std::string>& extra_words) {
  for (const auto& [word, bucket] : kWords) add(word, bucket);
  for (const std::string& word : extra_words) {
    if (word.size() >= kPlaces) add(word, 6);
  }
  for (size_t place = 0; place < kPlaces; ++place) {
    for (unsigned char digit = '0'; digit <= '9'; ++digit) add_byte(place, digit, kDigitBucket);
  }
#if defined(__x86_64__)
  vectorised_ = __builtin_cpu_supports("avx2") != 0;
#endif
}

void TriggerScan::add(std::string_view word, uint8_t bucket) {
  words_.push_back(key_of(word.data()));
  for (size_t place = 0; place < kPlaces; ++place) {
    const auto byte = static_cast<unsigned char>(word[place] | 0x20);
    add_byte(place, byte, bucket);
    if (byte >= 'a' && byte <= 'z')
      add_byte(place, static_cast<unsigned char>(byte - 0x20), bucket);
  }
}

void TriggerScan::add_byte(size_t place, unsigned char byte, uint8_t bucket) {
  const auto bit = static_cast<uint8_t>(1u << bucket);
  bytes_[place][byte] |= bit;
  for (const size_t lane : {size_t{0}, size_t{16}}) {
    nibbles_[place].low[lane + (byte & 15)] |= bit;
    nibbles_[place].high[lane + (byte >> 4)] |= bit;
  }
}

bool TriggerScan::starts_at(std::string_view text, size_t at) const {
  const char* here = text.data() + at;
  if (is_digit(*here)) {
    return at + 4 <= text.size() && is_digit(here[1]) && is_digit(here[2]) && is_digit(here[3]);
  }
  const uint32_t key = key_of(here);
  for (const uint32_t word : words_) {
    if (word == key) return true;
  }
  return false;
}

size_t TriggerScan::next_scalar(std::string_view text, size_t from) const {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  for (size_t at = from; at + kPlaces <= text.size(); ++at) {
    if ((bytes_[0][byte(at)] & bytes_[1][byte(at + 1)] & bytes_[2][byte(at + 2)]) == 0) continue;
    if (starts_at(text, at)) return at;
  }
  return std::string_view::npos;
}

#if defined(__x86_64__)

// One bit for each of the 32 positions from `at` where some bucket has all three bytes. Reads kStep
// + kReach bytes.
__attribute__((target("avx2"))) uint32_t TriggerScan::candidates(const char* at) const {
  const __m256i low_half = _mm256_set1_epi8(15);
  __m256i buckets = _mm256_set1_epi8(-1);
  for (size_t place = 0; place < kPlaces; ++place) {
    const __m256i text = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + place));
    const __m256i low =
        _mm256_load_si256(reinterpret_cast<const __m256i*>(nibbles_[place].low.data()));
    const __m256i high =
        _mm256_load_si256(reinterpret_cast<const __m256i*>(nibbles_[place].high.data()));
    const __m256i low_index = _mm256_and_si256(text, low_half);
    const __m256i high_index = _mm256_and_si256(_mm256_srli_epi16(text, 4), low_half);
    buckets = _mm256_and_si256(buckets, _mm256_and_si256(_mm256_shuffle_epi8(low, low_index),
                                                         _mm256_shuffle_epi8(high, high_index)));
  }
  const __m256i none = _mm256_cmpeq_epi8(buckets, _mm256_setzero_si256());
  return ~static_cast<uint32_t>(_mm256_movemask_epi8(none));
}

size_t TriggerScan::next_vectorised(std::string_view text, size_t from) const {
  const auto first = [&](uint32_t found, size_t at) {
    for (; found != 0; found &= found - 1) {
      const size_t position = at + static_cast<size_t>(std::countr_zero(found));
      if (position + kPlaces > text.size()) break;
      if (starts_at(text, position)) return position;
    }
    return std::string_view::npos;
  };
  size_t at = from;
  for (; at + kStep + kReach <= text.size(); at += kStep) {
    const size_t position = first(candidates(text.data() + at), at);
    if (position != std::string_view::npos) return position;
  }
  if (at + kPlaces > text.size()) return std::string_view::npos;
  if (text.size() >= kStep + kReach) {  // a last step that overlaps what was seen
    const size_t start = text.size() - kStep - kReach;
    return first(candidates(text.data() + start) & ~uint32_t{0} << (at - start), start);
  }
  if (text.size() - at < kFewBytes) return next_scalar(text, at);
  std::array<char, kStep + kReach>
      copy{};  // shorter than a step: the zeros behind it start nothing
  copy_short(copy.data(), text.data() + at, text.size() - at);
  return first(candidates(copy.data()), at);
}

#else

size_t TriggerScan::next_vectorised(std::string_view text, size_t from) const {
  return next_scalar(text, from);
}

#endif

}  // namespace tripod::pipeline::scrub

// Finds, many bytes at a time, where a secret could start: clean text is passed over without
// looking at it twice.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tripod::pipeline::scrub {

// Three letters at once, in up to eight buckets: a byte belongs to a bucket at a place when its two
// halves do ("Teddy", from Intel's Hyperscan). Where AVX2 is there, 32 places are looked at
// together; elsewhere one by one over the same tables. What the buckets let through is compared
// exactly. Thread-safe after construction.
class TriggerScan {
 public:
  // `extra_words`: further words to stop at (lower case); those under three characters are ignored.
  explicit TriggerScan(const std::vector<std::string>& extra_words = {});

  // The first position at or after `from` where one of these starts, in any case; npos when there
  // is none: the first three letters of a word of words.h, "bea"(rer), "beg"(in), "eyj" (a JSON web
  // token), "://", four digits.
  size_t next(std::string_view text, size_t from) const {
    return vectorised_ ? next_vectorised(text, from) : next_scalar(text, from);
  }

  // As next(), without vectors: for tests and other processors.
  size_t next_scalar(std::string_view text, size_t from) const;

 private:
  static constexpr size_t kPlaces = 3;
  // Buckets (a bit each) by the low and the high half of the byte at a place. Twice, for both lanes
  // of a vector.
  struct Nibbles {
    alignas(32) std::array<uint8_t, 32> low{};
    alignas(32) std::array<uint8_t, 32> high{};
  };

  void add(std::string_view word, uint8_t bucket);
  void add_byte(size_t place, unsigned char byte, uint8_t bucket);
  // Whether a trigger starts at `at`; exact.
  bool starts_at(std::string_view text, size_t at) const;
  size_t next_vectorised(std::string_view text, size_t from) const;
  uint32_t candidates(const char* at) const;

  std::array<Nibbles, kPlaces> nibbles_;
  std::array<std::array<uint8_t, 256>, kPlaces> bytes_{};  // the same by whole byte
  std::vector<uint32_t> words_;                            // three lower-case letters each
  bool vectorised_ = false;
};

}  // namespace tripod::pipeline::scrub

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

// Thread-safe after construction.
class TriggerScan {
 public:
  // `extra_words`: further words to stop at (lower case); those under three characters are ignored.
  explicit TriggerScan(const std::vector<std::string>& extra_words = {});

  // The first position at or after `from` where one of these starts, in any case; npos when there
  // is none: the first three letters of a word of words.h, "bea"(rer), "beg"(in), "eyj" (a JSON web
  // token), "://", four digits.
  size_t next(std::string_view text, size_t from) const;

 private:
  using Triple = std::array<char, 3>;
  std::vector<Triple> extra_;
};

}  // namespace tripod::pipeline::scrub

// The lists of series numbers in a block's index. Layout: docs/formats/metrics.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "store/metrics/postings.h"

namespace tripod::store::metrics {

// Makes one list after the other: numbers rise within each.
class PostingsWriter {
 public:
  explicit PostingsWriter(std::string& out) : out_(out) {}
  void add(uint32_t number);
  // Ends the list.
  void finish();

 private:
  void put_repeats();
  std::string& out_;
  uint64_t next_ = 0;     // the number after the one added last
  uint64_t delta_ = 1;    // of the number added last to the one before
  uint64_t repeats_ = 0;  // of delta_, not yet written
};

// The `count` numbers of the list that `bytes` begin with, all below `series`. False when it is malformed.
bool read_postings(std::string_view bytes, uint32_t count, uint32_t series, Postings& out);
// The same as version 1 of the index has it.
bool read_postings_v1(std::string_view bytes, uint32_t count, uint32_t series, Postings& out);

}  // namespace tripod::store::metrics

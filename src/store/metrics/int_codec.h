// Columns of integers and of times, as a block's chunks have them. Layout: docs/formats/metrics.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/batch.h"

namespace tripod::store::metrics {

// Integers as '0' for zero, else '1' and an exponential Golomb code, with parameter k, of zigzag
// - 1.
struct Golomb {
  unsigned k = 0;
  uint64_t bits = 0;  // what all integers take with it
};
// The parameter with which the integers take about the fewest bits.
Golomb choose_golomb(std::span<const int64_t> ints);
// One byte for k, then the codes.
void write_ints(std::span<const int64_t> ints, unsigned k, std::string& out);
// Exactly `count` integers. False when the bytes are not such a column.
bool decode_ints(std::string_view bytes, size_t count, std::vector<int64_t>& out);

// Times relative to the first one, as deltas of deltas: series scraped together give the same
// bytes.
std::string encode_times(std::span<const model::Sample> samples);
// Times relative to the first one (which is 0). False when malformed.
bool decode_times(std::string_view bytes, size_t count, std::vector<int64_t>& out);

}  // namespace tripod::store::metrics

// Columns of a block's chunk: times and values apart, each in the form that is smallest for it.
// Layout: docs/formats/metrics.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/batch.h"
#include "store/metrics/varint.h"

namespace tripod::store::metrics {

// Integers as '0' for zero, else '1' and an exponential Golomb code of zigzag - 1; the parameter is
// chosen per column.
void encode_ints(std::span<const int64_t> ints, std::string& out);
// Exactly `count` integers. False when the bytes are not such a column.
bool decode_ints(std::string_view bytes, size_t count, std::vector<int64_t>& out);

// Times relative to the first one, as deltas of deltas: series scraped together give the same
// bytes.
std::string encode_times(std::span<const model::Sample> samples);
// Times relative to the first one (which is 0). False when malformed.
bool decode_times(std::string_view bytes, size_t count, std::vector<int64_t>& out);

// Values: stale markers listed apart, the rest constant, decimal integers or XORed floats.
void encode_values(std::span<const model::Sample> samples, std::string& out);
bool decode_values(ByteReader& in, size_t count, std::vector<double>& out);

}  // namespace tripod::store::metrics

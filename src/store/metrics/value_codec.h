// Columns of values: stale markers listed apart, the rest constant, decimal integers or XORed
// floats, whichever is smallest. Layout: docs/formats/metrics.md.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "model/batch.h"
#include "store/metrics/varint.h"

namespace tripod::store::metrics {

// @pre samples is not empty
void encode_values(std::span<const model::Sample> samples, std::string& out);
// `count` values from all that is left of `in`. False when malformed.
bool decode_values(ByteReader& in, size_t count, std::vector<double>& out);

}  // namespace tripod::store::metrics

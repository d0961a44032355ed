// What must hold of any batch a decoder makes, whatever the bytes were: the oracle of the fuzz
// targets.
#pragma once

#include "ingest/decode_limits.h"
#include "model/batch.h"

namespace tripod::ingest::testing {

// Aborts with the reason unless: indexes are in range; text is valid UTF-8 and readable; JSON
// values are JSON; labels are sorted, unique and not empty.
void check_batch(const model::Batch& batch);

// What fuzz targets allow a decoder: little, so that small inputs reach it.
inline constexpr DecodeLimits kFuzzLimits{.decoded_bytes = 64u << 10};
// Aborts when the batch took up more than a decoder within kFuzzLimits may, whether or not the body
// was taken. (The arena grows by doubling and counts what it reserved.)
void check_bounded(const model::Batch& batch);

}  // namespace tripod::ingest::testing

// What must hold of any batch a decoder makes, whatever the bytes were: the oracle of the fuzz
// targets.
#pragma once

#include "model/batch.h"

namespace tripod::ingest::testing {

// Aborts with the reason unless: indexes are in range; text is valid UTF-8 and readable; JSON
// values are JSON; labels are sorted, unique and not empty.
void check_batch(const model::Batch& batch);

}  // namespace tripod::ingest::testing

// A batch as text for golden tests: every field that a decoder fills, one record a paragraph.
#pragma once

#include <string>

#include "model/batch.h"

namespace tripod::ingest::testing {

std::string batch_text(const model::Batch& batch);

}  // namespace tripod::ingest::testing

// The error events of a batch as text, for golden tests of this folder.
#pragma once

#include <string>

#include "model/batch.h"

namespace tripod::ingest::sentry {

std::string errors_text(const model::Batch& batch);

}  // namespace tripod::ingest::sentry

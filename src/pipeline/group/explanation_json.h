// An explanation as the APIs show it. docs/openapi.yaml, Grouping
#pragma once

#include "base/json_writer.h"
#include "pipeline/group/group.h"

namespace tripod::pipeline::group {

// Members of an object that is open: version, strategy, hashes, fingerprint, variants.
void write_explanation(base::JsonWriter& w, const Explanation& explanation);

}  // namespace tripod::pipeline::group

// Predicates as bytes, for files that outlive the program. Layout: docs/formats/events.md, "Predicate".
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/events/plan.h"

namespace tripod::store {

std::string encode_predicate(const Predicate& predicate);
// kDataLoss for anything but what encode_predicate() makes (nested at most 256 deep), kUnsupported for a newer version.
base::Result<Predicate> decode_predicate(std::string_view bytes);

}  // namespace tripod::store

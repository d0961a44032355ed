// The file with a dataset's records that later ones replace. Layout: docs/formats/events.md, "Superseded records".
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/events/sequence_set.h"

namespace tripod::store {

std::string encode_superseded(const SequenceSet& superseded);
// kDataLoss for anything but what encode_superseded() makes, kUnsupported for a newer version.
base::Result<SequenceSet> decode_superseded(std::string_view bytes);

}  // namespace tripod::store

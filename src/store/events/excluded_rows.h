// Which records of a part or memory block are to be left out when it is written anew.
#pragma once

#include "base/result.h"
#include "store/events/exclusions.h"
#include "store/events/memory_block.h"
#include "store/events/part.h"

namespace tripod::store {

// Their sequence numbers. Reads no more of the part than the exclusions need. Errors as of reading a part, naming it.
base::Result<SequenceSet> excluded_rows(const Part& part, const Exclusions& exclusions);
// Of batches that are there now.
SequenceSet excluded_rows(const MemoryBlock& block, const Exclusions& exclusions);

}  // namespace tripod::store

// Counts the records of a whole block without reading a column of it, where its value counts say enough.
#pragma once

#include "base/result.h"
#include "store/events/block_filter.h"
#include "store/events/group_table.h"
#include "store/events/plan.h"

namespace tripod::store {

// True: the block's matching records are counted in `groups`. False: nothing was done, the columns have to be asked. Counts
// suffice for plans that only count, when all rows of the block are in the plan's range and in one time bucket, and filter and keys
// ask, besides fields that are the same in all rows, one field only. @pre nothing of the block is to be left out.
// Errors: as add_block_groups().
base::Result<bool> add_counted_block(const AggregatePlan& plan, const BlockFilter& filter, BlockReader& block,
                                     const BlockEntry& entry, GroupTable& groups);

}  // namespace tripod::store

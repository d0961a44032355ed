// Adds the matching rows of one block to an aggregation, looking groups up once per combination and not once per row.
#pragma once

#include "base/result.h"
#include "store/events/block_reader.h"
#include "store/events/group_table.h"
#include "store/events/plan.h"

namespace tripod::store {

// Nothing is added when a column cannot be read. Errors of the table (too many groups) are kResourceExhausted, those of the
// part anything else.
base::Result<> add_block_groups(const AggregatePlan& plan, BlockReader& block, const Bitmap& rows,
                                GroupTable& groups);

}  // namespace tripod::store

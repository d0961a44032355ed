// `| dedup field`: the first record of each value. Private to query/search.
#pragma once

#include "query/search/record_source.h"

namespace tripod::query::search {

// In the plan's order the first record of each combination of values, at most plan.limit; records that lack one of the fields
// are left out. Values that were found are asked for no more, so that few values among many records cost few scans.
base::Result<RecordPage> first_of_each(store::EventStore& events, std::span<const Question::Part> parts, const RecordPlan& plan,
                                       std::span<const FieldName> fields);

}  // namespace tripod::query::search

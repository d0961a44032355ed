// An error event's share of its issue, read back from the stored record: the same fields to_events.cc writes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/issue_committer.h"
#include "store/events/event_store.h"

namespace tripod::pipeline {

// Fields issue_update_from() reads.
std::vector<std::string> issue_update_fields();
IssueUpdate issue_update_from(const store::EventRow& row);
// A user's id as kept with the issue: counted, not shown; who knows the ids of all can still find it. Empty for an empty id.
std::string user_hash(std::string_view user_id);
// ["a","b"] of plain hashes (no escapes occur in them) and back.
std::string hashes_to_json(std::span<const std::string> hashes);
std::vector<std::string> hashes_from_json(std::string_view json);

}  // namespace tripod::pipeline

// That a job runs again, told to the issue of its failures.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "store/meta/issue_store.h"

namespace tripod::monitor {

// Resolves the issue, or that which it was merged into; nothing where there is none (0 among them), or it is resolved already.
base::Result<> resolve_issue(store::IssueStore& issues, int64_t issue);

}  // namespace tripod::monitor

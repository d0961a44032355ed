// How long and how much one query of a user may take.
#pragma once

#include "base/clock.h"
#include "serve/http/message.h"
#include "store/events/plan.h"

namespace tripod::serve {

inline constexpr int64_t kQueryTimeout = 30 * base::kNanosPerSecond;

// The query ends when its client goes, too.
inline store::QueryBounds query_bounds(const base::Clock& clock, const HttpRequest& request) {
  return {.deadline_steady = clock.steady() + kQueryTimeout, .max_memory_bytes = 256u << 20, .cancelled = request.client_gone};
}

}  // namespace tripod::serve

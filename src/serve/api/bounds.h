// How long and how much one query of a user may take.
#pragma once

#include "base/clock.h"
#include "serve/http/message.h"
#include "store/events/plan.h"

namespace tripod::serve {

inline constexpr int64_t kQueryTimeout = 30 * base::kNanosPerSecond;

inline store::QueryBounds query_bounds(const base::Clock& clock) {
  return {.deadline_steady = clock.steady() + kQueryTimeout, .max_memory_bytes = 256u << 20};
}

// The same, and the query ends when its client goes.
inline store::QueryBounds query_bounds(const base::Clock& clock, const HttpRequest& request) {
  store::QueryBounds bounds = query_bounds(clock);
  bounds.cancelled = request.client_gone;
  return bounds;
}

}  // namespace tripod::serve

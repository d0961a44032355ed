// How long and how much one query of a user may take.
#pragma once

#include <functional>

#include "base/clock.h"
#include "base/result.h"
#include "serve/http/message.h"
#include "store/events/plan.h"

namespace tripod::serve {

inline constexpr int64_t kQueryTimeout = 30 * base::kNanosPerSecond;

// The query ends when its client goes, too.
inline store::QueryBounds query_bounds(const base::Clock& clock, const HttpRequest& request) {
  return {.deadline_steady = clock.steady() + kQueryTimeout, .max_memory_bytes = 256u << 20, .cancelled = request.client_gone};
}

// The same for what is asked of the metric store: why to stop, asked now and then.
inline std::function<base::Result<>()> query_poll(const base::Clock& clock, const HttpRequest& request) {
  return [&clock, until = clock.steady() + kQueryTimeout, gone = request.client_gone]() -> base::Result<> {
    if (gone.stop_requested()) return base::fail(base::Code::kCancelled, "the client has gone");
    if (clock.steady() > until) return base::fail(base::Code::kDeadlineExceeded, "the query took too long");
    return {};
  };
}

}  // namespace tripod::serve

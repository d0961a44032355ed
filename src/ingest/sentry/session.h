// Sentry's items of release health: `session`, one session's state, and `sessions`, counts of many by the minute they began.
// https://develop.sentry.dev/sdk/telemetry/sessions/
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "ingest/sentry/context.h"
#include "ingest/sentry/json_value.h"
#include "model/batch.h"

namespace tripod::ingest::sentry {

// A session may have begun this long ago, as in Relay.
inline constexpr int64_t kOldestSessionNanos = 5 * base::kNanosPerDay;

// What one envelope may still tell of sessions, and by how much its sender's clock is wrong.
struct SessionRoom {
  size_t items = 100;       // of either type: Relay's limit
  size_t counts = 10'000;   // elements of "aggregates"
  int64_t clock_drift = 0;  // nanoseconds to add to times
};

// How far behind the sender's clock is; 0 where it does not say, or where it is less than the 55 minutes from which Relay corrects times.
int64_t clock_drift(std::string_view sent_at, base::UnixNanos received);

// Both add to batch.sessions. Errors: "too_many_sessions" (the item is beyond the room), "too_large", "invalid_json", "json_too_deep", "not_an_object",
// "missing_release", "invalid_release", "invalid_timestamp", "timestamp_too_new" (a minute ahead), "timestamp_too_old".
//
// {"sid", "did", "init", "started", "status", "errors", "attrs": {"release", "environment"}}: the session begins with the update that says `init`; it is
// errored where `errors` is not 0 or `status` is errored, unhandled, crashed or abnormal. A status that is not known is that of a running session.
ItemResult<> decode_session(std::string_view json, const SentryContext& context, JsonParser& parser, SessionRoom& room, model::Batch& batch);
// {"attrs", "aggregates": [{"started", "did", "exited", "errored", "unhandled", "crashed", "abnormal"}]}. An element that cannot be taken is rejected by
// itself, also as "invalid_count". Error also: "invalid_sessions" (no list).
ItemResult<> decode_session_counts(std::string_view json, const SentryContext& context, JsonParser& parser, SessionRoom& room, model::Batch& batch);

}  // namespace tripod::ingest::sentry

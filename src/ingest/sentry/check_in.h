// Check-ins of cron monitors. https://develop.sentry.dev/sdk/telemetry/check-ins/
#pragma once

#include <string_view>

#include "ingest/sentry/context.h"
#include "ingest/sentry/json_value.h"
#include "model/batch.h"

namespace tripod::ingest::sentry {

inline constexpr size_t kMostCheckInBytes = 100u << 10;

// Appends to batch.items.check_ins. Errors: "too_large", "invalid_json", "not_an_object", "json_too_deep", "invalid_check_in" (no slug, or
// a status that is none). `slug` is the monitor's where it is known already.
ItemResult<> decode_check_in(std::string_view json, const SentryContext& context, JsonParser& parser, model::Batch& batch, std::string_view slug = {});

// The same by the address of a request: GET or POST /api/<project>/cron/<slug>/<key>/?status=ok&check_in_id=…&duration=…&environment=…
struct CheckInQuery {
  std::string_view slug;
  std::string_view status;
  std::string_view check_in_id;
  std::string_view duration;     // milliseconds
  std::string_view environment;
};
ItemResult<> add_check_in(const CheckInQuery& query, const SentryContext& context, model::Batch& batch);

// Letters, digits, _ and -, 50 at most, lower-case; whatever else becomes a dash. Empty: there is nothing of these.
std::string monitor_slug(std::string_view text);

}  // namespace tripod::ingest::sentry

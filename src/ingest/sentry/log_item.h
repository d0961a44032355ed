// A Sentry `log` item (a container of log records) -> log records.
// https://develop.sentry.dev/sdk/telemetry/logs/
#pragma once

#include <string_view>

#include "ingest/sentry/context.h"
#include "ingest/sentry/json_value.h"
#include "model/batch.h"

namespace tripod::ingest::sentry {

inline constexpr size_t kMostLogContainerBytes = 10u << 20;

// Appends the records of `json`, {"items": [...]}. One that cannot be taken is rejected by its number ("invalid_log",
// "invalid_timestamp") and the others are kept. What the SDK says of itself and of the host goes to the resource; attributes keep their
// types and, where OpenTelemetry has one, get its name. The trace is Sentry's. Errors of the whole: "too_large", "invalid_json",
// "json_too_deep", "not_an_object", "invalid_log" where there is no list.
ItemResult<> decode_logs(std::string_view json, const SentryContext& context, JsonParser& parser, model::Batch& batch);

}  // namespace tripod::ingest::sentry

// What SDKs and users report: items that were not sent, feedback. And files that come with an event.
// https://develop.sentry.dev/sdk/telemetry/client-reports/ https://develop.sentry.dev/application-architecture/feedback-architecture/
#pragma once

#include <string_view>

#include "ingest/sentry/context.h"
#include "ingest/sentry/envelope.h"
#include "ingest/sentry/json_value.h"
#include "model/batch.h"

namespace tripod::ingest::sentry {

inline constexpr size_t kMostReportBytes = 64u << 10;
inline constexpr size_t kMostDiscardedEntries = 1000;     // of one client report
inline constexpr size_t kMostProfileBytes = 50u << 20;

// {"timestamp", "discarded_events": [{"reason", "category", "quantity"}]}, and the lists of what was filtered or rate limited before
// it. Appends one entry each to batch.items.client_reports. Errors: "too_large", "invalid_json", "json_too_deep", "not_an_object",
// "invalid_client_report" (nothing in it).
ItemResult<> decode_client_report(std::string_view json, const SentryContext& context, JsonParser& parser, model::Batch& batch);

// {"event_id", "name", "email", "comments"}: of an event. Errors also: "invalid_feedback" (no event or no comment).
ItemResult<> decode_user_report(std::string_view json, const SentryContext& context, JsonParser& parser, model::Batch& batch);

// An event whose contexts.feedback says what somebody wrote. `fallback_id` where it has no id.
ItemResult<> decode_feedback(std::string_view json, model::EventId fallback_id, const SentryContext& context, JsonParser& parser, model::Batch& batch);

// The bytes stay where they are: in the envelope's body, which the batch must keep.
void add_attachment(const EnvelopeItem& item, model::EventId event_id, const SentryContext& context, model::Batch& batch);

// A profile or a chunk of one, of the type that the item has. Errors: "too_large", "not_an_object".
ItemResult<> add_profile(const EnvelopeItem& item, model::EventId event_id, const SentryContext& context, model::Batch& batch);

}  // namespace tripod::ingest::sentry

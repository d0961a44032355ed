// One Sentry event: https://develop.sentry.dev/sdk/data-model/event-payloads/
#pragma once

#include <string_view>

#include "ingest/sentry/context.h"
#include "model/batch.h"

namespace tripod::ingest::sentry {

struct JsonParser;

// What decode_event() found: an "event" item may hold a transaction (old SDKs).
enum class EventKind : uint8_t { kError, kTransaction };

// Reads an event of any shape current and old SDKs send (exception as list, {values} or a single
// object; message as text or object; tags as object or pairs; time as number or text) and appends
// it to batch.errors, with its resource. `fallback_id` is used where the event has none; when it is
// empty too, the id is derived from the bytes. kTransaction: nothing was appended, the payload is
// for decode_transaction(). A time that cannot be right becomes context.received_time; what was
// sent stays as attribute sentry.original_timestamp. Errors: "too_large", "invalid_json",
// "json_too_deep", "not_an_object".
ItemResult<EventKind> decode_event(std::string_view json, model::EventId fallback_id,
                                   const SentryContext& context, JsonParser& parser,
                                   model::Batch& batch);

}  // namespace tripod::ingest::sentry

// Sentry's words for operations and outcomes in OpenTelemetry's.
#pragma once

#include <string_view>

#include "ingest/sentry/attributes.h"
#include "model/batch.h"

namespace tripod::ingest::sentry {

// From sentry.op: https://develop.sentry.dev/sdk/telemetry/traces/span-operations/
// http.server → server; http.client, db, cache.get, rpc … → client; queue.publish, queue.submit.* →
// producer; queue.process, queue.receive, queue.task.* → consumer; anything else → internal.
model::SpanKind kind_of_op(std::string_view op);
// From the words of the sentry.kind attribute; kUnspecified for others.
model::SpanKind kind_of_word(std::string_view word);

// ok → kOk; missing, unknown and cancelled → kUnset; the rest → kError. For a server span the words
// of 4xx answers (not_found, permission_denied …) are kUnset, as OpenTelemetry's HTTP conventions
// have it: the server did its work.
model::StatusCode status_of_word(std::string_view word, model::SpanKind kind);

// Attributes under the names current semantic conventions give them, from what SDKs put into span
// data, and what the description alone says: db.query.text, http.request.method, url.full …
void add_known_names(std::string_view op, std::string_view description, AttributeList& attributes);
// The current name of a key in span data ("url" → "url.full"); the key itself when there is no
// other.
std::string_view current_name(std::string_view key);

}  // namespace tripod::ingest::sentry

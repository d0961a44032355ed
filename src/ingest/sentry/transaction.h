// Sentry transactions and spans as OpenTelemetry spans.
// https://develop.sentry.dev/sdk/data-model/event-payloads/transaction/ and …/event-payloads/span/
#pragma once

#include <string_view>

#include "ingest/sentry/context.h"
#include "model/batch.h"

namespace tripod::ingest::sentry {

struct JsonParser;

// Appends the transaction's own span (from contexts.trace) and its child spans to batch.spans.
// A transaction that ends beyond what is_believable() allows is moved as a whole so that it ends
// when it was received; the root then carries sentry.original_timestamp. Errors: "too_large",
// "invalid_json", "json_too_deep", "not_an_object", "missing_trace_context", "invalid_timestamp".
// Child spans without ids or times are rejected one by one ("invalid_span"), the others kept.
ItemResult<> decode_transaction(std::string_view json, const SentryContext& context,
                                JsonParser& parser, model::Batch& batch);

// A "span" item: a container {"version": 2, "items": […]} of streamed spans, or one span of the
// first format. Spans are taken one by one as above. Errors: "too_large", "invalid_json",
// "json_too_deep", "not_an_object".
ItemResult<> decode_spans(std::string_view json, const SentryContext& context, JsonParser& parser,
                          model::Batch& batch);

}  // namespace tripod::ingest::sentry

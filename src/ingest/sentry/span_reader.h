// One span of the first format: a child in a transaction, or a "span" item alone.
#pragma once

#include <optional>
#include <string_view>

#include "ingest/sentry/attributes.h"
#include "ingest/sentry/json_value.h"
#include "model/batch.h"

namespace tripod::ingest::sentry {

// Child of a transaction, or alone. nullopt, with `why`, when it has no trace id, span id, start or
// end. `trace_id` stands in for a missing one. The resource is the caller's to set.
std::optional<model::Span> read_span_v1(od::value& value, model::TraceId trace_id,
                                        base::Arena& arena, std::string& why);

// A streamed span with typed attributes {"value": v, "type": t}.
std::optional<model::Span> read_span_v2(od::value& value, base::Arena& arena, std::string& why);

// Whether ids and times are there; else names what is missing.
bool is_complete(const model::Span& span, std::string& why);

}  // namespace tripod::ingest::sentry

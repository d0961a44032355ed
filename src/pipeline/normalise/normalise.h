// Attribute names of older OpenTelemetry semantic conventions become the current ones, in place.
// docs/semantic-conventions.md
#pragma once

#include <string_view>

#include "model/batch.h"

namespace tripod::pipeline::normalise {

// The current name of an attribute ("db.statement" → "db.query.text"), or `key` itself: for queries
// that use old names.
std::string_view current_name(std::string_view key);

// Renames the attributes of every resource, span, span event and log record, and of error events.
// Where both names are there the new one stays and the old one goes. Then adds what only another
// attribute says:
//  - url.path and url.query from http.target; url.path from url.full;
//  - server.address and server.port from "host:port" in http.host;
//  - exception.type and exception.message of a span from the last of its exception events.
// What is added lives in the batch's arena.
void normalise_batch(model::Batch& batch);

}  // namespace tripod::pipeline::normalise

// Exceptions, threads and stack traces of an event.
// https://develop.sentry.dev/sdk/data-model/event-payloads/exception/ and …/stacktrace/
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "ingest/sentry/json_value.h"
#include "model/batch.h"

namespace tripod::ingest::sentry {

// Exceptions in event order, from any of the shapes SDKs send. `mechanism_type` becomes that of the
// last exception.
std::span<model::Exception> read_exceptions(od::value& value, base::Arena& arena,
                                            std::string_view& mechanism_type);
// {"frames": [...]}; empty for anything else.
std::span<model::Frame> read_stacktrace(od::value& value, base::Arena& arena);
// The frames of the thread that crashed, else of the current one, else of the only one that has
// frames.
std::span<model::Frame> read_threads(od::value& value, base::Arena& arena);

}  // namespace tripod::ingest::sentry

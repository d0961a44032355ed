// Names that people type and the fields they stand for. Private to query/search.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/events/plan.h"

namespace tripod::query::search {

// The fields that a bare name asks, at least one: an alias's, or the name itself; of error events a
// plain name is also looked for among the tags.
std::vector<std::string> resolve_fields(store::Dataset dataset, std::string_view name);

// The aliases of a dataset, for completion.
std::span<const std::string_view> alias_names(store::Dataset dataset);

// `field:text` looks inside a field that holds prose (a log's body, an error's message) and
// compares every other field whole.
bool is_prose(store::Dataset dataset, std::string_view field);

// Fields whose values are never numbers, however they look: ids, releases, names of services.
bool is_always_text(std::string_view field);

// Nanoseconds, microseconds, milliseconds or seconds, by the field's name ("duration_ns",
// "elapsed_ms"); 0: not a duration.
double nanos_per_unit(std::string_view field);

// severity_text of logs and level of error events: their words in rising order, empty for any other
// field.
std::span<const std::string_view> levels_of(store::Dataset dataset, std::string_view field);

// status_code of spans, which stands for their level.
bool is_span_level(store::Dataset dataset, std::string_view field);

}  // namespace tripod::query::search

// Stored values and records as JSON, the same in every answer of our own API.
#pragma once

#include "base/json_writer.h"
#include "store/events/event_store.h"

namespace tripod::serve {

void write_value(base::JsonWriter& w, const store::FieldValue& value);
// Schema Row of docs/openapi.yaml.
void write_row(base::JsonWriter& w, store::Dataset dataset, const store::EventRow& row);
// {"scanned_rows":…,"scanned_bytes":…,"took_ms":…}
void write_stats(base::JsonWriter& w, const store::QueryStats& stats, int64_t took_nanos);
void write_warnings(base::JsonWriter& w, const store::QueryStats& stats);

}  // namespace tripod::serve

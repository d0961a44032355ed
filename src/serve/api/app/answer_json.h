// An answer of the search language as JSON: schema SearchAnswer of docs/openapi.yaml.
#pragma once

#include "base/json_writer.h"
#include "query/search/answer.h"

namespace tripod::serve::app {

void write_answer(base::JsonWriter& w, const query::search::Answer& answer, int64_t took_nanos);
void write_record(base::JsonWriter& w, store::Dataset dataset, const store::EventRow& row);

}  // namespace tripod::serve::app

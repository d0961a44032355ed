// An answer of the search language as JSON: schema SearchAnswer of docs/openapi.yaml.
#pragma once

#include "base/json_writer.h"
#include "query/search/answer.h"

namespace tripod::serve::app {

void write_answer(base::JsonWriter& w, const query::search::Answer& answer, int64_t took_nanos);

}  // namespace tripod::serve::app

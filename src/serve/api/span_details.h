// The events and links of a stored span, read back from the JSON they are kept as. simdjson stays inside span_details.cc.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/events/plan.h"

namespace tripod::serve {

struct SpanEvent {
  base::UnixNanos time = 0;
  std::string name;
  std::vector<std::pair<std::string, store::FieldValue>> attributes;  // lists and objects as JsonText
};

struct SpanLink {
  std::string trace_id;   // lower-case hexadecimal digits
  std::string span_id;
};

// Of the fields "events" and "links". kInvalidArgument where the text is not a list of such objects: an attribute of the
// sender's that is merely called so.
base::Result<std::vector<SpanEvent>> parse_span_events(std::string_view json);
base::Result<std::vector<SpanLink>> parse_span_links(std::string_view json);

}  // namespace tripod::serve

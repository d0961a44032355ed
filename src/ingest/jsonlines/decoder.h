// JSON lines (NDJSON) over HTTP -> model::Batch.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "ingest/decode_limits.h"
#include "model/batch.h"

namespace tripod::pipeline {
class LineShapes;
}

namespace tripod::ingest::jsonlines {

// What the sender says of its lines in query parameters.
struct Options {
  std::string message_field;  // these three: besides the well-known names, see pipeline/line/line.h
  std::string time_field;
  std::string level_field;
  std::vector<std::string> stream_fields;  // members that name the source: they go to the Resource
  std::vector<std::pair<std::string, std::string>> extra_fields;  // added to every Resource
  size_t max_line_bytes = 1u << 20;
  size_t max_depth = 24;
  pipeline::LineShapes* shapes = nullptr;  // where given, of these options (ShapeBook); outlives the call
};

// Sets one option by the name of its query parameter: message_field, time_field, level_field,
// stream_fields (a,b,c), extra_fields (a=b,c=d), or VictoriaLogs' names of the same (_msg_field,
// _time_field, _stream_fields). False: no such option, or a value it cannot have.
bool set_option(Options& options, std::string_view name, std::string_view value);

// Every line that is a JSON object becomes a LogRecord: its message the body, its other members
// attributes, the line itself `original`. Blank lines are skipped. Any other line is rejected by
// number and reason ("line 7": invalid_json, line_too_long, json_too_deep) and the rest is kept;
// text that is not UTF-8 is repaired with U+FFFD. Error: kTooLarge when the lines take more than
// the limit once decoded (discard the batch then).
base::Result<> decode(std::shared_ptr<const std::string> body, const Options& options,
                      model::Batch& batch, const DecodeLimits& limits = {});

}  // namespace tripod::ingest::jsonlines

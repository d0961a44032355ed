// One Elasticsearch document -> a log record.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/batch.h"
#include "pipeline/line/line.h"

namespace tripod::ingest::elastic {

// As every structured line (pipeline/line/line.h): time of `@timestamp`, level, ids, message; names
// as ecs.h says. Fields of the sender (service.*, host.* ...) go to the record's resource, together
// with the index. What differs from a line:
//   message, msg, event or, where there is none of them, log   -> body; `original` stays empty, so
//                 that a message which is a line of its own kind is read as such by the pipeline
//   event.original                                             -> dropped where it is the message
//   _id                                                        -> log.record.uid
// Keeps buffers; not thread-safe.
class DocumentReader {
 public:
  struct Limits {
    size_t max_bytes = 1u << 20;
    size_t max_depth = 24;
  };
  // The batch outlives it.
  DocumentReader(model::Batch& batch, const Limits& limits)
      : batch_(batch), parser_({}, {.max_bytes = limits.max_bytes, .max_depth = limits.max_depth}) {}

  // kObject: the record was added to the batch. `text` lives as long as the batch.
  pipeline::FlattenOutcome add(std::string_view text, std::string_view index, std::string_view id);

 private:
  void take_message(model::LogRecord& record);
  uint32_t take_resource(std::string_view index);

  model::Batch& batch_;
  pipeline::LineParser parser_;
  std::vector<model::Attribute> fields_;  // of the document being read
  std::string key_;
  std::unordered_map<std::string, uint32_t> resources_;  // by index, names and values
};

}  // namespace tripod::ingest::elastic

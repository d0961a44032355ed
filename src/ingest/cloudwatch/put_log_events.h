// CloudWatch Logs' PutLogEvents (AWS JSON 1.1) -> model::Batch.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "model/batch.h"

namespace tripod::ingest::cloudwatch {

struct PutLogEvents {
  std::string group;
  std::string stream;
  size_t events = 0;  // Batch::logs[i] is event i; further records of a line that holds several come behind
};

// Nothing of the batch is taken then, as AWS does.
struct PutFault {
  bool malformed = false;  // SerializationException; else InvalidParameterException
  std::string message;     // names the event by its index
};

// Each event becomes a log record: its message the body, to be read as a line by the pipeline. Group and stream are
// `aws.log.group.names` and `aws.log.stream.names` of the resource, and the last segment of the group is its
// `service.name`, unless a JSON message names its own ("service.name", "service_name" or "service").
// Refused as AWS refuses: no events, an empty message, more than 10,000 events or 1,048,576 bytes (26 counted for each
// event besides its message), events not in the order of time, more than 24 hours between them.
// Text that is not UTF-8 is repaired with U+FFFD.
std::expected<PutLogEvents, PutFault> decode_put_log_events(std::shared_ptr<const std::string> body, model::Batch& batch);

}  // namespace tripod::ingest::cloudwatch

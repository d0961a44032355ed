// Whether two log records that came different ways are one line of a program.
#pragma once

#include <span>
#include <string_view>

#include "model/batch.h"
#include "pipeline/held_record.h"

namespace tripod::pipeline {

// One side of the comparison.
struct LineCopy {
  const model::LogRecord& record;
  Origin origin;               // the way it came; of a record that came two ways the one that says most (text, then SDK)
  std::string_view service;    // empty where unknown, as of Sentry's records
  std::span<const model::Attribute> resource;
  bool has_program_time() const { return origin != Origin::kText || record.time_is_of_line; }
};

// The same message, no fact that both state differently (the service and which of its instances among them), and evidence enough:
// - an id that both have (request, task, trace): within half a second where both times are the program's own, else within ten
//   seconds, in which a shipper reads a line;
// - else one service, no other host, and both the program's own time: within ten milliseconds;
// - else (Sentry names no service) one place in the code: within ten milliseconds.
bool is_same_line(const LineCopy& a, const LineCopy& b);

// How far apart their times are.
int64_t distance(const LineCopy& a, const LineCopy& b);

// The id by which copies find each other, empty where the record has none: of its request, else of its task.
std::string_view joining_id(const model::LogRecord& record);

}  // namespace tripod::pipeline

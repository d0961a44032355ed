// As much of LogQL as log viewers need to read logs: a stream selector with line and label filters,
// and the health check `vector(1)+vector(1)`.
// https://grafana.com/docs/loki/latest/query/log_queries/
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "query/logql/labels.h"
#include "store/events/plan.h"

namespace tripod::query::logql {

inline constexpr size_t kMaxQueryBytes = 64u << 10;

struct Query {
  enum class Kind : uint8_t { kLogs, kConstant };
  Kind kind = Kind::kLogs;
  store::Predicate filter;  // kLogs: of the logs dataset
  bool has_pipeline = false;  // kLogs: filters follow the selector
  double constant = 0;      // kConstant: the value of a sum of vector(…)s, at any time
};

// {label="x", …} with |= != |~ !~ filters (several texts joined by `or`) and | label="x" filters. A
// line is a record's body or, where the body was taken out of it, the line as it came. Errors:
// kInvalidArgument ("parse error at line 1, col 5: …"), or kUnsupported for the rest of LogQL ("…
// unsupported: …"); `error_position`, where given, receives the byte offset. For `known_fields` see
// loki_label_to_fields().
base::Result<Query> parse(std::string_view text, std::span<const std::string> known_fields = {},
                          size_t* error_position = nullptr);

}  // namespace tripod::query::logql

// patterns: messages as few patterns, with their counts over time.
#include <algorithm>

#include "base/json_writer.h"
#include "query/logql/parser.h"
#include "query/logql/pushdown.h"
#include "query/patterns/patterns.h"
#include "serve/api/bounds.h"
#include "serve/api/loki/endpoints.h"
#include "serve/api/request_range.h"

namespace tripod::serve::loki {

using base::Code;
using base::Result;

namespace {

constexpr int64_t kDefaultPatterns = 500;
constexpr int64_t kMostPatterns = 5000;
constexpr int64_t kMostPoints = 1000;

}  // namespace

Result<HttpResponse> patterns(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  const auto range = time_range(api, request);
  if (!range) return base::fail(range.error());
  const auto step_width = step(request, *range);
  if (!step_width) return base::fail(step_width.error());
  const auto limit = int_parameter(request, "limit", kDefaultPatterns, 1, kMostPatterns);
  if (!limit) return base::fail(limit.error());
  auto log = query::logql::parse_log_query(request.parameter("query"));
  if (!log) return base::fail(Code::kInvalidArgument, log.error().message);
  auto fields = api.events.fields(store::Dataset::kLogs, *range);
  if (!fields) return base::fail(fields.error());
  auto plan = query::logql::plan_logs(*log, query::logql::FieldCatalog(std::move(*fields)));
  if (!plan.stages.empty()) {
    return base::fail(Code::kInvalidArgument, "patterns are told of a selector with filters of lines as they came and of labels that are fields, not behind parsers");
  }
  query::patterns::PatternPlan question;
  question.sources.push_back({});
  question.sources.back().filter = std::move(plan.filter);
  question.step = std::max(*step_width, (range->end - range->start) / kMostPoints);
  // Buckets at multiples of the step, as counts of metrics are.
  question.range = {range->start - range->start % question.step, range->end};
  question.limit = static_cast<size_t>(*limit);
  question.compare_with_before = false;
  question.bounds = query_bounds(api.clock, request);
  const auto found = query::patterns::find_patterns(api.events, question);
  if (!found) return base::fail(found.error());
  std::string body;
  base::JsonWriter w(body);
  w.begin_object().field("status", "success").key("data").begin_array();
  for (const auto& pattern : found->patterns) {
    w.begin_object().field("pattern", pattern.text).key("samples").begin_array();
    for (size_t i = 0; i < pattern.trend.size(); ++i) {
      if (pattern.trend[i] == 0) continue;
      const int64_t time = found->start + static_cast<int64_t>(i) * found->step;
      w.begin_array().int64(time / base::kNanosPerSecond).uint64(pattern.trend[i]).end_array();
    }
    w.end_array().end_object();
  }
  w.end_array();
  if (!found->stats.warnings.empty()) {
    w.key("warnings").begin_array();
    for (const std::string& warning : found->stats.warnings) w.string(warning);
    w.end_array();
  }
  w.end_object();
  return HttpResponse::json(std::move(body));
}

}  // namespace tripod::serve::loki

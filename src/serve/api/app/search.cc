// Questions in the search language, the records around one, and those stored since.
#include <algorithm>
#include <charconv>

#include "base/json_writer.h"
#include "ingest/stream/stream_labels.h"
#include "query/search/context.h"
#include "query/search/run.h"
#include "serve/api/app/answer_json.h"
#include "serve/api/app/query_text.h"
#include "serve/api/app/routes.h"
#include "serve/api/bounds.h"
#include "serve/api/json_rows.h"
#include "serve/api/request_range.h"

namespace tripod::serve::app {

using base::Code;
using base::JsonWriter;
using base::Result;
using query::search::Question;
using query::search::RunOptions;
using store::Dataset;

namespace {

constexpr int64_t kMostRows = 10'000;
constexpr int64_t kMostNeighbours = 1'000;

Result<HttpResponse> answer(const Api& api, const Question& question, const RunOptions& options) {
  const int64_t begun = api.clock.steady();
  auto result = query::search::run(api.events, question, options);
  if (!result) return base::fail(std::move(result.error()));
  std::string body;
  JsonWriter w(body);
  write_answer(w, *result, api.clock.steady() - begun);
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> search(const Api& api, const HttpRequest& request) {
  const auto datasets = datasets_of(request);
  if (!datasets) return base::fail(datasets.error());
  const auto question = question_of(request, *datasets);
  if (!question) return question.error();
  const auto range = time_range_of(request, api.clock.now());
  if (!range) return base::fail(range.error());
  const auto limit = int_parameter(request, "limit", 200, 1, kMostRows);
  if (!limit) return base::fail(limit.error());
  RunOptions options{.range = *range, .limit = static_cast<size_t>(*limit)};
  if (request.parameter("order") == "asc") options.order = store::Order::kOldestFirst;
  options.cursor = request.parameter("cursor");
  options.bounds = query_bounds(api.clock, request);
  return answer(api, *question, options);
}

// The same as `| patterns` at the question's end.
Result<HttpResponse> patterns(const Api& api, const HttpRequest& request) {
  const auto datasets = datasets_of(request);
  if (!datasets) return base::fail(datasets.error());
  auto question = question_of(request, *datasets);
  if (!question) return question.error();
  const auto limit = int_parameter(request, "limit", 50, 1, 1000);
  if (!limit) return base::fail(limit.error());
  if (question->kind == Question::Kind::kTable || !question->rows.dedup.empty() || question->rows.limit) {
    return base::fail(Code::kUnsupported, "patterns are found among all matching records: no pipe but where may stand before");
  }
  question->kind = Question::Kind::kPatterns;
  question->patterns = std::min(question->patterns.value_or(SIZE_MAX), static_cast<size_t>(*limit));
  const auto range = time_range_of(request, api.clock.now());
  if (!range) return base::fail(range.error());
  return answer(api, *question, {.range = *range, .cursor = {}, .bounds = query_bounds(api.clock, request)});
}

// Records stored after the plan's sequence, in the order they were stored, at most `limit`: the rest comes with the next call.
Result<store::ScanResult> stored_after(const Api& api, store::ScanPlan plan, size_t limit) {
  // Late records are stored with their own time: an hour back is enough for a live list.
  plan.range.start = api.clock.now() - base::kNanosPerHour;
  plan.limit = kMostRows;
  auto result = api.events.scan(plan);
  if (!result) return result;
  if (result->has_more) {
    result->stats.incomplete = true;
    result->stats.warnings.push_back("more than " + std::to_string(result->rows.size()) + " new records at once: older ones were left out");
  }
  std::ranges::sort(result->rows, {}, &store::EventRow::sequence);
  result->has_more = result->rows.size() > limit;
  if (result->has_more) result->rows.resize(limit);
  return result;
}

// New records: the cursor is a sequence number. Without one the answer is where to begin.
Result<HttpResponse> tail(const Api& api, const HttpRequest& request) {
  const auto dataset = dataset_of(request);
  if (!dataset) return base::fail(dataset.error());
  auto filter = query_of(request, *dataset);
  if (!filter) return std::move(filter.error());
  const auto limit = int_parameter(request, "limit", 500, 1, kMostRows);
  if (!limit) return base::fail(limit.error());
  uint64_t cursor = api.events.stats(*dataset).last_sequence;
  store::ScanResult result;
  if (const std::string_view text = request.parameter("cursor"); !text.empty()) {
    uint64_t after = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), after).ec != std::errc()) {
      return base::fail(Code::kInvalidArgument, "cursor: not one of ours");
    }
    store::ScanPlan plan{.dataset = *dataset, .filter = std::move(*filter), .min_sequence = after};
    plan.bounds = query_bounds(api.clock, request);
    auto found = stored_after(api, std::move(plan), static_cast<size_t>(*limit));
    if (!found) return base::fail(std::move(found.error()));
    result = std::move(*found);
    const uint64_t last = result.rows.empty() ? after : result.rows.back().sequence;
    cursor = result.has_more ? last : std::max(cursor, last);
  }
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("rows").begin_array();
  for (const store::EventRow& row : result.rows) write_row(w, *dataset, row);
  w.end_array().key("cursor").string(std::to_string(cursor)).field("partial", result.stats.incomplete).key("warnings");
  write_warnings(w, result.stats);
  w.end_object();
  return HttpResponse::json(std::move(body));
}

template <class Number>
bool number_parameter(const HttpRequest& request, std::string_view name, Number& out) {
  const std::string_view text = request.parameter(name);
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  return ec == std::errc() && end == text.data() + text.size();
}

Result<query::search::ContextPlan> context_plan(const Api& api, const HttpRequest& request, Dataset dataset) {
  using Scope = query::search::ContextPlan::Scope;
  query::search::ContextPlan plan{.dataset = dataset};
  if (!number_parameter(request, "time", plan.time) || !number_parameter(request, "sequence", plan.sequence)) {
    return base::fail(Code::kInvalidArgument, "time and sequence must be a record's time_ns and seq");
  }
  const auto before = int_parameter(request, "before", 20, 0, kMostNeighbours);
  if (!before) return base::fail(before.error());
  const auto after = int_parameter(request, "after", 20, 0, kMostNeighbours);
  if (!after) return base::fail(after.error());
  plan.before = static_cast<size_t>(*before);
  plan.after = static_cast<size_t>(*after);
  const std::string_view scope = request.parameter("scope");
  if (scope == "service") plan.scope = Scope::kService;
  else if (scope == "all") plan.scope = Scope::kAll;
  else if (!scope.empty() && scope != "stream") return base::fail(Code::kInvalidArgument, "scope must be stream, service or all");
  plan.mark_prefix = ingest::kStreamLabelPrefix;
  plan.bounds = query_bounds(api.clock, request);
  return plan;
}

Result<HttpResponse> context(const Api& api, const HttpRequest& request) {
  const auto dataset = dataset_of(request);
  if (!dataset) return base::fail(dataset.error());
  auto filter = query_of(request, *dataset);
  if (!filter) return std::move(filter.error());
  auto plan = context_plan(api, request, *dataset);
  if (!plan) return base::fail(std::move(plan.error()));
  plan->filter = std::move(*filter);
  const auto found = query::search::find_context(api.events, *plan);
  if (!found) return base::fail(found.error());
  std::string body;
  JsonWriter w(body);
  const auto write_list = [&](std::string_view key, const std::vector<store::EventRow>& rows) {
    w.key(key).begin_array();
    for (const store::EventRow& row : rows) write_row(w, *dataset, row);
    w.end_array();
  };
  w.begin_object();
  write_list("before", found->before);
  w.key("row");
  write_row(w, *dataset, found->row);
  write_list("after", found->after);
  w.key("stream").begin_object();
  for (const auto& [name, value] : found->stream) {
    w.key(name);
    write_value(w, value);
  }
  w.end_object().field("more_before", found->more_before).field("more_after", found->more_after);
  w.field("partial", found->stats.incomplete).key("warnings");
  write_warnings(w, found->stats);
  w.end_object();
  return HttpResponse::json(std::move(body));
}

}  // namespace

void add_search_routes(Router& router, const Api& api) {
  add(router, Method::kGet, "/search", Access::kRead, [api](const HttpRequest& r) { return search(api, r); });
  add(router, Method::kGet, "/patterns", Access::kRead, [api](const HttpRequest& r) { return patterns(api, r); });
  add(router, Method::kGet, "/tail", Access::kRead, [api](const HttpRequest& r) { return tail(api, r); });
  add(router, Method::kGet, "/context", Access::kRead, [api](const HttpRequest& r) { return context(api, r); });
}

}  // namespace tripod::serve::app

// Search over records: rows, live tail, histogram, fields and their values.
#include <algorithm>
#include <charconv>
#include <map>

#include "base/json_writer.h"
#include "ingest/stream/stream_labels.h"
#include "serve/api/app/query_text.h"
#include "serve/api/app/routes.h"
#include "serve/api/bounds.h"
#include "serve/api/json_rows.h"
#include "serve/api/request_range.h"

namespace tripod::serve::app {

using base::Code;
using base::JsonWriter;
using base::Result;
using store::Dataset;

namespace {

constexpr int64_t kMostRows = 10'000;
constexpr size_t kMostSeries = 20;

Result<Dataset> dataset_of(const HttpRequest& request) {
  const std::string_view name = request.parameter("dataset");
  if (name.empty() || name == "logs") return Dataset::kLogs;
  if (name == "spans") return Dataset::kSpans;
  if (name == "errors") return Dataset::kErrors;
  return base::fail(Code::kInvalidArgument, "dataset must be logs, spans or errors");
}

// "time.sequence" of the last row of a page.
std::string cursor_text(store::Position p) { return std::to_string(p.time) + "." + std::to_string(p.sequence); }

Result<store::Position> parse_cursor(std::string_view text) {
  store::Position p;
  const char* end = text.data() + text.size();
  const auto time = std::from_chars(text.data(), end, p.time);
  if (time.ec == std::errc() && time.ptr != end && *time.ptr == '.') {
    const auto sequence = std::from_chars(time.ptr + 1, end, p.sequence);
    if (sequence.ec == std::errc() && sequence.ptr == end) return p;
  }
  return base::fail(Code::kInvalidArgument, "cursor: not one of ours");
}

// The question that every search handler shares.
struct Question {
  Dataset dataset = Dataset::kLogs;
  store::Predicate filter;
  store::TimeRange range;
};

// Or the answer that says what is wrong with it.
std::expected<Question, HttpResponse> question_of(const Api& api, const HttpRequest& request) {
  auto dataset = dataset_of(request);
  if (!dataset) return std::unexpected(error_response(ErrorShape::kApp, dataset.error(), request));
  auto filter = query_of(request, *dataset);
  if (!filter) return std::unexpected(std::move(filter.error()));
  auto range = time_range_of(request, api.clock.now());
  if (!range) return std::unexpected(error_response(ErrorShape::kApp, range.error(), request));
  return Question{*dataset, std::move(*filter), *range};
}

Result<HttpResponse> search(const Api& api, const HttpRequest& request) {
  auto question = question_of(api, request);
  if (!question) return std::move(question.error());
  const auto limit = int_parameter(request, "limit", 200, 1, kMostRows);
  if (!limit) return base::fail(limit.error());
  store::ScanPlan plan{.dataset = question->dataset, .range = question->range, .filter = std::move(question->filter)};
  plan.limit = static_cast<size_t>(*limit);
  plan.order = request.parameter("order") == "asc" ? store::Order::kOldestFirst : store::Order::kNewestFirst;
  plan.bounds = query_bounds(api.clock);
  if (std::string_view cursor = request.parameter("cursor"); !cursor.empty()) {
    auto after = parse_cursor(cursor);
    if (!after) return base::fail(std::move(after.error()));
    plan.has_after = true;
    plan.after = *after;
  }
  const int64_t begun = api.clock.steady();
  auto result = api.events.scan(plan);
  if (!result) return base::fail(std::move(result.error()));
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("rows").begin_array();
  for (const store::EventRow& row : result->rows) write_row(w, row);
  w.end_array().key("cursor");
  if (result->has_more && !result->rows.empty()) w.string(cursor_text({result->rows.back().time, result->rows.back().sequence}));
  else w.null();
  w.field("partial", result->stats.incomplete).key("warnings");
  write_warnings(w, result->stats);
  w.key("stats");
  write_stats(w, result->stats, api.clock.steady() - begun);
  w.end_object();
  return HttpResponse::json(std::move(body));
}

// Records stored after `after`, in the order they were stored, at most `limit`: the rest comes with the next call.
Result<store::ScanResult> stored_after(const Api& api, Question&& question, uint64_t after, size_t limit) {
  store::ScanPlan plan{.dataset = question.dataset, .filter = std::move(question.filter)};
  // Late records are stored with their own time: an hour back is enough for a live list.
  plan.range.start = api.clock.now() - base::kNanosPerHour;
  plan.limit = kMostRows;
  plan.min_sequence = after;
  plan.bounds = query_bounds(api.clock);
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
  auto question = question_of(api, request);
  if (!question) return std::move(question.error());
  const auto limit = int_parameter(request, "limit", 500, 1, kMostRows);
  if (!limit) return base::fail(limit.error());
  uint64_t cursor = api.events.stats(question->dataset).last_sequence;
  store::ScanResult result;
  if (const std::string_view text = request.parameter("cursor"); !text.empty()) {
    uint64_t after = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), after).ec != std::errc()) {
      return base::fail(Code::kInvalidArgument, "cursor: not one of ours");
    }
    auto found = stored_after(api, std::move(*question), after, static_cast<size_t>(*limit));
    if (!found) return base::fail(std::move(found.error()));
    result = std::move(*found);
    const uint64_t last = result.rows.empty() ? after : result.rows.back().sequence;
    cursor = result.has_more ? last : std::max(cursor, last);
  }
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("rows").begin_array();
  for (const store::EventRow& row : result.rows) write_row(w, row);
  w.end_array().key("cursor").string(std::to_string(cursor)).field("partial", result.stats.incomplete).key("warnings");
  write_warnings(w, result.stats);
  w.end_object();
  return HttpResponse::json(std::move(body));
}

std::string group_text(const store::FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  std::string out;
  JsonWriter w(out);
  write_value(w, value);
  return out == "null" ? "" : out;
}

Result<HttpResponse> histogram(const Api& api, const HttpRequest& request) {
  auto question = question_of(api, request);
  if (!question) return std::move(question.error());
  const auto buckets = int_parameter(request, "buckets", 60, 1, 1000);
  if (!buckets) return base::fail(buckets.error());
  store::AggregatePlan plan{.dataset = question->dataset, .range = question->range, .filter = std::move(question->filter)};
  plan.step = std::max<int64_t>((plan.range.end - plan.range.start + *buckets - 1) / *buckets, 1);
  if (std::string_view by = request.parameter("by"); !by.empty()) plan.by = {std::string(by)};
  plan.bounds = query_bounds(api.clock);
  auto result = api.events.aggregate(plan);
  if (!result) return base::fail(std::move(result.error()));
  std::map<std::string, std::vector<uint64_t>> series;
  uint64_t total = 0;
  for (const store::AggregateGroup& g : result->groups) {
    std::string key = g.by.empty() ? "" : group_text(g.by[0]);
    if (!series.contains(key) && series.size() >= kMostSeries) key = "other";
    auto& counts = series[key];
    counts.resize(static_cast<size_t>(*buckets));
    const auto index = static_cast<size_t>((g.bucket - plan.range.start) / plan.step);
    if (index < counts.size()) counts[index] += g.count;
    total += g.count;
  }
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("start_ns").int64_string(plan.range.start).key("step_ns").int64_string(plan.step).key("series").begin_array();
  for (const auto& [key, counts] : series) {
    w.begin_object().field("key", key).key("counts").begin_array();
    for (uint64_t n : counts) w.uint64(n);
    w.end_array().end_object();
  }
  w.end_array().field("total", total).key("warnings");
  write_warnings(w, result->stats);
  w.end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> fields(const Api& api, const HttpRequest& request) {
  auto question = question_of(api, request);
  if (!question) return std::move(question.error());
  auto result = api.events.fields(question->dataset, question->range);
  if (!result) return base::fail(std::move(result.error()));
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("fields").begin_array();
  for (const store::FieldInfo& f : *result) {
    if (f.name.starts_with(ingest::kStreamLabelPrefix)) continue;  // marks, not somebody's fields
    w.begin_object().field("name", f.name).field("type", f.type).field("rows", f.rows).end_object();
  }
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> field_values(const Api& api, const HttpRequest& request) {
  auto question = question_of(api, request);
  if (!question) return std::move(question.error());
  const auto limit = int_parameter(request, "limit", 20, 1, 1000);
  if (!limit) return base::fail(limit.error());
  const std::string field(request.parameter("field"));
  if (field.empty()) return base::fail(Code::kInvalidArgument, "field is missing");
  store::AggregatePlan plan{.dataset = question->dataset, .range = question->range, .by = {field}, .max_groups = 100'000};
  plan.filter = store::Predicate::all_of({std::move(question->filter), store::Predicate::exists(field)});
  plan.bounds = query_bounds(api.clock);
  auto result = api.events.aggregate(plan);
  if (!result) return base::fail(std::move(result.error()));
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("values").begin_array();
  for (size_t i = 0; i < result->groups.size() && i < static_cast<size_t>(*limit); ++i) {
    w.begin_object().field("value", group_text(result->groups[i].by[0])).field("count", result->groups[i].count).end_object();
  }
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

}  // namespace

void add_search_routes(Router& router, const Api& api) {
  add(router, Method::kGet, "/search", Access::kRead, [api](const HttpRequest& r) { return search(api, r); });
  add(router, Method::kGet, "/tail", Access::kRead, [api](const HttpRequest& r) { return tail(api, r); });
  add(router, Method::kGet, "/histogram", Access::kRead, [api](const HttpRequest& r) { return histogram(api, r); });
  add(router, Method::kGet, "/fields", Access::kRead, [api](const HttpRequest& r) { return fields(api, r); });
  add(router, Method::kGet, "/field_values", Access::kRead, [api](const HttpRequest& r) { return field_values(api, r); });
}

}  // namespace tripod::serve::app

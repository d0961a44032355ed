// What stands beside the records of a question: counts over time, facets, fields, values, completion.
#include <algorithm>

#include "base/json_writer.h"
#include "ingest/stream/stream_labels.h"
#include "query/search/complete.h"
#include "query/search/facets.h"
#include "query/search/search.h"
#include "serve/api/app/query_text.h"
#include "serve/api/app/routes.h"
#include "serve/api/bounds.h"
#include "serve/api/json_rows.h"
#include "serve/api/request_range.h"

namespace tripod::serve::app {

using base::Code;
using base::JsonWriter;
using base::Result;
using query::search::FieldName;
using query::search::Question;
using store::Dataset;

namespace {

// Completion runs with every key press: who types on will not wait for it.
constexpr int64_t kCompletionTimeout = 500 * base::kNanosPerMilli;

// Marks, not somebody's fields.
bool is_mark(std::string_view field) { return field.starts_with(ingest::kStreamLabelPrefix); }

// A name as in the language: bare, or in quotes for the field itself.
FieldName name_of(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? FieldName{std::string(text.substr(1, text.size() - 2)), true} : FieldName{std::string(text), false};
}

// What the handlers share: a question (its pipes are left out of account) and a range.
struct Asked {
  std::vector<Question::Part> parts;
  store::TimeRange range;
};

std::expected<Asked, HttpResponse> asked(const Api& api, const HttpRequest& request) {
  const auto datasets = datasets_of(request);
  if (!datasets) return std::unexpected(error_response(ErrorShape::kApp, datasets.error(), request));
  auto question = question_of(request, *datasets);
  if (!question) return std::unexpected(std::move(question.error()));
  const auto range = time_range_of(request, api.clock.now());
  if (!range) return std::unexpected(error_response(ErrorShape::kApp, range.error(), request));
  return Asked{std::move(question->parts), *range};
}

void write_end(JsonWriter& w, const store::QueryStats& stats) {
  w.field("partial", stats.incomplete).key("warnings");
  write_warnings(w, stats);
  w.end_object();
}

void write_values(JsonWriter& w, const query::search::ValueCounts& counts) {
  w.key("values").begin_array();
  for (const query::search::ValueCount& value : counts.values) w.begin_object().field("value", value.text).field("count", value.count).end_object();
  w.end_array();
}

Result<HttpResponse> histogram(const Api& api, const HttpRequest& request) {
  const auto question = asked(api, request);
  if (!question) return question.error();
  const auto buckets = int_parameter(request, "buckets", 60, 1, 1000);
  if (!buckets) return base::fail(buckets.error());
  const auto counted = query::search::count_over_time(
      api.events, question->parts,
      {.by = name_of(request.parameter("by")), .range = question->range, .buckets = static_cast<size_t>(*buckets), .bounds = query_bounds(api.clock, request)});
  if (!counted) return base::fail(counted.error());
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("start_ns").int64_string(counted->start).key("step_ns").int64_string(counted->step).key("series").begin_array();
  for (const auto& series : counted->series) {
    w.begin_object().field("key", series.key).key("counts").begin_array();
    for (const uint64_t count : series.counts) w.uint64(count);
    w.end_array().end_object();
  }
  w.end_array().field("total", counted->total);
  write_end(w, counted->stats);
  return HttpResponse::json(std::move(body));
}

std::vector<FieldName> names_of(std::string_view list) {
  std::vector<FieldName> out;
  while (!list.empty()) {
    const std::string_view one = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), one.size() + 1));
    if (!one.empty()) out.push_back(name_of(one));
  }
  return out;
}

Result<HttpResponse> facets(const Api& api, const HttpRequest& request) {
  constexpr size_t kMostFields = 50;
  const auto question = asked(api, request);
  if (!question) return question.error();
  const auto limit = int_parameter(request, "limit", 10, 1, 100);
  if (!limit) return base::fail(limit.error());
  query::search::FacetPlan plan{.fields = names_of(request.parameter("fields")), .is_hidden = is_mark, .range = question->range, .limit = static_cast<size_t>(*limit), .bounds = query_bounds(api.clock, request)};
  if (plan.fields.size() > kMostFields) return base::fail(Code::kInvalidArgument, "fields: more than " + std::to_string(kMostFields));
  const auto found = query::search::find_facets(api.events, question->parts, plan);
  if (!found) return base::fail(found.error());
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("facets").begin_array();
  for (const query::search::Facet& facet : found->facets) {
    w.begin_object().field("field", facet.field).field("name", facet.name).field("rows", facet.values.rows);
    write_values(w, facet.values);
    w.field("other", facet.values.other).end_object();
  }
  w.end_array().field("total", found->total);
  write_end(w, found->stats);
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> fields(const Api& api, const HttpRequest& request) {
  const auto datasets = datasets_of(request);
  if (!datasets) return base::fail(datasets.error());
  const auto range = time_range_of(request, api.clock.now());
  if (!range) return base::fail(range.error());
  const auto result = query::search::list_fields(api.events, *datasets, *range);
  if (!result) return base::fail(result.error());
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("fields").begin_array();
  for (const query::search::FieldSummary& f : *result) {
    if (is_mark(f.name)) continue;
    w.begin_object().field("name", f.name).field("type", f.type).field("rows", f.rows).end_object();
  }
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> field_values(const Api& api, const HttpRequest& request) {
  const auto question = asked(api, request);
  if (!question) return question.error();
  const auto limit = int_parameter(request, "limit", 20, 1, 1000);
  if (!limit) return base::fail(limit.error());
  query::search::ValuePlan plan{.field = name_of(request.parameter("field")), .prefix = std::string(request.parameter("prefix")), .range = question->range, .limit = static_cast<size_t>(*limit), .bounds = query_bounds(api.clock, request)};
  if (plan.field.name.empty()) return base::fail(Code::kInvalidArgument, "field is missing");
  const auto counted = query::search::count_values(api.events, question->parts, plan);
  if (!counted) return base::fail(counted.error());
  std::string body;
  JsonWriter w(body);
  w.begin_object();
  write_values(w, *counted);
  write_end(w, counted->stats);
  return HttpResponse::json(std::move(body));
}

std::string_view kind_name(query::search::CompletionItem::Kind kind) {
  using Kind = query::search::CompletionItem::Kind;
  switch (kind) {
    case Kind::kKey: return "key";
    case Kind::kValue: return "value";
    case Kind::kOperator: return "operator";
    case Kind::kPipe: return "pipe";
    case Kind::kFunction: return "function";
  }
  return "key";
}

// What is wrong with the question as a whole, as far as it is written.
void write_error(JsonWriter& w, std::string_view text, std::span<const Dataset> datasets) {
  size_t position = 0;
  const auto question = query::search::parse_question(text, datasets, &position);
  w.key("error");
  if (question) {
    w.null();
    return;
  }
  w.begin_object().field("code", base::code_name(question.error().code)).field("message", question.error().message);
  w.field("position", static_cast<uint64_t>(position)).field("column", static_cast<uint64_t>(query::search::text_column(text, position))).end_object();
}

Result<HttpResponse> complete(const Api& api, const HttpRequest& request) {
  const auto datasets = datasets_of(request);
  if (!datasets) return base::fail(datasets.error());
  const auto range = time_range_of(request, api.clock.now());
  if (!range) return base::fail(range.error());
  const auto limit = int_parameter(request, "limit", 50, 1, 200);
  if (!limit) return base::fail(limit.error());
  const std::string text(request.parameter("q"));
  if (text.size() > query::search::kMaxQueryBytes) return base::fail(Code::kInvalidArgument, "q: longer than a question may be");
  const auto end = static_cast<int64_t>(text.size());
  const auto position = int_parameter(request, "position", end, 0, end);
  if (!position) return base::fail(position.error());
  query::search::CompletionPlan plan{.datasets = *datasets, .is_hidden = is_mark, .range = *range, .limit = static_cast<size_t>(*limit), .bounds = query_bounds(api.clock, request)};
  plan.bounds.deadline_steady = api.clock.steady() + kCompletionTimeout;
  const auto found = query::search::complete(api.events, text, static_cast<size_t>(*position), plan);
  if (!found) return base::fail(found.error());
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("from", static_cast<uint64_t>(found->from)).field("to", *position).key("items").begin_array();
  for (const query::search::CompletionItem& item : found->items) {
    w.begin_object().field("text", item.text).field("kind", kind_name(item.kind)).field("detail", item.detail).key("count");
    if (item.count) w.uint64(*item.count);
    else w.null();
    w.end_object();
  }
  w.end_array();
  write_error(w, text, *datasets);
  w.key("warnings").begin_array();
  for (const std::string& warning : found->warnings) w.string(warning);
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

}  // namespace

void add_field_routes(Router& router, const Api& api) {
  add(router, Method::kGet, "/histogram", Access::kRead, [api](const HttpRequest& r) { return histogram(api, r); });
  add(router, Method::kGet, "/facets", Access::kRead, [api](const HttpRequest& r) { return facets(api, r); });
  add(router, Method::kGet, "/fields", Access::kRead, [api](const HttpRequest& r) { return fields(api, r); });
  add(router, Method::kGet, "/field_values", Access::kRead, [api](const HttpRequest& r) { return field_values(api, r); });
  add(router, Method::kGet, "/complete", Access::kRead, [api](const HttpRequest& r) { return complete(api, r); });
}

}  // namespace tripod::serve::app

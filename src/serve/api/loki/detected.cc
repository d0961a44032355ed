// detected_labels, detected_fields, detected_field/{name}/values: what Logs Drilldown offers to filter by.
#include <map>
#include <set>

#include "base/json_writer.h"
#include "query/logql/detected_fields.h"
#include "query/logql/parser.h"
#include "query/logql/pipeline.h"
#include "query/logql/pushdown.h"
#include "query/logql/record_reader.h"
#include "serve/api/bounds.h"
#include "serve/api/loki/endpoints.h"
#include "serve/api/request_range.h"

namespace tripod::serve::loki {

using base::Code;
using base::JsonWriter;
using base::Result;
using query::logql::DetectedField;

namespace {

constexpr int64_t kDefaultLines = 1000;
constexpr int64_t kMostLines = 5000;
constexpr int64_t kDefaultFields = 1000;

// The newest lines of the query, looked at.
Result<query::logql::FieldDetector> detect(const Api& api, const HttpRequest& request) {
  const auto range = time_range(api, request);
  if (!range) return base::fail(range.error());
  const auto lines = int_parameter(request, "line_limit", kDefaultLines, 1, kMostLines);
  if (!lines) return base::fail(lines.error());
  const auto text = request.parameter("query");
  auto log = query::logql::parse_log_query(text.empty() ? "{}" : text);
  if (!log) return base::fail(Code::kInvalidArgument, log.error().message);
  auto fields = api.events.fields(store::Dataset::kLogs, *range);
  if (!fields) return base::fail(fields.error());
  auto plan = query::logql::plan_logs(*log, query::logql::FieldCatalog(std::move(*fields)));
  auto pipeline = query::logql::Pipeline::compile(plan.stages);
  if (!pipeline) return base::fail(pipeline.error());
  store::ScanPlan records;
  records.range = *range;
  records.filter = std::move(plan.filter);
  records.limit = static_cast<size_t>(*lines);
  records.bounds = query_bounds(api.clock, request);
  const auto page = api.events.scan(records);
  if (!page) return base::fail(page.error());
  query::logql::FieldDetector detector;
  query::logql::RecordReader reader;
  query::logql::Line line;
  line.now = api.clock.now();
  for (const store::EventRow& row : page->rows) {
    reader.read(row, line);
    const std::string_view came = line.text;
    if (!pipeline->run(line)) continue;
    line.text = came;
    detector.add(line);
  }
  return detector;
}

void write_field(const std::string& name, const DetectedField& field, JsonWriter& w) {
  w.begin_object().field("label", name).field("type", field.type).field("cardinality", uint64_t{field.values.size()});
  w.key("parsers");
  if (field.parsers.empty()) {
    w.null();
  } else {
    w.begin_array();
    for (const std::string& parser : field.parsers) w.string(parser);
    w.end_array();
  }
  if (!field.json_path.empty()) {
    w.key("jsonPath").begin_array();
    for (const std::string& part : field.json_path) w.string(part);
    w.end_array();
  }
  w.end_object();
}

}  // namespace

Result<HttpResponse> detected_labels(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  const auto question = stream_question(api, request);
  if (!question) return base::fail(question.error());
  const auto streams = query::logql::find_streams(api.events, *question);
  if (!streams) return base::fail(streams.error());
  std::map<std::string, std::set<std::string>> values;
  for (const auto& stream : *streams) {
    for (const auto& [name, value] : stream.labels) values[name].insert(value);
  }
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("detectedLabels").begin_array();
  for (const auto& [name, all] : values) {
    w.begin_object().field("label", name).field("cardinality", uint64_t{all.size()}).end_object();
  }
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> detected_fields(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  const auto limit = int_parameter(request, "limit", kDefaultFields, 1, kMostLines);
  if (!limit) return base::fail(limit.error());
  const auto detector = detect(api, request);
  if (!detector) return base::fail(detector.error());
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("fields").begin_array();
  int64_t left = *limit;
  for (const auto& [name, field] : detector->fields()) {
    if (left-- > 0) write_field(name, field, w);
  }
  w.end_array().field("limit", *limit).end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> detected_field_values(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  const auto limit = int_parameter(request, "limit", kDefaultFields, 1, kMostLines);
  if (!limit) return base::fail(limit.error());
  const auto detector = detect(api, request);
  if (!detector) return base::fail(detector.error());
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("values").begin_array();
  const auto field = detector->fields().find(std::string(request.path_parameter("name")));
  if (field != detector->fields().end()) {
    int64_t left = *limit;
    for (const std::string& value : field->second.values) {
      if (left-- > 0) w.string(value);
    }
  }
  w.end_array().field("limit", *limit).end_object();
  return HttpResponse::json(std::move(body));
}

}  // namespace tripod::serve::loki

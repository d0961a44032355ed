// labels, label/{name}/values, series.
#include <set>

#include "base/json_writer.h"
#include "query/logql/parser.h"
#include "serve/api/bounds.h"
#include "serve/api/loki/endpoints.h"

namespace tripod::serve::loki {

using base::Code;
using base::Result;
using query::logql::find_streams;

Result<HttpResponse> labels(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  const auto question = stream_question(api, request);
  if (!question) return base::fail(question.error());
  if (question->matchers.empty()) {
    // From the store's own list of fields, no record is looked at.
    auto fields = api.events.fields(store::Dataset::kLogs, question->range);
    if (!fields) return base::fail(fields.error());
    return list_answer(query::logql::FieldCatalog(std::move(*fields)).stream_labels());
  }
  const auto streams = find_streams(api.events, *question);
  if (!streams) return base::fail(streams.error());
  std::set<std::string> names;
  for (const auto& stream : *streams) {
    for (const auto& [name, value] : stream.labels) names.insert(name);
  }
  return list_answer({names.begin(), names.end()});
}

Result<HttpResponse> label_values(const Api& api, HttpRequest& request) {
  auto question = stream_question(api, request);
  if (!question) return base::fail(question.error());
  question->labels = {std::string(request.path_parameter("name"))};
  const auto streams = find_streams(api.events, *question);
  if (!streams) return base::fail(streams.error());
  std::set<std::string> values;
  for (const auto& stream : *streams) {
    for (const auto& [name, value] : stream.labels) values.insert(value);
  }
  return list_answer({values.begin(), values.end()});
}

Result<HttpResponse> series(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  auto question = stream_question(api, request);
  if (!question) return base::fail(question.error());
  std::vector<std::string_view> groups = request.parameters("match[]");
  for (const std::string_view one : request.parameters("match")) groups.push_back(one);
  if (groups.empty()) groups.emplace_back("{}");
  std::set<query::logql::Labels> all;
  for (const std::string_view group : groups) {
    auto matchers = query::logql::parse_selector(group);
    if (!matchers) return base::fail(Code::kInvalidArgument, matchers.error().message);
    question->matchers = std::move(*matchers);
    auto streams = find_streams(api.events, *question);
    if (!streams) return base::fail(streams.error());
    for (auto& stream : *streams) all.insert(std::move(stream.labels));
  }
  std::string body;
  base::JsonWriter w(body);
  w.begin_object().field("status", "success").key("data").begin_array();
  for (const auto& one : all) query::logql::write_json(one, w);
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

}  // namespace tripod::serve::loki

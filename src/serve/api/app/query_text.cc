#include "serve/api/app/query_text.h"

#include "base/json_writer.h"
#include "query/search/search.h"
#include "serve/http/error_shape.h"

namespace tripod::serve::app {

using base::Code;
using store::Dataset;

// 400 whether it is wrong or asks for what the language does not have.
HttpResponse wrong_query(std::string_view text, const base::Error& error, size_t position) {
  std::string body;
  base::JsonWriter w(body);
  w.begin_object().key("error").begin_object().field("code", base::code_name(error.code)).field("message", error.message);
  w.field("position", static_cast<uint64_t>(position));
  w.field("column", static_cast<uint64_t>(query::search::text_column(text, position))).end_object().end_object();
  return HttpResponse::json(std::move(body), http_status(Code::kInvalidArgument));
}

std::expected<store::Predicate, HttpResponse> query_of(const HttpRequest& request, Dataset dataset) {
  size_t position = 0;
  auto filter = query::search::parse(request.parameter("q"), dataset, &position);
  if (filter) return std::move(*filter);
  return std::unexpected(wrong_query(request.parameter("q"), filter.error(), position));
}

std::expected<query::search::Question, HttpResponse> question_of(const HttpRequest& request, std::span<const Dataset> datasets) {
  size_t position = 0;
  auto question = query::search::parse_question(request.parameter("q"), datasets, &position);
  if (question) return std::move(*question);
  return std::unexpected(wrong_query(request.parameter("q"), question.error(), position));
}

base::Result<std::vector<Dataset>> datasets_of(const HttpRequest& request) {
  if (request.parameter("dataset") == "all") return std::vector{Dataset::kLogs, Dataset::kSpans, Dataset::kErrors};
  auto one = dataset_of(request);
  if (one) return std::vector{*one};
  return base::fail(Code::kInvalidArgument, "dataset must be logs, spans, errors or all");
}

base::Result<Dataset> dataset_of(const HttpRequest& request) {
  const std::string_view name = request.parameter("dataset");
  for (const Dataset dataset : {Dataset::kLogs, Dataset::kSpans, Dataset::kErrors}) {
    if (name == store::dataset_name(dataset) || (name.empty() && dataset == Dataset::kLogs)) return dataset;
  }
  return base::fail(Code::kInvalidArgument, "dataset must be logs, spans or errors");
}

}  // namespace tripod::serve::app

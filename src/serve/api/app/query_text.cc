#include "serve/api/app/query_text.h"

#include "base/json_writer.h"
#include "query/search/search.h"
#include "serve/http/error_shape.h"

namespace tripod::serve::app {

std::expected<store::Predicate, HttpResponse> query_of(const HttpRequest& request, store::Dataset dataset) {
  size_t position = 0;
  auto filter = query::search::parse(request.parameter("q"), dataset, &position);
  if (filter) return std::move(*filter);
  std::string body;
  base::JsonWriter w(body);
  w.begin_object().key("error").begin_object().field("code", base::code_name(filter.error().code));
  w.field("message", filter.error().message).field("position", static_cast<uint64_t>(position)).end_object().end_object();
  // A query that cannot be read is 400, whether it is wrong or asks for what the language does not have.
  return std::unexpected(HttpResponse::json(std::move(body), http_status(base::Code::kInvalidArgument)));
}

}  // namespace tripod::serve::app

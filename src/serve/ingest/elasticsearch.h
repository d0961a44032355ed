// What the handlers of Elasticsearch's API share.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/elastic/bulk_decoder.h"
#include "serve/ingest/intake.h"

namespace tripod::serve {

inline constexpr const char* kElasticProtocol = "elasticsearch";

// The version told to a client: its own where it says one in User-Agent, since Beats refuse a server
// older than themselves and Logstash one of a major version whose index template it does not carry;
// to all others one that they know.
std::string elastic_version_for(std::string_view user_agent);

// Everything besides the documents themselves.
void add_elastic_handshake_routes(Router& router, const Intake& intake);

// The members of an answer that a request wants: `filter_path` of its query, a list of patterns such
// as "errors,items.*.status". Patterns that begin with '-' leave out nothing.
// https://www.elastic.co/docs/reference/elasticsearch/rest-apis/common-options
class FilterPath {
 public:
  explicit FilterPath(std::string_view list);
  // Whether the value at this path, or something below it, is wanted. '*' matches one name (or a part
  // of one), '**' any number.
  bool wants(std::initializer_list<std::string_view> path) const;

 private:
  std::vector<std::vector<std::string>> patterns_;  // empty: everything
};

// What became of a request: `left_out` are the documents that the pipeline did not take.
struct BulkAnswer {
  const ingest::elastic::Bulk& bulk;
  const std::vector<model::LeftOutLog>& left_out;
  int64_t took_ms = 0;
};
std::string bulk_json(const BulkAnswer& answer, const FilterPath& filter);
// Of a single document: 201, or the error of its one item.
HttpResponse document_answer(const HttpRequest& request, const BulkAnswer& answer);

}  // namespace tripod::serve

// Elasticsearch's _bulk and _doc: documents become log records. docs/protocols/elasticsearch.md
#include "serve/ingest/elasticsearch.h"

#include <algorithm>
#include <array>

namespace tripod::serve {

namespace {

using base::Code;
using base::Error;
namespace elastic = ingest::elastic;

constexpr size_t kMostCompressed = 32 * kMegabyte;
constexpr size_t kMostRaw = 128 * kMegabyte;
constexpr size_t kMostDocument = kMegabyte;

// As Elasticsearch: a form of a foreign web page, which browsers send without asking, is none of these.
bool is_taken(std::string_view media_type) {
  constexpr std::string_view kTypes[] = {"application/x-ndjson", "application/json", "application/vnd.elasticsearch+x-ndjson",
                                         "application/vnd.elasticsearch+json", "application/stream+json"};
  return std::ranges::find(kTypes, media_type) != std::end(kTypes);
}

// True where the request was answered: its type is not taken.
bool refused_by_type(const Intake& intake, const HttpRequest& request, Responder& responder) {
  const std::string type = request.media_type();
  if (is_taken(type)) return false;
  const Error error{Code::kUnsupported, type.empty() ? "Content-Type header is missing" : "Content-Type header [" + type + "] is not supported"};
  const model::Rejection rejection{.reason = std::string(base::code_name(error.code)), .detail = error.message, .count = 1};
  intake.ledger.rejected(kElasticProtocol, request.peer.address, {&rejection, 1});
  responder(elastic_error(request, 406, "media_type_header_exception", error.message));
  return true;
}

// What answers are made of once the stores have called back.
struct Pending {
  std::shared_ptr<HttpRequest> request;
  elastic::Bulk bulk;
  base::UnixNanos received;
};

int64_t millis_since(const Intake& intake, base::UnixNanos start) {
  return std::max<int64_t>(0, (intake.clock.now() - start) / base::kNanosPerMilli);
}

void bulk(const Intake& intake, HttpRequest&& request, Responder responder) {
  if (refused_by_type(intake, request, responder)) return;
  const base::UnixNanos received = intake.clock.now();
  Submission submission{.protocol = kElasticProtocol, .errors = ErrorShape::kElastic};
  const elastic::BulkOptions options{.index = std::string(request.path_parameter("index"))};
  auto decoded = elastic::decode_bulk(take_body(request), options, submission.batch);
  if (!decoded) {
    return refuse_body(intake, request, kElasticProtocol, ErrorShape::kElastic, decoded.error(), std::move(responder));
  }
  auto kept = std::make_shared<HttpRequest>(std::move(request));
  submit(intake, kept, std::move(submission), std::move(responder),
         [intake, p = Pending{kept, std::move(*decoded), received}](const pipeline::Outcome& outcome) {
           const BulkAnswer answer{.bulk = p.bulk, .left_out = outcome.left_out_logs, .took_ms = millis_since(intake, p.received)};
           return elastic_json(*p.request, bulk_json(answer, FilterPath(p.request->parameter("filter_path"))));
         });
}

void document(const Intake& intake, elastic::Action action, HttpRequest&& request, Responder responder) {
  if (refused_by_type(intake, request, responder)) return;
  const bool is_create = request.parameter("op_type") == "create";
  const std::string index(request.path_parameter("index"));
  const std::string id(request.path_parameter("id"));
  Submission submission{.protocol = kElasticProtocol, .errors = ErrorShape::kElastic};
  auto decoded = elastic::decode_document(
      take_body(request), {.action = is_create ? elastic::Action::kCreate : action, .index = index, .id = id}, submission.batch);
  auto kept = std::make_shared<HttpRequest>(std::move(request));
  submit(intake, kept, std::move(submission), std::move(responder),
         [p = Pending{kept, std::move(decoded), 0}](const pipeline::Outcome& outcome) {
           return document_answer(*p.request, {.bulk = p.bulk, .left_out = outcome.left_out_logs});
         });
}

Route ingest_route(Method method, std::string pattern, Handler handler) {
  return {.method = method,
          .pattern = std::move(pattern),
          .access = Access::kIngest,
          .handler = std::move(handler),
          .pool = Pool::kIngest,
          .errors = ErrorShape::kElastic,
          .max_body_bytes = kMostCompressed,
          .max_decoded_bytes = kMostRaw,
          .protocol = kElasticProtocol};
}

void add_document_routes(Router& router, const Intake& intake, const std::string& prefix) {
  struct Form {
    Method method;
    const char* path;
    elastic::Action action;
  };
  constexpr std::array kForms{
      Form{Method::kPost, "/{index}/_doc", elastic::Action::kIndex},
      Form{Method::kPost, "/{index}/_doc/{id}", elastic::Action::kIndex},
      Form{Method::kPut, "/{index}/_doc/{id}", elastic::Action::kIndex},
      Form{Method::kPost, "/{index}/_create/{id}", elastic::Action::kCreate},
      Form{Method::kPut, "/{index}/_create/{id}", elastic::Action::kCreate},
  };
  for (const Form& form : kForms) {
    Route route = ingest_route(form.method, prefix + form.path, [intake, action = form.action](HttpRequest&& request, Responder responder) {
      document(intake, action, std::move(request), std::move(responder));
    });
    route.max_decoded_bytes = kMostDocument;
    router.add(std::move(route));
  }
}

}  // namespace

void add_elasticsearch_routes(Router& router, const Intake& intake) {
  for (const std::string prefix : {"", "/elastic"}) {
    for (const Method method : {Method::kPost, Method::kPut}) {
      for (const char* path : {"/_bulk", "/{index}/_bulk"}) {
        router.add(ingest_route(method, prefix + path, [intake](HttpRequest&& request, Responder responder) {
          bulk(intake, std::move(request), std::move(responder));
        }));
      }
    }
    add_document_routes(router, intake, prefix);
  }
  add_elastic_handshake_routes(router, intake);
  router.shape_prefix("/_", ErrorShape::kElastic);
  router.shape_prefix("/elastic", ErrorShape::kElastic);
}

}  // namespace tripod::serve

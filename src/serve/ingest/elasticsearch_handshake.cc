// What shippers ask an Elasticsearch before they send, and what they want to set up there. Which of them
// asks what: docs/protocols/elasticsearch.md
#include <algorithm>
#include <array>

#include "base/json_writer.h"
#include "serve/ingest/elasticsearch.h"

namespace tripod::serve {

namespace {

using base::JsonWriter;

// For clients that say no version of their own. Vector and the clients of programming languages know 8.
constexpr std::string_view kUsualVersion = "8.19.0";
constexpr std::string_view kName = "tripod";
constexpr size_t kMostSetup = 4 * kMegabyte;  // Filebeat's template has 300 kB

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

// "8.15.3" at the start of the text, three numbers of at most three digits; else empty.
std::string_view leading_version(std::string_view text) {
  size_t at = 0;
  for (int part = 0; part < 3; ++part) {
    if (part > 0 && (at == text.size() || text[at++] != '.')) return {};
    const size_t start = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    if (at == start || at - start > 3) return {};
  }
  return text.substr(0, at);
}

std::string health_json() {
  std::string out;
  JsonWriter w(out);
  w.begin_object().field("cluster_name", kName).field("status", "green").field("timed_out", false);
  w.field("number_of_nodes", 1).field("number_of_data_nodes", 1).field("active_primary_shards", 1).field("active_shards", 1);
  for (const char* none : {"relocating_shards", "initializing_shards", "unassigned_shards", "delayed_unassigned_shards",
                           "number_of_pending_tasks", "number_of_in_flight_fetch", "task_max_waiting_in_queue_millis"}) {
    w.field(none, 0);
  }
  w.field("active_shards_percent_as_number", 100.0).end_object();
  return out;
}

// Logstash wants an active license; Beats one that is at least basic.
std::string license_json() {
  std::string out;
  JsonWriter w(out);
  w.begin_object().key("license").begin_object();
  w.field("status", "active").field("uid", kName).field("type", "basic").field("mode", "basic").field("issued_to", kName);
  w.end_object().end_object();
  return out;
}

// What of X-Pack is there: nothing. Beats then send no monitoring data here.
std::string xpack_json() {
  std::string out;
  JsonWriter w(out);
  w.begin_object().key("license").begin_object();
  w.field("uid", kName).field("type", "basic").field("mode", "basic").field("status", "active").end_object();
  w.key("features").begin_object();
  for (const char* feature : {"ilm", "monitoring", "security"}) {
    w.key(feature).begin_object().field("available", false).field("enabled", false).end_object();
  }
  w.end_object().end_object();
  return out;
}

// The one node is where the client found it.
std::string nodes_json(const HttpRequest& request) {
  const std::string version = elastic_version_for(request.header("user-agent"));
  const std::string_view address = request.header("host");
  std::string out;
  JsonWriter w(out);
  w.begin_object().key("_nodes").begin_object().field("total", 1).field("successful", 1).field("failed", 0).end_object();
  w.field("cluster_name", kName).key("nodes").begin_object().key(kName).begin_object();
  w.field("name", kName).field("version", version).key("roles").begin_array();
  for (const char* role : {"data", "ingest", "master"}) w.string(role);
  w.end_array().key("http").begin_object().key("bound_address").begin_array().string(address).end_array();
  w.field("publish_address", address).end_object().end_object().end_object().end_object();
  return out;
}

HttpResponse no_search(const HttpRequest& request) {
  return elastic_error(request, 400, "unsupported_operation_exception",
                       "[" + request.path + "] is not offered: Elasticsearch's API is for sending logs; search them in the web page at /, "
                       "by /api/app/search, by `tripod logs`, or by Loki's API");
}

using Answer = HttpResponse (*)(const Intake&, const HttpRequest&);

// Handlers run after the caller was let in; each is short.
void add(Router& router, const Intake& intake, Method method, std::string pattern, Answer answer) {
  router.add({.method = method,
              .pattern = std::move(pattern),
              .access = Access::kIngest,
              .handler = [intake, answer](HttpRequest&& request, Responder responder) { responder(answer(intake, request)); },
              .pool = Pool::kIngest,
              .errors = ErrorShape::kElastic,
              .max_body_bytes = kMostSetup,
              .max_decoded_bytes = kMostSetup,
              .protocol = kElasticProtocol});
}

// A template, policy, pipeline or stream by name: acknowledged, counted, not kept, and so never there.
struct Setup {
  const char* path;
  const char* item;  // as the ledger counts it
};
constexpr std::array kSetups{
    Setup{"/_ilm/policy/{name}", "lifecycle policy"},       Setup{"/_index_template/{name}", "index template"},
    Setup{"/_template/{name}", "index template"},           Setup{"/_component_template/{name}", "component template"},
    Setup{"/_ingest/pipeline/{name}", "ingest pipeline"},   Setup{"/_data_stream/{name}", "data stream"},
};

void add_setup(Router& router, const Intake& intake, const std::string& prefix, const Setup& setup) {
  const std::string pattern = prefix + setup.path;
  add(router, intake, Method::kGet, pattern, [](const Intake&, const HttpRequest& request) {
    return elastic_error(request, 404, "resource_not_found_exception", "[" + std::string(request.path_parameter("name")) + "] is not here: nothing of its kind is kept");
  });
  router.add({.method = Method::kPut,
              .pattern = pattern,
              .access = Access::kIngest,
              .handler =
                  [intake, item = setup.item](HttpRequest&& request, Responder responder) {
                    intake.ledger.received(kElasticProtocol, item, false, 1);
                    responder(elastic_json(request, R"({"acknowledged":true})"));
                  },
              .pool = Pool::kIngest,
              .errors = ErrorShape::kElastic,
              .max_body_bytes = kMostSetup,
              .max_decoded_bytes = kMostSetup,
              .protocol = kElasticProtocol});
}

void add_searches(Router& router, const std::string& prefix) {
  for (const char* path : {"/_search", "/{index}/_search", "/_msearch", "/{index}/_msearch", "/_count", "/{index}/_count", "/_async_search",
                           "/{index}/_async_search", "/_sql", "/_query"}) {
    for (const Method method : {Method::kGet, Method::kPost}) {
      router.add({.method = method,
                  .pattern = prefix + path,
                  .access = Access::kPublic,
                  .handler = [](HttpRequest&& request, Responder responder) { responder(no_search(request)); },
                  .pool = Pool::kQuery,
                  .errors = ErrorShape::kElastic});
    }
  }
}

HttpResponse root_of(const Intake& intake, const HttpRequest& request) { return elastic_root(intake, request); }

}  // namespace

std::string elastic_version_for(std::string_view user_agent) {
  const size_t slash = user_agent.find('/');
  if (slash == user_agent.npos) return std::string(kUsualVersion);
  const std::string product = lower(user_agent.substr(0, slash));
  // "Elastic-filebeat/8.15.3 (linux; …)", "Filebeat/7.17.0 …", "Logstash/8.13.2 …", "Elastic-apm-server/8.…"
  const bool is_shipper = product.ends_with("beat") || product == "logstash" || product.starts_with("elastic-");
  const std::string_view version = is_shipper ? leading_version(user_agent.substr(slash + 1)) : std::string_view();
  return std::string(version.empty() ? kUsualVersion : version);
}

HttpResponse elastic_root(const Intake& intake, const HttpRequest& request) {
  // Without credentials it is public, as the page is; wrong ones are told here, where shippers look first.
  if (!request.header("authorization").empty()) {
    if (auto caller = intake.auth.authorize(Access::kIngest, request); !caller) {
      return error_response(ErrorShape::kElastic, caller.error(), request);
    }
  }
  std::string out;
  JsonWriter w(out);
  w.begin_object().field("name", kName).field("cluster_name", kName).field("cluster_uuid", "_na_").key("version").begin_object();
  w.field("number", elastic_version_for(request.header("user-agent"))).field("build_flavor", "default").field("build_type", "tar");
  w.field("build_hash", "unknown").field("build_date", "1970-01-01T00:00:00Z").field("build_snapshot", false);
  w.field("lucene_version", "9.12.2").field("minimum_wire_compatibility_version", "7.17.0");
  w.field("minimum_index_compatibility_version", "7.0.0").end_object();
  w.field("tagline", "You Know, for Search").end_object();
  return elastic_json(request, std::move(out));
}

void add_elastic_handshake_routes(Router& router, const Intake& intake) {
  for (const std::string prefix : {"", "/elastic"}) {
    add(router, intake, Method::kGet, prefix + "/_cluster/health",
        [](const Intake&, const HttpRequest& request) { return elastic_json(request, health_json()); });
    add(router, intake, Method::kGet, prefix + "/_license",
        [](const Intake&, const HttpRequest& request) { return elastic_json(request, license_json()); });
    add(router, intake, Method::kGet, prefix + "/_xpack",
        [](const Intake&, const HttpRequest& request) { return elastic_json(request, xpack_json()); });
    for (const char* path : {"/_nodes/http", "/_nodes/_all/http"}) {
      add(router, intake, Method::kGet, prefix + path,
          [](const Intake&, const HttpRequest& request) { return elastic_json(request, nodes_json(request)); });
    }
    for (const Setup& setup : kSetups) add_setup(router, intake, prefix, setup);
    add_searches(router, prefix);
  }
  for (const char* root : {"/elastic", "/elastic/"}) add(router, intake, Method::kGet, root, root_of);
}

}  // namespace tripod::serve

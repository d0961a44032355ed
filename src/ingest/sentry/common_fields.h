// Members that events and transactions share: user, request, tags, contexts, extra.
#pragma once

#include <string_view>

#include "ingest/sentry/attributes.h"
#include "ingest/sentry/json_value.h"
#include "model/ids.h"

namespace tripod::ingest::sentry {

struct TraceContext {
  model::TraceId trace_id;
  model::SpanId span_id;
  model::SpanId parent_span_id;
  std::string_view op;
  std::string_view origin;
  std::string_view status;
  std::string_view description;
};

struct RequestFacts {
  std::string_view method;
  std::string_view url;  // as sent: the query string is often apart
  std::string_view query;
  std::string_view user_agent;
  std::string_view request_id;  // X-Request-Id or X-Correlation-Id
};

struct UserFacts {
  std::string_view id;
  std::string_view email;
  std::string_view username;
  std::string_view ip_address;
  // What names the user best: id, else email, user name, address.
  std::string_view best() const;
};

// Contexts: "trace" into `trace`, the span's data into `attributes` when `keep_trace_data`; scalars
// of the others as "contexts.<name>.<key>"; "response" as http.response.status_code; resource
// attributes of an OpenTelemetry context give `service_name`.
struct ContextReader {
  base::Arena& arena;
  AttributeList& attributes;
  bool keep_trace_data = false;
  TraceContext trace{};
  std::string_view service_name{};

  void read(od::value& contexts);

 private:
  void read_trace(od::value& value);
  void read_otel(od::value& value);
  void read_other(std::string_view name, od::value& value);
};

RequestFacts read_request(od::value& value, base::Arena& arena);
UserFacts read_user(od::value& value, base::Arena& arena);
// Scalars as "extra.<key>", of objects as "extra.<key>.<key>". request_id is kept under its own
// name.
void read_extra(od::value& value, base::Arena& arena, AttributeList& attributes);
// Tags become attributes under their own names, values as text.
void read_tags(od::value& value, base::Arena& arena, AttributeList& tags);
// url.full, url.path, http.request.method, user.id, … from the facts.
void add_request(const RequestFacts& request, base::Arena& arena, AttributeList& attributes);
void add_user(const UserFacts& user, AttributeList& attributes);
void read_sdk(od::value& value, base::Arena& arena, std::string_view& name,
              std::string_view& version);

// "http://h:1/a/b?c" → "/a/b"; empty when there is no path.
std::string_view path_of_url(std::string_view url);

}  // namespace tripod::ingest::sentry

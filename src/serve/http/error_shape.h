// How each API says no: the same Error, in the words its clients parse.
#pragma once

#include "base/result.h"
#include "serve/http/message.h"

namespace tripod::serve {

enum class ErrorShape : uint8_t {
  kPlain,        // text
  kApp,          // {"error":{"code","message"}}
  kPrometheus,   // {"status":"error","errorType","error"}
  kLoki,         // {"status":"error","errorType","error","message","code"}
  kJaeger,       // {"data":null,"errors":[{"code","msg"}]}
  kSentryIngest, // {"detail"}; X-Sentry-Error; never 5xx where a 429 will do
  kSentryApi,    // {"detail"}
  kOtlp,         // google.rpc.Status as protobuf or JSON, following the request's content type
  kElastic,      // {"error":{"root_cause":[{"type","reason"}],"type","reason"},"status"}; X-Elastic-Product
  kAws,          // {"__type","message"}, AWS JSON 1.1; x-amzn-ErrorType
};

// The one table from error codes to HTTP status.
int http_status(base::Code code);
// Elasticsearch's shape with a type and status of its own choosing. Needed where the code alone does not say.
HttpResponse elastic_error(const HttpRequest& request, int status, std::string_view type, std::string_view reason);
// {"…"} as application/json, or as the vendored type that the request's Accept names
// (application/vnd.elasticsearch+json;compatible-with=8), with the header by which clients know an Elasticsearch.
HttpResponse elastic_json(const HttpRequest& request, std::string body, int status = 200);
// AWS JSON 1.1. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/CommonErrors.html
HttpResponse aws_error(int status, std::string_view type, std::string_view message);
HttpResponse aws_json(std::string body, int status = 200);
// Adds Retry-After where the client should come back.
HttpResponse error_response(ErrorShape shape, const base::Error& error, const HttpRequest& request);

}  // namespace tripod::serve

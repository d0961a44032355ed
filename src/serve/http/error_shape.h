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
};

// The one table from error codes to HTTP status.
int http_status(base::Code code);
// Adds Retry-After where the client should come back.
HttpResponse error_response(ErrorShape shape, const base::Error& error, const HttpRequest& request);

}  // namespace tripod::serve

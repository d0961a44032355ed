#include "serve/http/error_shape.h"

#include "base/json_writer.h"
#include "ingest/otlp/response.h"
#include "serve/grpc/status.h"

namespace tripod::serve {

using base::Code;
using base::Error;
using base::JsonWriter;

int http_status(Code code) {
  switch (code) {
    case Code::kInvalidArgument: return 400;
    case Code::kUnauthenticated: return 401;
    case Code::kPermissionDenied: return 403;
    case Code::kNotFound: return 404;
    case Code::kAlreadyExists: return 409;
    case Code::kTooLarge: return 413;
    case Code::kUnsupported: return 415;
    case Code::kResourceExhausted: return 429;
    case Code::kUnavailable: return 503;
    case Code::kDeadlineExceeded: return 504;
    case Code::kCancelled: return 499;
    case Code::kDataLoss:
    case Code::kIo:
    case Code::kInternal: return 500;
  }
  return 500;
}

namespace {

// Prometheus's errorType words: bad_data 400, execution 422, timeout 503, unavailable 503, not_found 404.
std::string_view prometheus_error_type(Code code) {
  switch (code) {
    case Code::kDeadlineExceeded: return "timeout";
    case Code::kCancelled: return "canceled";
    case Code::kNotFound: return "not_found";
    case Code::kUnavailable:
    case Code::kResourceExhausted: return "unavailable";
    case Code::kInternal:
    case Code::kIo:
    case Code::kDataLoss: return "internal";
    case Code::kUnauthenticated: return "unauthorized";
    case Code::kPermissionDenied: return "forbidden";
    default: return "bad_data";
  }
}

std::string app_body(const Error& error) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().key("error").begin_object();
  w.field("code", base::code_name(error.code)).field("message", error.message);
  w.end_object().end_object();
  return out;
}

std::string prometheus_body(const Error& error, int status, bool loki) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().field("status", "error").field("errorType", prometheus_error_type(error.code));
  w.field("error", error.message);
  if (loki) w.field("message", error.message).field("code", status);
  w.end_object();
  return out;
}

std::string jaeger_body(const Error& error, int status) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().key("data").null().field("total", 0).field("limit", 0).field("offset", 0);
  w.key("errors").begin_array().begin_object().field("code", status).field("msg", error.message);
  w.end_object().end_array().end_object();
  return out;
}

std::string detail_body(const Error& error) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().field("detail", error.message).end_object();
  return out;
}

HttpResponse otlp_response(const Error& error, int status, const HttpRequest& request) {
  const int grpc_code = grpc_status(error.code);
  if (request.media_type() == "application/json") {
    std::string out;
    JsonWriter(out).begin_object().field("code", grpc_code).field("message", error.message).end_object();
    return HttpResponse::json(std::move(out), status);
  }
  HttpResponse response{.status = status, .body = ingest::otlp::encode_status(grpc_code, error.message)};
  return std::move(response).with("Content-Type", "application/x-protobuf");
}

HttpResponse shaped(ErrorShape shape, const Error& error, int status, const HttpRequest& request) {
  switch (shape) {
    case ErrorShape::kPlain: return HttpResponse::text(error.message + "\n", status);
    case ErrorShape::kApp: return HttpResponse::json(app_body(error), status);
    case ErrorShape::kPrometheus: return HttpResponse::json(prometheus_body(error, status, false), status);
    case ErrorShape::kLoki: return HttpResponse::json(prometheus_body(error, status, true), status);
    case ErrorShape::kJaeger: return HttpResponse::json(jaeger_body(error, status), status);
    case ErrorShape::kSentryApi: return HttpResponse::json(detail_body(error), status);
    case ErrorShape::kSentryIngest:
      return HttpResponse::json(detail_body(error), status).with("X-Sentry-Error", error.message);
    case ErrorShape::kOtlp: return otlp_response(error, status, request);
  }
  return HttpResponse::text(error.message + "\n", status);
}

}  // namespace

HttpResponse error_response(ErrorShape shape, const Error& error, const HttpRequest& request) {
  int status = http_status(error.code);
  // Sentry's SDKs drop the event on any status; 429 with Retry-After at least keeps the next ones waiting.
  if (shape == ErrorShape::kSentryIngest && status == 503) status = 429;
  // OTLP clients retry 429 and 503 alike; Loki's and Prometheus's senders too.
  HttpResponse response = shaped(shape, error, status, request);
  if (status == 429 || status == 503) response.headers.push_back({"Retry-After", "1"});
  if (status == 401) response.headers.push_back({"WWW-Authenticate", "Bearer realm=\"tripod\""});
  return response;
}

}  // namespace tripod::serve

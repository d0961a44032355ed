#include "serve/http/error_shape.h"

#include <algorithm>

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

// The number behind "compatible-with=", where Accept asks for Elasticsearch's vendored JSON.
std::string_view compatible_version(std::string_view accept) {
  if (accept.find("application/vnd.elasticsearch+json") == accept.npos) return {};
  constexpr std::string_view kName = "compatible-with=";
  const size_t at = accept.find(kName);
  if (at == accept.npos) return {};
  accept.remove_prefix(at + kName.size());
  const size_t digits = std::min(accept.find_first_not_of("0123456789"), accept.size());
  return digits <= 2 ? accept.substr(0, digits) : std::string_view();
}

std::string_view elastic_error_type(Code code) {
  switch (code) {
    case Code::kUnauthenticated:
    case Code::kPermissionDenied: return "security_exception";
    case Code::kNotFound: return "resource_not_found_exception";
    case Code::kAlreadyExists: return "resource_already_exists_exception";
    case Code::kTooLarge: return "content_too_long_exception";
    case Code::kUnsupported: return "unsupported_operation_exception";
    case Code::kResourceExhausted: return "es_rejected_execution_exception";
    case Code::kUnavailable: return "cluster_block_exception";
    case Code::kDeadlineExceeded: return "timeout_exception";
    case Code::kCancelled: return "task_cancelled_exception";
    case Code::kInvalidArgument: return "illegal_argument_exception";
    case Code::kDataLoss:
    case Code::kIo:
    case Code::kInternal: return "exception";
  }
  return "exception";
}

struct AwsError {
  int status;
  std::string_view type;
};

// CloudWatch Logs answers most faults of the caller with 400.
AwsError aws_error_of(Code code) {
  switch (code) {
    case Code::kInvalidArgument: return {400, "InvalidParameterException"};
    case Code::kUnauthenticated: return {403, "UnrecognizedClientException"};
    case Code::kPermissionDenied: return {403, "AccessDeniedException"};
    case Code::kNotFound: return {400, "ResourceNotFoundException"};
    case Code::kAlreadyExists: return {400, "ResourceAlreadyExistsException"};
    case Code::kTooLarge: return {413, "RequestEntityTooLargeException"};
    case Code::kUnsupported: return {400, "UnknownOperationException"};
    case Code::kResourceExhausted: return {400, "ThrottlingException"};
    case Code::kUnavailable:
    case Code::kDeadlineExceeded:
    case Code::kCancelled: return {503, "ServiceUnavailableException"};
    case Code::kDataLoss:
    case Code::kIo:
    case Code::kInternal: return {500, "InternalFailure"};
  }
  return {500, "InternalFailure"};
}

HttpResponse aws_response(const Error& error) {
  const AwsError as = aws_error_of(error.code);
  return aws_error(as.status, as.type, error.message);
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
    case ErrorShape::kElastic: return elastic_error(request, status, elastic_error_type(error.code), error.message);
    case ErrorShape::kAws: return aws_response(error);
  }
  return HttpResponse::text(error.message + "\n", status);
}

}  // namespace

HttpResponse elastic_json(const HttpRequest& request, std::string body, int status) {
  HttpResponse response = HttpResponse::json(std::move(body), status);
  if (const auto version = compatible_version(request.header("accept")); !version.empty()) {
    response.headers.front().value = "application/vnd.elasticsearch+json;compatible-with=" + std::string(version);
  }
  return std::move(response).with("X-Elastic-Product", "Elasticsearch");
}

HttpResponse elastic_error(const HttpRequest& request, int status, std::string_view type, std::string_view reason) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().key("error").begin_object().key("root_cause").begin_array();
  w.begin_object().field("type", type).field("reason", reason).end_object().end_array();
  w.field("type", type).field("reason", reason).end_object().field("status", status).end_object();
  return elastic_json(request, std::move(out), status);
}

HttpResponse aws_json(std::string body, int status) {
  HttpResponse response{.status = status, .headers = {{"Content-Type", "application/x-amz-json-1.1"}}, .body = std::move(body)};
  return response;
}

HttpResponse aws_error(int status, std::string_view type, std::string_view message) {
  std::string out;
  JsonWriter(out).begin_object().field("__type", type).field("message", message).end_object();
  return aws_json(std::move(out), status).with("x-amzn-ErrorType", std::string(type));
}

HttpResponse error_response(ErrorShape shape, const Error& error, const HttpRequest& request) {
  int status = http_status(error.code);
  // Sentry's SDKs drop the event on any status; 429 with Retry-After at least keeps the next ones waiting.
  if (shape == ErrorShape::kSentryIngest && status == 503) status = 429;
  // OTLP clients retry 429 and 503 alike; Loki's and Prometheus's senders too.
  HttpResponse response = shaped(shape, error, status, request);
  status = response.status;
  if (status == 429 || status == 503) response.headers.push_back({"Retry-After", "1"});
  if (status == 401) response.headers.push_back({"WWW-Authenticate", "Bearer realm=\"tripod\""});
  return response;
}

}  // namespace tripod::serve

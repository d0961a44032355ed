// OTLP over HTTP: POST /v1/{traces,metrics,logs}, binary protobuf or JSON. https://opentelemetry.io/docs/specs/otlp/#otlphttp
#include "ingest/otlp/decoder.h"
#include "ingest/otlp/response.h"
#include "serve/ingest/intake.h"

namespace tripod::serve {

namespace {

using base::Code;
using base::Error;
namespace otlp = ingest::otlp;

constexpr size_t kMostBytes = 64 * kMegabyte;   // as the OpenTelemetry Collector's default, before and after decompression

using Decode = base::Result<> (*)(std::shared_ptr<const std::string>, model::Batch&, const otlp::Limits&);
using Encode = std::string (*)(const model::Batch&);

// One of the two forms a request may have; its answer has the same.
struct Form {
  const char* content_type;
  Decode decode;
  Encode encode;
};

struct Signal {
  const char* path;
  Form protobuf;
  Form json;

  const Form* form_of(std::string_view media_type) const {
    for (const Form* form : {&protobuf, &json}) {
      if (media_type == form->content_type) return form;
    }
    return nullptr;
  }
};

constexpr const char* kProtobuf = "application/x-protobuf";
constexpr const char* kJson = "application/json";
constexpr Signal kSignals[] = {
    {"/v1/traces",
     {kProtobuf, otlp::decode_traces, otlp::encode_traces_response},
     {kJson, otlp::decode_traces_json, otlp::encode_traces_response_json}},
    {"/v1/logs",
     {kProtobuf, otlp::decode_logs, otlp::encode_logs_response},
     {kJson, otlp::decode_logs_json, otlp::encode_logs_response_json}},
    {"/v1/metrics",
     {kProtobuf, otlp::decode_metrics, otlp::encode_metrics_response},
     {kJson, otlp::decode_metrics_json, otlp::encode_metrics_response_json}},
};

void handle(const Intake& intake, const Signal& signal, HttpRequest&& request, Responder responder) {
  const std::string type = request.media_type();
  const Form* form = signal.form_of(type);
  if (form == nullptr) {
    const Error error{Code::kUnsupported, "Content-Type \"" + type +
                                              "\" is not taken: send application/x-protobuf (set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf) "
                                              "or application/json (http/json)"};
    return refuse_body(intake, request, "otlp", ErrorShape::kOtlp, error, std::move(responder));
  }
  if (!request.path_parameter("project").empty()) {
    if (const auto project = project_of_path(intake, request); !project) {
      return refuse_body(intake, request, "otlp", ErrorShape::kOtlp, project.error(), std::move(responder));
    }
  }
  Submission submission{.protocol = "otlp", .errors = ErrorShape::kOtlp};
  if (auto ok = form->decode(take_body(request), submission.batch, {}); !ok) {
    return refuse_body(intake, request, "otlp", ErrorShape::kOtlp, ok.error(), std::move(responder));
  }
  auto kept = std::make_shared<HttpRequest>(std::move(request));
  submit(intake, std::move(kept), std::move(submission), std::move(responder), [form](const pipeline::Outcome& outcome) {
    model::Batch answer;
    answer.rejections = outcome.rejections;
    return HttpResponse{.status = 200, .headers = {{"Content-Type", form->content_type}}, .body = form->encode(answer)};
  });
}

void add(Router& router, const Intake& intake, const Signal& signal) {
  for (const char* prefix : {"", "/api/{project}/integration/otlp"}) {
    router.add({.method = Method::kPost,
                .pattern = std::string(prefix) + signal.path,
                .access = Access::kIngest,
                .handler = [intake, &signal](HttpRequest&& request, Responder responder) {
                  handle(intake, signal, std::move(request), std::move(responder));
                },
                .pool = Pool::kIngest,
                .errors = ErrorShape::kOtlp,
                .max_body_bytes = kMostBytes,
                .max_decoded_bytes = kMostBytes,
                .cors = true,
                .protocol = "otlp"});
  }
}

}  // namespace

void add_otlp_routes(Router& router, const Intake& intake) {
  for (const Signal& signal : kSignals) add(router, intake, signal);
  router.shape_prefix("/v1/", ErrorShape::kOtlp);
}

}  // namespace tripod::serve

// OTLP over HTTP: POST /v1/{traces,metrics,logs} with binary protobuf. https://opentelemetry.io/docs/specs/otlp/#otlphttp
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

void handle(const Intake& intake, Decode decode, Encode encode, HttpRequest&& request, Responder responder) {
  const std::string type = request.media_type();
  if (type != "application/x-protobuf") {
    const Error error{Code::kUnsupported, "Content-Type \"" + type +
                                              "\" is not taken: send application/x-protobuf (set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf)"};
    return refuse_body(intake, request, "otlp", ErrorShape::kOtlp, error, std::move(responder));
  }
  if (!request.path_parameter("project").empty()) {
    if (const auto project = project_of_path(intake, request); !project) {
      return refuse_body(intake, request, "otlp", ErrorShape::kOtlp, project.error(), std::move(responder));
    }
  }
  Submission submission{.protocol = "otlp", .errors = ErrorShape::kOtlp};
  if (auto ok = decode(take_body(request), submission.batch, {}); !ok) {
    return refuse_body(intake, request, "otlp", ErrorShape::kOtlp, ok.error(), std::move(responder));
  }
  auto kept = std::make_shared<HttpRequest>(std::move(request));
  submit(intake, std::move(kept), std::move(submission), std::move(responder), [encode](const pipeline::Outcome& outcome) {
    model::Batch answer;
    answer.rejections = outcome.rejections;
    return HttpResponse{.status = 200, .headers = {{"Content-Type", "application/x-protobuf"}}, .body = encode(answer)};
  });
}

void add(Router& router, const Intake& intake, std::string path, Decode decode, Encode encode) {
  for (const char* prefix : {"", "/api/{project}/integration/otlp"}) {
    router.add({.method = Method::kPost,
                .pattern = prefix + path,
                .access = Access::kIngest,
                .handler = [intake, decode, encode](HttpRequest&& request, Responder responder) {
                  handle(intake, decode, encode, std::move(request), std::move(responder));
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
  add(router, intake, "/v1/traces", otlp::decode_traces, otlp::encode_traces_response);
  add(router, intake, "/v1/logs", otlp::decode_logs, otlp::encode_logs_response);
  add(router, intake, "/v1/metrics", otlp::decode_metrics, otlp::encode_metrics_response);
  router.shape_prefix("/v1/", ErrorShape::kOtlp);
}

}  // namespace tripod::serve

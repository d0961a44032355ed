// Prometheus remote write 1.0 and 2.0. https://prometheus.io/docs/specs/prw/remote_write_spec/ and remote_write_spec_2_0/
#include "ingest/prometheus/content_type.h"
#include "ingest/prometheus/remote_write_decoder.h"
#include "serve/ingest/intake.h"

namespace tripod::serve {

namespace {

namespace prometheus = ingest::prometheus;

constexpr size_t kMostCompressed = 32 * kMegabyte;
constexpr size_t kMostRaw = 128 * kMegabyte;

// 400 keeps the sender from sending again what will never be taken.
HttpResponse answer(const pipeline::Outcome& outcome) {
  std::string text;
  if (outcome.rejected > 0) text = std::to_string(outcome.rejected) + " samples were rejected, the others are stored:\n";
  for (const model::Rejection& r : outcome.rejections) text += r.reason + ": " + r.detail + "\n";
  HttpResponse out = outcome.rejected == 0 ? HttpResponse::empty(204) : HttpResponse::text(std::move(text), 400);
  return std::move(out)
      .with("X-Prometheus-Remote-Write-Samples-Written", std::to_string(outcome.samples))
      .with("X-Prometheus-Remote-Write-Histograms-Written", "0")
      .with("X-Prometheus-Remote-Write-Exemplars-Written", std::to_string(outcome.exemplars));
}

void handle(const Intake& intake, HttpRequest&& request, Responder responder) {
  auto refuse = [&](const base::Error& error) {
    refuse_body(intake, request, "remote_write", ErrorShape::kPlain, error, std::move(responder));
  };
  const auto version = prometheus::classify_remote_write(request.header("content-type"));
  if (version == prometheus::RemoteWriteVersion::kUnknown) {
    return refuse({base::Code::kUnsupported, "Content-Type must be application/x-protobuf, of prometheus.WriteRequest or io.prometheus.write.v2.Request"});
  }
  if (const auto encoding = request.header("content-encoding"); !encoding.empty() && encoding != "snappy") {
    return refuse({base::Code::kUnsupported, "Content-Encoding must be snappy"});
  }
  Submission submission{.protocol = "remote_write", .errors = ErrorShape::kPlain};
  if (auto ok = prometheus::decode_remote_write(request.body, version, kMostRaw, submission.batch); !ok) return refuse(ok.error());
  submit(intake, std::make_shared<HttpRequest>(std::move(request)), std::move(submission), std::move(responder),
         [](const pipeline::Outcome& outcome) { return answer(outcome); });
}

}  // namespace

void add_remote_write_routes(Router& router, const Intake& intake) {
  router.add({.method = Method::kPost,
              .pattern = "/api/v1/write",
              .access = Access::kIngest,
              .handler = [intake](HttpRequest&& request, Responder responder) { handle(intake, std::move(request), std::move(responder)); },
              .pool = Pool::kIngest,
              .errors = ErrorShape::kPlain,
              .max_body_bytes = kMostCompressed,
              .max_decoded_bytes = kMostRaw,
              .decode_content = false,   // the snappy block format is the decoder's
              .protocol = "remote_write"});
}

}  // namespace tripod::serve

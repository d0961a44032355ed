// Prometheus remote write 1.0. https://prometheus.io/docs/specs/prw/remote_write_spec/
#include "ingest/prometheus/content_type.h"
#include "ingest/prometheus/remote_write_decoder.h"
#include "serve/ingest/intake.h"

namespace tripod::serve {

namespace {

namespace prometheus = ingest::prometheus;

constexpr size_t kMostCompressed = 32 * kMegabyte;
constexpr size_t kMostRaw = 128 * kMegabyte;

void handle(const Intake& intake, HttpRequest&& request, Responder responder) {
  auto refuse = [&](const base::Error& error) {
    refuse_body(intake, request, "remote_write", ErrorShape::kPlain, error, std::move(responder));
  };
  if (prometheus::classify_remote_write(request.header("content-type")) != prometheus::RemoteWriteVersion::kV1) {
    return refuse({base::Code::kUnsupported, "only remote write 1.0 (prometheus.WriteRequest) is taken"});
  }
  if (const auto encoding = request.header("content-encoding"); !encoding.empty() && encoding != "snappy") {
    return refuse({base::Code::kUnsupported, "Content-Encoding must be snappy"});
  }
  Submission submission{.protocol = "remote_write", .errors = ErrorShape::kPlain};
  if (auto ok = prometheus::decode_remote_write(request.body, kMostRaw, submission.batch); !ok) return refuse(ok.error());
  submit(intake, std::make_shared<HttpRequest>(std::move(request)), std::move(submission), std::move(responder),
         [](const pipeline::Outcome& outcome) {
           if (outcome.rejected == 0) return HttpResponse::empty(204);
           std::string text = std::to_string(outcome.rejected) + " samples were rejected, the others are stored:\n";
           for (const model::Rejection& r : outcome.rejections) text += r.reason + ": " + r.detail + "\n";
           return HttpResponse::text(std::move(text), 400);
         });
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

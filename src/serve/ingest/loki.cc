// Loki push. https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
#include "ingest/loki/decoder.h"
#include "serve/ingest/intake.h"

namespace tripod::serve {

namespace {

constexpr size_t kMostCompressed = 20 * kMegabyte;
constexpr size_t kMostRaw = 100 * kMegabyte;

// JSON by its media type, raw snappy protobuf by anything else, as Loki decides.
void handle(const Intake& intake, HttpRequest&& request, Responder responder) {
  Submission submission{.protocol = "loki", .errors = ErrorShape::kPlain};
  const bool is_json = request.media_type() == "application/json";
  auto decoded = is_json ? ingest::loki::decode_push_json(take_body(request), submission.batch)
                         : ingest::loki::decode_push_protobuf(request.body, kMostRaw, submission.batch);
  if (!decoded) return refuse_body(intake, request, "loki", ErrorShape::kPlain, decoded.error(), std::move(responder));
  submit(intake, std::make_shared<HttpRequest>(std::move(request)), std::move(submission), std::move(responder),
         [](const pipeline::Outcome& outcome) {
           if (outcome.rejected == 0) return HttpResponse::empty(204);
           // 400 means "do not send this again": what could be kept is kept, the rest is named.
           std::string text = std::to_string(outcome.rejected) + " entries were rejected, the others are stored:\n";
           for (const model::Rejection& r : outcome.rejections) text += r.reason + ": " + r.detail + "\n";
           return HttpResponse::text(std::move(text), 400);
         });
}

}  // namespace

void add_loki_push_routes(Router& router, const Intake& intake) {
  router.add({.method = Method::kPost,
              .pattern = "/loki/api/v1/push",
              .access = Access::kIngest,
              .handler = [intake](HttpRequest&& request, Responder responder) { handle(intake, std::move(request), std::move(responder)); },
              .pool = Pool::kIngest,
              .errors = ErrorShape::kPlain,
              .max_body_bytes = kMostCompressed,
              .max_decoded_bytes = kMostRaw,
              .protocol = "loki"});
}

}  // namespace tripod::serve

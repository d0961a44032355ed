// JSON lines over HTTP: POST /push/json?message_field=event&time_field=timestamp. docs/protocols/json-lines.md
#include "base/json_writer.h"
#include "ingest/jsonlines/decoder.h"
#include "serve/ingest/intake.h"

namespace tripod::serve {

namespace {

constexpr size_t kMostCompressed = 32 * kMegabyte;
constexpr size_t kMostRaw = 128 * kMegabyte;

HttpResponse answer(uint64_t accepted, const pipeline::Outcome& outcome) {
  std::string body;
  base::JsonWriter w(body);
  w.begin_object().field("accepted", accepted).field("rejected", outcome.rejected).key("rejections").begin_array();
  for (const model::Rejection& r : outcome.rejections) {
    w.begin_object().field("reason", r.reason).field("detail", r.detail).field("count", r.count).end_object();
  }
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

void handle(const Intake& intake, HttpRequest&& request, Responder responder) {
  auto refuse = [&](const base::Error& error) {
    refuse_body(intake, request, "json", ErrorShape::kApp, error, std::move(responder));
  };
  ingest::jsonlines::Options options;
  for (const auto& [name, value] : request.query) {
    if (name == "sentry_key") continue;   // credentials may stand in the query
    if (!ingest::jsonlines::set_option(options, name, value)) {
      return refuse({base::Code::kInvalidArgument, "unknown or wrong parameter \"" + name + "\""});
    }
  }
  Submission submission{.protocol = "json", .errors = ErrorShape::kApp};
  if (auto ok = ingest::jsonlines::decode(take_body(request), options, submission.batch); !ok) return refuse(ok.error());
  const uint64_t decoded = submission.batch.logs.size();
  const uint64_t rejected_lines = submission.batch.rejected_count();
  submit(intake, std::make_shared<HttpRequest>(std::move(request)), std::move(submission), std::move(responder),
         [decoded, rejected_lines](const pipeline::Outcome& outcome) {
           return answer(decoded - (outcome.rejected - rejected_lines), outcome);
         });
}

}  // namespace

void add_json_lines_routes(Router& router, const Intake& intake) {
  router.add({.method = Method::kPost,
              .pattern = "/push/json",
              .access = Access::kIngest,
              .handler = [intake](HttpRequest&& request, Responder responder) { handle(intake, std::move(request), std::move(responder)); },
              .pool = Pool::kIngest,
              .errors = ErrorShape::kApp,
              .max_body_bytes = kMostCompressed,
              .max_decoded_bytes = kMostRaw,
              .cors = true,
              .protocol = "json"});
  router.shape_prefix("/push/", ErrorShape::kApp);
}

}  // namespace tripod::serve

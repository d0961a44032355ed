// Syslog messages over HTTP: POST /push/syslog?service=network&time_zone=Europe/Berlin. docs/protocols/syslog.md
#include "ingest/syslog/decoder.h"
#include "serve/ingest/intake.h"

namespace tripod::serve {

namespace {

namespace syslog = ingest::syslog;
using base::Code;

constexpr size_t kMostCompressed = 32 * kMegabyte;
constexpr size_t kMostRaw = 128 * kMegabyte;

struct Parameters {
  syslog::Options decoding;
  std::string host;
};

base::Result<Parameters> parameters_of(const Intake& intake, const HttpRequest& request) {
  Parameters out{.host = request.peer.address};
  out.decoding.received = intake.clock.now();
  for (const auto& [name, value] : request.query) {
    if (name == "service") {
      out.decoding.service = value;
    } else if (name == "environment") {
      out.decoding.environment = value;
    } else if (name == "host") {
      out.host = value;
    } else if (name == "time_zone") {
      auto zone = base::TimeZone::parse(value);
      if (!zone) return base::fail(std::move(zone.error()));
      out.decoding.zone = std::move(*zone);
    } else if (name != "sentry_key") {   // credentials may stand in the query
      return base::fail(Code::kInvalidArgument, "unknown parameter \"" + name + "\"");
    }
  }
  return out;
}

void handle(const Intake& intake, HttpRequest&& request, Responder responder) {
  auto refuse = [&](const base::Error& error) {
    refuse_body(intake, request, "syslog", ErrorShape::kApp, error, std::move(responder));
  };
  auto parameters = parameters_of(intake, request);
  if (!parameters) return refuse(parameters.error());
  auto batch_id = batch_id_of(request);
  if (!batch_id) return refuse(batch_id.error());
  Submission submission{.protocol = "syslog", .errors = ErrorShape::kApp, .batch_id = *batch_id};
  if (auto ok = syslog::decode(take_body(request), parameters->decoding, parameters->host, submission.batch); !ok) {
    return refuse(ok.error());
  }
  const uint64_t decoded = submission.batch.logs.size();
  const uint64_t rejected_frames = submission.batch.rejected_count();
  submit(intake, std::make_shared<HttpRequest>(std::move(request)), std::move(submission), std::move(responder),
         [decoded, rejected_frames](const pipeline::Outcome& outcome) {
           return pushed_response(decoded - (outcome.rejected - rejected_frames), outcome);
         });
}

}  // namespace

void add_syslog_push_routes(Router& router, const Intake& intake) {
  router.add({.method = Method::kPost,
              .pattern = "/push/syslog",
              .access = Access::kIngest,
              .handler = [intake](HttpRequest&& request, Responder responder) { handle(intake, std::move(request), std::move(responder)); },
              .pool = Pool::kIngest,
              .errors = ErrorShape::kApp,
              .max_body_bytes = kMostCompressed,
              .max_decoded_bytes = kMostRaw,
              .protocol = "syslog"});
}

}  // namespace tripod::serve

// Check-ins of a job that has no SDK: curl 'http://HOST/api/1/cron/nightly/KEY/?status=ok'.
// https://docs.sentry.io/product/monitors-and-alerts/monitors/crons/getting-started/http/
#include "ingest/sentry/check_in.h"
#include "serve/ingest/intake.h"

namespace tripod::serve {

namespace {

using base::Code;
using base::Error;
namespace sentry = ingest::sentry;

constexpr std::string_view kJson = "application/json";

sentry::ItemResult<> read(const HttpRequest& request, const sentry::SentryContext& context, model::Batch& batch) {
  const std::string_view slug = request.path_parameter("slug");
  if (!request.body.empty() && request.media_type() == kJson) {
    sentry::JsonParser parser;
    return sentry::decode_check_in(request.body, context, parser, batch, slug);
  }
  return sentry::add_check_in({.slug = slug,
                               .status = request.parameter("status"),
                               .check_in_id = request.parameter("check_in_id"),
                               .duration = request.parameter("duration"),
                               .environment = request.parameter("environment")},
                              context, batch);
}

void handle(const Intake& intake, HttpRequest&& request, Responder responder) {
  auto refuse = [&](const Error& error) { refuse_body(intake, request, "sentry", ErrorShape::kSentryIngest, error, std::move(responder)); };
  if (const std::string_view key = request.path_parameter("key"); !key.empty()) {
    auto principal = intake.auth.authorize_ingest(std::string(key), request.peer);
    if (!principal) return refuse(principal.error());
    request.principal = std::move(*principal);
  } else if (request.principal.kind == Principal::Kind::kNone) {
    return refuse({Code::kUnauthenticated, "no DSN key: neither in the path nor in X-Sentry-Auth or sentry_key"});
  }
  const auto project = project_of_path(intake, request);
  if (!project) return refuse(project.error());
  Submission submission{.protocol = "sentry", .errors = ErrorShape::kSentryIngest};
  const sentry::SentryContext context{.project = *project, .public_key = "", .service_name = "default", .received_time = intake.clock.now()};
  if (const auto taken = read(request, context, submission.batch); !taken) {
    submission.batch.reject(taken.error().reason, "check_in: " + taken.error().detail);
    intake.ledger.rejected("sentry", request.peer.address, submission.batch.rejections);
    const Code code = taken.error().reason == base::code_name(Code::kTooLarge) ? Code::kTooLarge : Code::kInvalidArgument;
    return responder(error_response(ErrorShape::kSentryIngest, {code, taken.error().detail}, request));
  }
  submit(intake, std::make_shared<HttpRequest>(std::move(request)), std::move(submission), std::move(responder),
         [](const pipeline::Outcome& outcome) {
           if (outcome.rejections.empty()) return HttpResponse::json("{}", 202);
           const model::Rejection& first = outcome.rejections.front();
           if (first.reason == "repeated") return HttpResponse::json("{}", 202);
           return error_response(ErrorShape::kSentryIngest, {Code::kInvalidArgument, first.detail}, HttpRequest());
         });
}

}  // namespace

void add_sentry_cron_routes(Router& router, const Intake& intake) {
  for (const Method method : {Method::kGet, Method::kPost}) {
    for (const char* path : {"/api/{project}/cron/{slug}", "/api/{project}/cron/{slug}/", "/api/{project}/cron/{slug}/{key}", "/api/{project}/cron/{slug}/{key}/"}) {
      router.add({.method = method,
                  .pattern = path,
                  .access = Access::kIngestOrDsn,
                  .handler = [intake](HttpRequest&& request, Responder responder) { handle(intake, std::move(request), std::move(responder)); },
                  .pool = Pool::kIngest,
                  .errors = ErrorShape::kSentryIngest,
                  .max_body_bytes = sentry::kMostCheckInBytes,
                  .max_decoded_bytes = sentry::kMostCheckInBytes,
                  .cors = true,
                  .protocol = "sentry"});
    }
  }
}

}  // namespace tripod::serve

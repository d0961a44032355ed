// Sentry ingest: envelopes and the old store endpoint. https://develop.sentry.dev/sdk/data-model/envelopes/
#include <optional>

#include "base/json_writer.h"
#include "ingest/sentry/auth.h"
#include "ingest/sentry/decode.h"
#include "ingest/sentry/envelope.h"
#include "ingest/sentry/security_report.h"
#include "serve/ingest/intake.h"
#include "serve/ingest/sentry_rules.h"

namespace tripod::serve {

namespace {

using base::Code;
using base::Error;
using base::Result;
namespace sentry = ingest::sentry;

constexpr size_t kMostCompressed = 20 * kMegabyte;
constexpr size_t kMostRaw = 100 * kMegabyte;

// A tunnelled envelope names its DSN in its own header only.
Result<Principal> principal_of_tunnel(const Intake& intake, const HttpRequest& request) {
  const auto header = sentry::parse_envelope_header(request.body);
  if (!header || header->dsn.empty()) {
    return base::fail(Code::kUnauthenticated, "no DSN key: neither X-Sentry-Auth nor sentry_key nor a dsn in the envelope");
  }
  const auto dsn = sentry::parse_dsn(header->dsn);
  if (!dsn) return base::fail(dsn.error());
  return intake.auth.authorize_ingest(dsn->key, request.peer);
}

HttpResponse accepted(const model::EventId& id) {
  std::string body;
  base::JsonWriter w(body);
  w.begin_object();
  if (!id.empty()) w.field("id", std::string_view(id.hex()));
  w.end_object();
  return HttpResponse::json(std::move(body));
}

// That there is nothing to be stored.
bool is_empty(const model::Batch& batch) {
  return batch.errors.empty() && batch.spans.empty() && batch.logs.empty() && batch.series.empty() && batch.sessions.empty() && batch.items.empty();
}

// What the client is told although the rest is kept: broken framing, or that nothing of the envelope could be taken.
std::optional<Error> complaint(const sentry::DecodedEnvelope& decoded, const model::Batch& batch) {
  if (!decoded.broken.empty()) return Error{Code::kInvalidArgument, decoded.broken};
  const bool nothing = is_empty(batch) && batch.unkept.empty();
  if (!nothing || batch.rejections.empty()) return std::nullopt;
  const model::Rejection& first = batch.rejections.front();
  return Error{first.reason == base::code_name(Code::kTooLarge) ? Code::kTooLarge : Code::kInvalidArgument, first.reason + ": " + first.detail};
}

// All of the envelope is more than its key may send.
HttpResponse limited(const SentryLimits::Verdict& verdict, const HttpRequest& request) {
  HttpResponse response = error_response(ErrorShape::kSentryIngest, {Code::kResourceExhausted, "this key has sent as much as it may within a while"}, request);
  std::erase_if(response.headers, [](const Header& header) { return header.name == "Retry-After"; });
  return std::move(response).with("Retry-After", std::to_string(verdict.retry_after)).with("X-Sentry-Rate-Limits", verdict.header);
}

using Decode = Result<sentry::DecodedEnvelope> (*)(const std::shared_ptr<const std::string>&, const sentry::SentryContext&,
                                                   model::Batch&);

void handle(const Intake& intake, Decode decode, HttpRequest&& request, Responder responder) {
  auto refuse = [&](const Error& error) {
    refuse_body(intake, request, "sentry", ErrorShape::kSentryIngest, error, std::move(responder));
  };
  if (request.principal.kind == Principal::Kind::kNone) {
    auto principal = principal_of_tunnel(intake, request);
    if (!principal) return refuse(principal.error());
    request.principal = std::move(*principal);
  }
  const auto project = project_of_path(intake, request);
  if (!project) return refuse(project.error());
  request.principal.project = *project;
  const std::string key = request.principal.kind == Principal::Kind::kIngestKey ? credentials_of(request).sentry_key : "";
  const sentry::SentryContext context{
      .project = *project, .public_key = key, .service_name = "default", .received_time = intake.clock.now(),
      .release = request.parameter("sentry_release"), .environment = request.parameter("sentry_environment")};
  Submission submission{.protocol = "sentry", .errors = ErrorShape::kSentryIngest};
  const auto decoded = decode(take_body(request), context, submission.batch);
  if (!decoded) return refuse(decoded.error());
  auto error = complaint(*decoded, submission.batch);
  SentryLimits::Verdict verdict;
  if (intake.sentry != nullptr) {
    intake.sentry->filter(submission.batch);
    verdict = intake.sentry->limits().take(*project, key, intake.clock.now(), submission.batch);
    if (verdict.refused > 0 && is_empty(submission.batch) && submission.batch.unkept.empty()) {
      intake.ledger.rejected("sentry", request.peer.address, submission.batch.rejections);
      return responder(limited(verdict, request));
    }
  }
  auto kept_request = std::make_shared<HttpRequest>(std::move(request));
  submit(intake, kept_request, std::move(submission), std::move(responder),
         [id = decoded->event_id, error = std::move(error), header = std::move(verdict.header), kept_request](const pipeline::Outcome&) {
           HttpResponse response = error ? error_response(ErrorShape::kSentryIngest, *error, *kept_request) : accepted(id);
           // SDKs obey it on any status: what is refused next is not sent.
           return header.empty() ? std::move(response) : std::move(response).with("X-Sentry-Rate-Limits", header);
         });
}

void add(Router& router, const Intake& intake, std::string pattern, Access access, Decode decode) {
  router.add({.method = Method::kPost,
              .pattern = std::move(pattern),
              .access = access,
              .handler = [intake, decode](HttpRequest&& request, Responder responder) {
                handle(intake, decode, std::move(request), std::move(responder));
              },
              .pool = Pool::kIngest,
              .errors = ErrorShape::kSentryIngest,
              .max_body_bytes = kMostCompressed,
              .max_decoded_bytes = kMostRaw,
              .cors = true,
              .protocol = "sentry"});
}

}  // namespace

void add_sentry_routes(Router& router, const Intake& intake) {
  add_sentry_cron_routes(router, intake);
  // SDKs send with and without the final slash.
  for (const char* tail : {"", "/"}) {
    add(router, intake, std::string("/api/{project}/envelope") + tail, Access::kIngestOrDsn, sentry::decode_envelope);
    add(router, intake, std::string("/api/{project}/store") + tail, Access::kIngest, sentry::decode_store);
    add(router, intake, std::string("/api/{project}/security") + tail, Access::kIngest, sentry::decode_security);
  }
}

}  // namespace tripod::serve

// Sentry ingest: envelopes and the old store endpoint. https://develop.sentry.dev/sdk/data-model/envelopes/
#include <charconv>

#include "base/json_writer.h"
#include "ingest/sentry/auth.h"
#include "ingest/sentry/decode.h"
#include "ingest/sentry/envelope.h"
#include "serve/ingest/intake.h"

namespace tripod::serve {

namespace {

using base::Code;
using base::Error;
using base::Result;
namespace sentry = ingest::sentry;

constexpr size_t kMostCompressed = 20 * kMegabyte;
constexpr size_t kMostRaw = 100 * kMegabyte;

Result<uint64_t> project_of(const HttpRequest& request) {
  const std::string_view text = request.path_parameter("project");
  uint64_t project = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), project);
  if (ec != std::errc() || end != text.data() + text.size()) {
    return base::fail(Code::kInvalidArgument, "the project id in the path is not a number");
  }
  return project;
}

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

// The project of the path, when it exists and the key is its own.
Result<uint64_t> checked_project(const Intake& intake, const HttpRequest& request) {
  auto project = project_of(request);
  if (!project) return project;
  if (!intake.auth.project_exists(*project)) {
    return base::fail(Code::kPermissionDenied, "unknown project " + std::to_string(*project));
  }
  const Principal& caller = request.principal;
  if (caller.kind == Principal::Kind::kIngestKey && caller.project != *project) {
    return base::fail(Code::kPermissionDenied, "this DSN key belongs to another project than " + std::to_string(*project));
  }
  return project;
}

HttpResponse accepted(const model::EventId& id) {
  std::string body;
  base::JsonWriter w(body);
  w.begin_object();
  if (!id.empty()) w.field("id", std::string_view(id.hex()));
  w.end_object();
  return HttpResponse::json(std::move(body));
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
  const auto project = checked_project(intake, request);
  if (!project) return refuse(project.error());
  const std::string key = request.principal.kind == Principal::Kind::kIngestKey ? credentials_of(request).sentry_key : "";
  const sentry::SentryContext context{
      .project = *project, .public_key = key, .service_name = "default", .received_time = intake.clock.now()};
  Submission submission{.protocol = "sentry", .errors = ErrorShape::kSentryIngest};
  const auto decoded = decode(take_body(request), context, submission.batch);
  if (!decoded) return refuse(decoded.error());
  const model::EventId id = decoded->event_id;
  submit(intake, std::make_shared<HttpRequest>(std::move(request)), std::move(submission), std::move(responder),
         [id](const pipeline::Outcome&) { return accepted(id); });
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
  // SDKs send with and without the final slash.
  for (const char* tail : {"", "/"}) {
    add(router, intake, std::string("/api/{project}/envelope") + tail, Access::kIngestOrDsn, sentry::decode_envelope);
    add(router, intake, std::string("/api/{project}/store") + tail, Access::kIngest, sentry::decode_store);
  }
}

}  // namespace tripod::serve

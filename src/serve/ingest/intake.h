// What the intake handlers share: where batches go, and how a refused or partly taken request is told.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/memory_budget.h"
#include "pipeline/intake_ledger.h"
#include "pipeline/pipeline.h"
#include "serve/auth/authenticator.h"
#include "serve/http/router.h"

namespace tripod::serve {

class SentryRules;

// Everything outlives the handlers.
struct Intake {
  pipeline::Pipeline& pipeline;
  pipeline::IntakeLedger& ledger;
  const Authenticator& auth;
  const base::Clock& clock;
  SentryRules* sentry = nullptr;  // null: everything is taken
};

inline constexpr size_t kMegabyte = size_t{1} << 20;

// Route tables, one per protocol.
void add_otlp_routes(Router& router, const Intake& intake);
void add_sentry_routes(Router& router, const Intake& intake);
void add_sentry_cron_routes(Router& router, const Intake& intake);  // by add_sentry_routes()
void add_loki_push_routes(Router& router, const Intake& intake);
void add_json_lines_routes(Router& router, const Intake& intake);
void add_remote_write_routes(Router& router, const Intake& intake);
void add_metrics_text_routes(Router& router, const Intake& intake);
void add_syslog_push_routes(Router& router, const Intake& intake);
void add_elasticsearch_routes(Router& router, const Intake& intake);
void add_cloudwatch_routes(Router& router, const Intake& intake, store::MetaStore& meta);
// What a program that asks for "/" is told: that this is an Elasticsearch, as shippers want to know.
HttpResponse elastic_root(const Intake& intake, const HttpRequest& request);

// Hands the batch over and answers: `succeeded` makes the response from what became of it, errors take the route's shape.
// The request is kept until then (its memory charge covers the batch).
struct Submission {
  model::Batch batch;
  std::string protocol;
  ErrorShape errors = ErrorShape::kPlain;
  std::optional<store::BatchId> batch_id = {};   // see pipeline::Source
};
using Succeeded = std::move_only_function<HttpResponse(const pipeline::Outcome&)>;
void submit(const Intake& intake, std::shared_ptr<HttpRequest> request, Submission submission, Responder responder,
            Succeeded succeeded);

// What those are told who push lines: {"accepted","rejected","rejections":[{"reason","detail","count"}]}, and "repeated" of a batch
// that was stored before.
HttpResponse pushed_response(uint64_t accepted, const pipeline::Outcome& outcome);

// A body that could not be decoded at all: counted, listed, answered.
void refuse_body(const Intake& intake, const HttpRequest& request, std::string_view protocol, ErrorShape shape,
                 const base::Error& error, Responder responder);

// {project} of the path, when it exists and the caller's key is its own: kInvalidArgument, kPermissionDenied.
base::Result<uint64_t> project_of_path(const Intake& intake, const HttpRequest& request);

// X-Tripod-Batch-Id: 32 hexadecimal digits by which the sender names the batch, the same each time it sends it. None: no header.
// kInvalidArgument: anything else.
base::Result<std::optional<store::BatchId>> batch_id_of(const HttpRequest& request);

// The request's body as decoders want it, without copying. The request's `body` is empty afterwards.
std::shared_ptr<const std::string> take_body(HttpRequest& request);

}  // namespace tripod::serve

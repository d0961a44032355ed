#include "serve/grpc/server.h"

#include "ingest/otlp/decoder.h"
#include "ingest/otlp/response.h"
#include "serve/grpc/transport.h"

namespace tripod::serve {

namespace {

using base::Error;
using base::Result;
namespace otlp = ingest::otlp;

constexpr size_t kMostBytes = 64 * kMegabyte;  // as OTLP/HTTP, before and after decompression

using Decode = Result<> (*)(std::shared_ptr<const std::string>, model::Batch&, const otlp::Limits&);
using Encode = std::string (*)(const model::Batch&);

void record(const Intake& intake, const Peer& peer, const Error& error) {
  const model::Rejection rejection{
      .reason = std::string(base::code_name(error.code)), .detail = error.message, .count = 1};
  intake.ledger.rejected("otlp", peer.address, {&rejection, 1});
}

// On a worker. The call's memory charge is kept until the pipeline is done with the batch.
void handle_export(const Intake& intake, Decode decode, Encode encode, GrpcCall&& call, GrpcResponder responder) {
  model::Batch batch;
  auto body = std::make_shared<const std::string>(std::move(call.message));
  if (auto ok = decode(std::move(body), batch, {}); !ok) {
    record(intake, call.peer, ok.error());
    return responder(base::fail(std::move(ok.error())));
  }
  pipeline::Source source{.protocol = "otlp", .peer = call.peer.address};
  intake.pipeline.submit(std::move(batch), std::move(source),
                         [memory = std::move(call.memory), encode,
                          responder = std::move(responder)](Result<pipeline::Outcome> outcome) mutable {
                           if (!outcome) return responder(base::fail(std::move(outcome.error())));
                           model::Batch answer;
                           answer.rejections = std::move(outcome->rejections);
                           responder(encode(answer));
                         });
}

GrpcMethod method(const Intake& intake, std::string service, Decode decode, Encode encode) {
  return {.path = "/opentelemetry.proto.collector." + service + "/Export",
          .handler = [intake, decode, encode](GrpcCall&& call, GrpcResponder responder) {
            handle_export(intake, decode, encode, std::move(call), std::move(responder));
          }};
}

Result<Principal> authenticate(const Authenticator& auth, const HttpRequest& request) {
  const Credentials offered = credentials_of(request);
  return auth.authorize_ingest(offered.bearer.empty() ? offered.sentry_key : offered.bearer, request.peer);
}

}  // namespace

GrpcServer::GrpcServer(GrpcContext context) : log_(context.log) {
  const Intake intake = context.intake;
  transport_ = std::make_unique<GrpcTransport>(GrpcTransportContext{
      .methods = {method(intake, "trace.v1.TraceService", otlp::decode_traces, otlp::encode_traces_response),
                  method(intake, "logs.v1.LogsService", otlp::decode_logs, otlp::encode_logs_response),
                  method(intake, "metrics.v1.MetricsService", otlp::decode_metrics, otlp::encode_metrics_response)},
      .workers = context.ingest,
      .memory = context.memory,
      .metrics = context.metrics,
      .authenticate = [intake](const HttpRequest& request) { return authenticate(intake.auth, request); },
      .refused = [intake](const Peer& peer, const Error& error) { record(intake, peer, error); },
      .max_message_bytes = kMostBytes,
  });
}

GrpcServer::~GrpcServer() = default;

Result<std::string> GrpcServer::listen(const std::string& address) { return transport_->listen(address); }

void GrpcServer::stop(std::chrono::milliseconds grace) {
  const size_t cancelled = transport_->stop(grace);
  if (cancelled > 0) log_.warn("otlp_grpc_calls_cancelled", {{"calls", static_cast<int64_t>(cancelled)}});
}

}  // namespace tripod::serve

#include "serve/ingest/intake.h"

#include <charconv>

#include "base/json_writer.h"

#include "base/hex.h"

namespace tripod::serve {

using base::Code;
using base::Result;

void submit(const Intake& intake, std::shared_ptr<HttpRequest> request, Submission submission, Responder responder,
            Succeeded succeeded) {
  const ErrorShape shape = submission.errors;
  pipeline::Source source{.protocol = std::move(submission.protocol), .peer = request->peer.address, .batch_id = submission.batch_id,
                          .project = request->principal.project};
  intake.pipeline.submit(
      std::move(submission.batch), std::move(source),
      [request = std::move(request), shape, responder = std::move(responder),
       succeeded = std::move(succeeded)](base::Result<pipeline::Outcome> outcome) mutable {
        if (!outcome) return responder(error_response(shape, outcome.error(), *request));
        responder(succeeded(*outcome));
      });
}

HttpResponse pushed_response(uint64_t accepted, const pipeline::Outcome& outcome) {
  std::string body;
  base::JsonWriter w(body);
  w.begin_object().field("accepted", accepted).field("rejected", outcome.rejected);
  if (outcome.repeated) w.field("repeated", true);
  w.key("rejections").begin_array();
  for (const model::Rejection& r : outcome.rejections) {
    w.begin_object().field("reason", r.reason).field("detail", r.detail).field("count", r.count).end_object();
  }
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

void refuse_body(const Intake& intake, const HttpRequest& request, std::string_view protocol, ErrorShape shape,
                 const base::Error& error, Responder responder) {
  const model::Rejection rejection{.reason = std::string(base::code_name(error.code)), .detail = error.message, .count = 1};
  intake.ledger.rejected(protocol, request.peer.address, {&rejection, 1});
  responder(error_response(shape, error, request));
}

Result<uint64_t> project_of_path(const Intake& intake, const HttpRequest& request) {
  const std::string_view text = request.path_parameter("project");
  uint64_t project = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), project);
  if (ec != std::errc() || end != text.data() + text.size()) {
    return base::fail(Code::kInvalidArgument, "the project id in the path is not a number");
  }
  if (!intake.auth.project_exists(project)) {
    return base::fail(Code::kPermissionDenied, "unknown project " + std::to_string(project));
  }
  const Principal& caller = request.principal;
  if (caller.kind == Principal::Kind::kIngestKey && caller.project != project) {
    return base::fail(Code::kPermissionDenied, "this DSN key belongs to another project than " + std::to_string(project));
  }
  return project;
}

Result<std::optional<store::BatchId>> batch_id_of(const HttpRequest& request) {
  const std::string_view text = request.header("X-Tripod-Batch-Id");
  if (text.empty()) return std::nullopt;
  constexpr size_t kDigits = 32;
  if (text.size() != kDigits || !base::is_hex(text)) {
    return base::fail(Code::kInvalidArgument, "X-Tripod-Batch-Id must be 32 hexadecimal digits");
  }
  store::BatchId id;
  std::from_chars(text.data(), text.data() + kDigits / 2, id.high, 16);
  std::from_chars(text.data() + kDigits / 2, text.data() + kDigits, id.low, 16);
  return id;
}

std::shared_ptr<const std::string> take_body(HttpRequest& request) {
  return std::make_shared<const std::string>(std::move(request.body));
}

}  // namespace tripod::serve

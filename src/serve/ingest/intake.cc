#include "serve/ingest/intake.h"

namespace tripod::serve {

void submit(const Intake& intake, std::shared_ptr<HttpRequest> request, Submission submission, Responder responder,
            Succeeded succeeded) {
  const ErrorShape shape = submission.errors;
  pipeline::Source source{.protocol = std::move(submission.protocol), .peer = request->peer.address};
  intake.pipeline.submit(
      std::move(submission.batch), std::move(source),
      [request = std::move(request), shape, responder = std::move(responder),
       succeeded = std::move(succeeded)](base::Result<pipeline::Outcome> outcome) mutable {
        if (!outcome) return responder(error_response(shape, outcome.error(), *request));
        responder(succeeded(*outcome));
      });
}

void refuse_body(const Intake& intake, const HttpRequest& request, std::string_view protocol, ErrorShape shape,
                 const base::Error& error, Responder responder) {
  const model::Rejection rejection{.reason = std::string(base::code_name(error.code)), .detail = error.message, .count = 1};
  intake.ledger.rejected(protocol, request.peer.address, {&rejection, 1});
  responder(error_response(shape, error, request));
}

std::shared_ptr<const std::string> take_body(HttpRequest& request) {
  return std::make_shared<const std::string>(std::move(request.body));
}

}  // namespace tripod::serve

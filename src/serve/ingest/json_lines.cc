// Lines over HTTP: POST /push/json?message_field=event&time_field=timestamp, and with format=lines or frames lines of any text.
// docs/protocols/json-lines.md
#include "ingest/jsonlines/decoder.h"
#include "ingest/jsonlines/shape_book.h"
#include "ingest/jsonlines/text_lines.h"
#include "serve/ingest/intake.h"

namespace tripod::serve {

namespace {

constexpr size_t kMostCompressed = 32 * kMegabyte;
constexpr size_t kMostRaw = 128 * kMegabyte;

using Decode = base::Result<> (*)(std::shared_ptr<const std::string> body, const ingest::jsonlines::Options& options,
                                  model::Batch& batch, const ingest::DecodeLimits& limits);

// nullptr: no such format.
Decode decoder_of(std::string_view format) {
  if (format.empty() || format == "json") return ingest::jsonlines::decode;
  if (format == "lines") return ingest::jsonlines::decode_lines;
  return format == "frames" ? ingest::jsonlines::decode_frames : nullptr;
}

void handle(const Intake& intake, ingest::jsonlines::ShapeBook& book, HttpRequest&& request, Responder responder) {
  auto refuse = [&](const base::Error& error) {
    refuse_body(intake, request, "json", ErrorShape::kApp, error, std::move(responder));
  };
  ingest::jsonlines::Options options;
  for (const auto& [name, value] : request.query) {
    if (name == "sentry_key" || name == "format") continue;   // credentials may stand in the query
    if (!ingest::jsonlines::set_option(options, name, value)) {
      return refuse({base::Code::kInvalidArgument, "unknown or wrong parameter \"" + name + "\""});
    }
  }
  const auto shapes = book.of(options);
  options.shapes = shapes.get();
  const Decode decode = decoder_of(request.parameter("format"));
  if (decode == nullptr) return refuse({base::Code::kInvalidArgument, "format must be json, lines or frames"});
  auto batch_id = batch_id_of(request);
  if (!batch_id) return refuse(batch_id.error());
  Submission submission{.protocol = "json", .errors = ErrorShape::kApp, .batch_id = *batch_id};
  if (auto ok = decode(take_body(request), options, submission.batch, {}); !ok) return refuse(ok.error());
  const uint64_t decoded = submission.batch.logs.size();
  const uint64_t rejected_lines = submission.batch.rejected_count();
  submit(intake, std::make_shared<HttpRequest>(std::move(request)), std::move(submission), std::move(responder),
         [decoded, rejected_lines](const pipeline::Outcome& outcome) {
           return pushed_response(decoded - (outcome.rejected - rejected_lines), outcome);
         });
}

}  // namespace

void add_json_lines_routes(Router& router, const Intake& intake) {
  const auto book = std::make_shared<ingest::jsonlines::ShapeBook>();
  router.add({.method = Method::kPost,
              .pattern = "/push/json",
              .access = Access::kIngest,
              .handler = [intake, book](HttpRequest&& request, Responder responder) { handle(intake, *book, std::move(request), std::move(responder)); },
              .pool = Pool::kIngest,
              .errors = ErrorShape::kApp,
              .max_body_bytes = kMostCompressed,
              .max_decoded_bytes = kMostRaw,
              .cors = true,
              .protocol = "json"});
  router.shape_prefix("/push/", ErrorShape::kApp);
}

}  // namespace tripod::serve

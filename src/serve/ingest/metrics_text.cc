// Metrics as text, pushed: POST /push/prometheus, and /api/v1/import/prometheus as VictoriaMetrics names it. docs/protocols/prometheus.md
#include <algorithm>
#include <charconv>

#include "ingest/prometheus/content_type.h"
#include "ingest/prometheus/text_decoder.h"
#include "serve/ingest/intake.h"

namespace tripod::serve {

namespace {

namespace prometheus = ingest::prometheus;

constexpr size_t kMostCompressed = 32 * kMegabyte;
constexpr size_t kMostRaw = 128 * kMegabyte;
constexpr size_t kMostExtraLabels = 64;

struct Parameters {
  int64_t time_ms = 0;                          // of lines without one
  std::vector<model::Label> extra;              // put over those of each line; views of the request
};

base::Result<Parameters> parameters_of(const Intake& intake, const HttpRequest& request) {
  Parameters out{.time_ms = intake.clock.now() / base::kNanosPerMilli, .extra = {}};
  for (const auto& [name, value] : request.query) {
    if (name == "sentry_key") continue;  // credentials may stand in the query
    if (name == "timestamp") {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out.time_ms);
      if (error == std::errc() && end == value.data() + value.size()) continue;
    }
    const size_t equals = value.find('=');
    if (name == "extra_label" && equals != std::string::npos && equals > 0 && out.extra.size() < kMostExtraLabels) {
      const std::string_view text = value;
      if (prometheus::is_label_name(text.substr(0, equals))) {
        out.extra.push_back({text.substr(0, equals), text.substr(equals + 1)});
        continue;
      }
    }
    return base::fail(base::Code::kInvalidArgument, "unknown or wrong parameter \"" + name + "\"");
  }
  return out;
}

// Copied once, however many lines there are; of labels of the same name the first.
std::vector<model::Label> owned(std::span<const model::Label> labels, base::Arena& arena) {
  std::vector<model::Label> out;
  for (const model::Label& label : labels) {
    if (std::ranges::find(out, label.name, &model::Label::name) == out.end()) out.push_back({arena.copy(label.name), arena.copy(label.value)});
  }
  return out;
}

// Senders such as curl say "application/x-www-form-urlencoded", or nothing. Of another type each line would be an invalid one.
base::Result<prometheus::TextFormat> format_of(const HttpRequest& request) {
  const std::string type = request.media_type();
  if (type.empty() || type == "application/x-www-form-urlencoded") return prometheus::TextFormat::kText1_0_0;
  if (auto format = prometheus::classify_scrape(request.header("content-type"), std::nullopt)) return format;
  return base::fail(base::Code::kUnsupported, "Content-Type \"" + type.substr(0, 100) + "\" is not taken: send text/plain or application/openmetrics-text");
}

void handle(const Intake& intake, HttpRequest&& request, Responder responder) {
  auto refuse = [&](const base::Error& error) { refuse_body(intake, request, "prometheus_text", ErrorShape::kApp, error, std::move(responder)); };
  const auto parameters = parameters_of(intake, request);
  if (!parameters) return refuse(parameters.error());
  const auto format = format_of(request);
  if (!format) return refuse(format.error());
  Submission submission{.protocol = "prometheus_text", .errors = ErrorShape::kApp};
  const std::vector<model::Label> extra = owned(parameters->extra, submission.batch.arena);
  const prometheus::TextOptions options{.format = *format,
                                        .default_time_ms = parameters->time_ms,
                                        .bad_lines = prometheus::TextOptions::BadLines::kReject,
                                        .extra_labels = extra};
  if (auto ok = prometheus::decode_text(take_body(request), options, submission.batch); !ok) return refuse(ok.error());
  submit(intake, std::make_shared<HttpRequest>(std::move(request)), std::move(submission), std::move(responder),
         [](const pipeline::Outcome& outcome) { return pushed_response(outcome.samples, outcome); });
}

}  // namespace

void add_metrics_text_routes(Router& router, const Intake& intake) {
  for (const char* pattern : {"/push/prometheus", "/api/v1/import/prometheus"}) {
    router.add({.method = Method::kPost,
                .pattern = pattern,
                .access = Access::kIngest,
                .handler = [intake](HttpRequest&& request, Responder responder) { handle(intake, std::move(request), std::move(responder)); },
                .pool = Pool::kIngest,
                .errors = ErrorShape::kApp,
                .max_body_bytes = kMostCompressed,
                .max_decoded_bytes = kMostRaw,
                .protocol = "prometheus_text"});
  }
}

}  // namespace tripod::serve

// /federate: the newest samples of the selected series in the text format, for another Prometheus
// to scrape. https://prometheus.io/docs/prometheus/latest/federation/
#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "query/promql/labels.h"
#include "query/promql/text.h"
#include "query/promql/value.h"
#include "serve/api/bounds.h"
#include "serve/api/prometheus.h"
#include "serve/api/prometheus_parameters.h"

namespace tripod::serve::prometheus {

using base::Result;
namespace promql = query::promql;

namespace {

constexpr std::string_view kInstance = "instance";

// Names as old scrapers take them: what is not [a-zA-Z0-9_:] becomes _.
std::string escaped_name(std::string_view name, bool colon) {
  std::string out;
  for (const char c : name) {
    const bool letter =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colon && c == ':');
    const bool digit = c >= '0' && c <= '9';
    out += letter || (digit && !out.empty()) ? c : '_';
  }
  return out;
}

void append_value(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

void append_sample(std::string& out, const std::string& name, const store::Labels& labels,
                   const model::Sample& sample) {
  out += name + "{";
  bool first = true;
  bool has_instance = false;
  const auto label = [&](std::string_view label_name, std::string_view value) {
    if (!first) out += ',';
    first = false;
    out += escaped_name(label_name, false) + "=\"";
    append_value(out, value);
    out += '"';
  };
  for (const auto& [label_name, value] : labels) {
    if (label_name == promql::kMetricName) continue;
    has_instance = has_instance || label_name == kInstance;
    label(label_name, value);
  }
  // Else the scraper would give its own.
  if (!has_instance) label(kInstance, "");
  out += "} " + promql::format_number(sample.value) + " " + std::to_string(sample.time_ms) + "\n";
}

HttpResponse refused(const base::Error& error, int status) {
  return HttpResponse::text(error.message + "\n", status);
}

// The newest sample of each series, and the memory that the series' labels hold, here and as text.
struct Newest {
  std::map<store::Labels, model::Sample> samples;
  std::vector<base::MemoryCharge> charges;
};

// Adds what one match[] selects.
Result<> add_newest(const Api& api, std::span<const store::LabelMatcher> matchers, Newest& newest) {
  const size_t free_bytes = api.memory.limit() - std::min(api.memory.limit(), api.memory.used());
  const size_t most = std::min(api.promql.options().max_samples,
                               std::max<size_t>(1, free_bytes / sizeof(model::Sample)));
  const int64_t now_ms = api.clock.now() / base::kNanosPerMilli;
  const store::TimeRangeMs range{now_ms - api.promql.options().lookback_ms + 1, now_ms};
  auto found = api.metrics.select(matchers, range, {.max_samples = most});
  if (!found) return base::fail(std::move(found.error()));
  size_t sample_bytes = 0;
  size_t label_bytes = 0;
  for (const store::SeriesData& series : *found) {
    sample_bytes += series.samples.size() * sizeof(model::Sample);
    label_bytes += sizeof(series) + memory_of(series.labels);
  }
  const auto samples = charge(api.memory, sample_bytes);
  if (!samples) return base::fail(samples.error());
  auto labels = charge(api.memory, 2 * label_bytes);
  if (!labels) return base::fail(std::move(labels.error()));
  newest.charges.push_back(std::move(*labels));
  for (store::SeriesData& series : *found) {
    if (series.samples.empty() || !promql::is_present(series.samples.back().value)) continue;
    newest.samples.insert_or_assign(std::move(series.labels), series.samples.back());
  }
  return {};
}

}  // namespace

HttpResponse federate(const Api& api, HttpRequest& request) {
  const auto matchers = matchers_of(request);
  if (!matchers) return refused(matchers.error(), 400);
  const int64_t deadline = api.clock.steady() + kQueryTimeout;
  Newest newest;
  for (const auto& one : *matchers) {
    auto ok = poll(api, request, deadline);
    if (ok) ok = add_newest(api, one, newest);
    if (!ok) return refused(ok.error(), execution_failure(ok.error()).status);
  }
  // By the metric's name, and then by the labels.
  std::map<std::string, std::string> families;
  for (const auto& [labels, sample] : newest.samples) {
    const std::string name = escaped_name(promql::get_label(labels, promql::kMetricName), true);
    std::string& family = families[name];
    if (family.empty()) family = "# TYPE " + name + " untyped\n";
    append_sample(family, name, labels, sample);
  }
  HttpResponse response;
  for (auto& [name, text] : families) response.body += std::exchange(text, {});
  return std::move(response).with("Content-Type",
                                  "text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
}

}  // namespace tripod::serve::prometheus

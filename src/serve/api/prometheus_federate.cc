// /federate: the newest samples of the selected series in the text format, for another Prometheus
// to scrape. https://prometheus.io/docs/prometheus/latest/federation/
#include <algorithm>
#include <map>

#include "query/promql/labels.h"
#include "query/promql/text.h"
#include "query/promql/value.h"
#include "serve/api/prometheus.h"
#include "serve/api/prometheus_parameters.h"

namespace tripod::serve::prometheus {

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

}  // namespace

HttpResponse federate(const Api& api, HttpRequest& request) {
  const auto matchers = matchers_of(request);
  if (!matchers) return refused(matchers.error(), 400);
  const int64_t now_ms = api.clock.now() / base::kNanosPerMilli;
  const store::TimeRangeMs range{now_ms - api.promql.options().lookback_ms + 1, now_ms};
  std::map<store::Labels, model::Sample> newest;
  for (const auto& one : *matchers) {
    auto found = api.metrics.select(one, range, {.max_samples = api.promql.options().max_samples});
    if (!found) return refused(found.error(), 500);
    for (store::SeriesData& series : *found) {
      if (series.samples.empty() || !promql::is_present(series.samples.back().value)) continue;
      newest.insert_or_assign(std::move(series.labels), series.samples.back());
    }
  }
  // By the metric's name, and then by the labels.
  std::map<std::string, std::string> families;
  for (const auto& [labels, sample] : newest) {
    const std::string name = escaped_name(promql::get_label(labels, promql::kMetricName), true);
    std::string& family = families[name];
    if (family.empty()) family = "# TYPE " + name + " untyped\n";
    append_sample(family, name, labels, sample);
  }
  HttpResponse response;
  for (const auto& [name, text] : families) response.body += text;
  return std::move(response).with("Content-Type",
                                  "text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
}

}  // namespace tripod::serve::prometheus

// /federate: the newest samples of the selected series in the text format, for another Prometheus
// to scrape. https://prometheus.io/docs/prometheus/latest/federation/
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

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
  size_t bytes = 0;
  base::MemoryCharge charge;
};

Result<> add(base::MemoryBudget& memory, std::span<const model::Label> labels, const model::Sample& sample, Newest& newest) {
  constexpr size_t kBytesPerCharge = 256u << 10;
  auto [at, is_new] = newest.samples.insert_or_assign(store::to_labels(labels), sample);
  if (!is_new) return {};
  newest.bytes += 2 * (sizeof(store::SeriesData) + memory_of(at->first));
  if (memory.try_grow(newest.charge, newest.bytes, kBytesPerCharge)) return {};
  return base::fail(base::Code::kResourceExhausted,
                    "the request needs more memory than is free (" + std::to_string(newest.bytes) + " bytes for labels)");
}

// Adds what one match[] selects.
Result<> add_newest(const Api& api, std::span<const store::LabelMatcher> matchers, const std::function<Result<>()>& poll, Newest& newest) {
  constexpr size_t kSeriesPerPoll = 256;
  const int64_t now_ms = api.clock.now() / base::kNanosPerMilli;
  const store::TimeRangeMs range{now_ms - api.promql.options().lookback_ms + 1, now_ms};
  const auto set = api.metrics.open_series(matchers, range, {.order = store::SeriesOrder::kAny, .newest_only = true, .poll = poll});
  if (!set) return base::fail(set.error());
  const auto reader = (*set)->reader();
  std::vector<model::Label> labels;
  std::vector<model::Sample> samples;
  for (size_t i = 0; i < (*set)->size(); ++i) {
    if (i % kSeriesPerPoll == kSeriesPerPoll - 1) {
      if (auto ok = poll(); !ok) return ok;
    }
    if (auto read = reader->read(i, labels, samples, api.promql.options().max_samples); !read) return read;
    if (samples.empty() || !promql::is_present(samples.back().value)) continue;
    if (auto added = add(api.memory, labels, samples.back(), newest); !added) return added;
  }
  return {};
}

}  // namespace

HttpResponse federate(const Api& api, HttpRequest& request) {
  const auto matchers = matchers_of(request);
  if (!matchers) return refused(matchers.error(), 400);
  const int64_t deadline = api.clock.steady() + kQueryTimeout;
  Newest newest;
  const auto may_go_on = [&] { return poll(api, request, deadline); };
  for (const auto& one : *matchers) {
    auto ok = may_go_on();
    if (ok) ok = add_newest(api, one, may_go_on, newest);
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

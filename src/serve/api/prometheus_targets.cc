// What is known of the metrics of each target: /api/v1/targets/metadata.
#include <algorithm>

#include "query/promql/parser.h"
#include "serve/api/prometheus.h"
#include "serve/api/prometheus_parameters.h"
#include "store/metrics/matcher.h"

namespace tripod::serve::prometheus {

using base::JsonWriter;
using base::Result;
using scrape::TargetStatus;

namespace {

constexpr size_t kMostEntries = 100'000;
constexpr int64_t kRecentMs = 60 * 60'000;  // whose series count

// A family and one of the targets that have it.
struct Entry {
  const TargetStatus* target;
  const store::Metadata* family;
};

bool matches(const std::vector<store::metrics::CompiledMatcher>& matchers, const scrape::LabelSet& labels) {
  return std::ranges::all_of(matchers, [&](const auto& matcher) { return matcher.matches(labels.get(matcher.name())); });
}

// Names of the series that a target wrote lately, sorted.
Result<std::vector<std::string>> names_of(const Api& api, const TargetStatus& target) {
  std::vector<store::LabelMatcher> matchers;
  for (const auto& [name, value] : target.labels.pairs()) matchers.push_back({store::LabelMatcher::Op::kEqual, name, value});
  const int64_t now = api.clock.now() / base::kNanosPerMilli;
  return api.metrics.label_values("__name__", matchers, {now - kRecentMs, now});
}

bool has_family(const std::vector<std::string>& names, const std::string& family) {
  static constexpr std::string_view kSuffixes[] = {"", "_total", "_bucket", "_count", "_sum", "_created", "_info"};
  return std::ranges::any_of(kSuffixes, [&](std::string_view suffix) { return std::ranges::binary_search(names, family + std::string(suffix)); });
}

void write(JsonWriter& w, const Entry& entry, bool with_metric) {
  w.begin_object().key("target").begin_object();
  for (const auto& [name, value] : entry.target->labels.pairs()) w.field(name, std::string_view(value));
  w.end_object();
  if (with_metric) w.field("metric", entry.family->family);
  w.field("type", type_name(entry.family->type)).field("help", entry.family->help).field("unit", entry.family->unit).end_object();
}

}  // namespace

HttpResponse targets_metadata(const Api& api, HttpRequest& request) {
  const auto limit = limit_of(request);
  if (!limit) return failure(limit.error());
  const std::string_view selector = request.parameter("match_target");
  const auto matchers = selector.empty() ? Result<std::vector<store::LabelMatcher>>() : query::promql::parse_selector(selector);
  if (!matchers) return failure(matchers.error());
  const auto compiled = store::metrics::compile_matchers(*matchers);
  if (!compiled) return failure(compiled.error());
  const auto options = options_of(api, request);
  if (!options) return failure(options.error());
  const std::string_view metric = request.parameter("metric");
  const std::vector<store::Metadata> families = api.metrics.metadata();
  const std::vector<TargetStatus> targets = api.scraper.targets();
  const size_t most = *limit == 0 ? kMostEntries : std::min(*limit, kMostEntries);
  std::vector<Entry> found;
  for (const TargetStatus& target : targets) {
    if (auto ok = poll(api, request, options->deadline_steady); !ok) return failure(ok.error());
    if (found.size() >= most || !matches(*compiled, target.labels)) continue;
    const auto names = names_of(api, target);
    if (!names) return failure(names.error());
    for (const store::Metadata& family : families) {
      if (found.size() >= most) break;
      if ((metric.empty() || family.family == metric) && has_family(*names, family.family)) found.push_back({&target, &family});
    }
  }
  if (found.empty()) return failure({base::Code::kNotFound, "specified metadata not found"});
  return success([&](JsonWriter& w) {
    w.begin_array();
    for (const Entry& entry : found) write(w, entry, metric.empty());
    w.end_array();
  }, *limit == 0 && found.size() >= kMostEntries);
}

}  // namespace tripod::serve::prometheus

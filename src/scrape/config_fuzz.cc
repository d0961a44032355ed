// Any text as a configuration: refused with a reason, or jobs whose targets can be scraped, and the
// same again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/mem_fs.h"
#include "scrape/config.h"
#include "scrape/target.h"

namespace {

using namespace tripod;

void check_labels(const scrape::LabelSet& labels) {
  std::string_view last;
  for (const auto& [name, value] : labels.pairs()) {
    TRIPOD_CHECK(!name.empty() && !value.empty() && (last.empty() || last < name));
    last = name;
  }
}

void check_target(const scrape::Target& target) {
  TRIPOD_CHECK(target.url.starts_with("http"));
  TRIPOD_CHECK(0 < target.timeout_ns && target.timeout_ns <= target.interval_ns);
  check_labels(target.labels);
  scrape::LabelSet series = target.labels;
  series.set("__name__", "up");
  if (scrape::relabel(target.job->metric_relabel_rules, series)) check_labels(series);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string yaml(reinterpret_cast<const char*>(data), size);
  base::MemFs fs;
  const auto config = scrape::parse_scrape_configs(yaml, "a.yml", fs);
  if (!config) {
    TRIPOD_CHECK(!config.error().message.empty());
    return 0;
  }
  const auto again = scrape::parse_scrape_configs(yaml, "a.yml", fs);
  TRIPOD_CHECK(again.has_value() && again->jobs.size() == config->jobs.size());
  for (size_t i = 0; i < config->jobs.size(); ++i) {
    TRIPOD_CHECK(config->jobs[i]->fingerprint == again->jobs[i]->fingerprint);
  }
  if (const auto targets = scrape::make_targets(*config)) {
    for (const scrape::Target& target : targets->targets) check_target(target);
  }
  if (const auto groups = scrape::parse_target_groups(yaml)) {
    for (const scrape::TargetGroup& group : *groups) check_labels(group.labels);
  }
  return 0;
}

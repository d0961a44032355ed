// One address to scrape, after relabelling.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "scrape/config.h"
#include "scrape/label_set.h"

namespace tripod::scrape {

struct Target {
  std::shared_ptr<const JobConfig> job;
  LabelSet labels;             // put on every series: job, instance and those of the configuration
  LabelSet discovered_labels;  // before relabelling, for people
  std::string url;
  int64_t interval_ns = 0;
  int64_t timeout_ns = 0;

  // Equal for targets that are scraped alike: their loop goes on over a reload.
  std::string identity() const;
};

// All targets of the configuration; those that relabelling dropped are left out, equal ones of a
// job are there once. kInvalidArgument when relabelling leaves something that cannot be scraped; it
// names job and address.
base::Result<std::vector<Target>> make_targets(const ScrapeConfig& config);

}  // namespace tripod::scrape

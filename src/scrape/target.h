// One address to scrape, after relabelling.
#pragma once

#include <cstdint>
#include <map>
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
  std::string refused;         // why it is not scraped and counts as down: its job has too many targets; else empty
  int64_t interval_ns = 0;
  int64_t timeout_ns = 0;

  // Equal for targets that are scraped alike: their loop goes on over a reload.
  std::string identity() const;
};

// What was found of one job beside its static_configs, in order.
using DiscoveredGroups = std::map<const JobConfig*, std::vector<TargetGroup>>;

struct TargetList {
  std::vector<Target> targets;
  std::vector<std::string> unusable;  // found ones that relabelling leaves so that they cannot be scraped: job, address and why
};

// All targets of the configuration and of what was found; those that relabelling dropped are left out, equal ones of a job are there
// once. kInvalidArgument when a target of static_configs cannot be scraped; it names job and address.
base::Result<TargetList> make_targets(const ScrapeConfig& config, const DiscoveredGroups& found = {});

}  // namespace tripod::scrape

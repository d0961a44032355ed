// What people have written about grouping and scrubbing, for the whole server and for each project, in force on the path of a batch.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "pipeline/group/group.h"
#include "pipeline/scrub/scrubber.h"
#include "store/meta/meta_store.h"

namespace tripod::pipeline {

struct RuleTexts {
  std::string stack_rules;        // docs/grouping.md
  std::string fingerprint_rules;  // docs/grouping.md
  std::string scrub_rules;        // docs/scrubbing.md
  bool scrub_ip_addresses = false;
};

// The rules of one project, as stored.
struct ProjectRuleTexts {
  RuleTexts now;
  // Grouping rules before the last change, where events that had an issue by them stay in it.
  std::optional<RuleTexts> former;
};

// Thread-safe. Everything passed in outlives it.
class ProjectRules {
 public:
  // `server`: of the configuration, before those of every project. Loads what the meta store keeps. kInvalidArgument names the part,
  // line and column that cannot be read.
  static base::Result<std::unique_ptr<ProjectRules>> open(store::MetaStore& meta, const RuleTexts& server);

  ProjectRuleTexts of(int64_t project) const;
  // Checked, stored, then in force. `keep_issues`: hashes by the grouping rules before are looked up second from now on.
  base::Result<> set(int64_t project, const RuleTexts& rules, bool keep_issues);

  const group::Grouper& grouper() const { return grouper_; }
  // For records that came with a key of the project; 0: with none, which belong to the default project.
  std::shared_ptr<const scrub::Scrubber> scrubber(uint64_t project) const;

  // What would be in force, for trying. kInvalidArgument as above.
  base::Result<group::ProjectRules> grouping_of(const RuleTexts& rules) const;
  base::Result<std::unique_ptr<scrub::Scrubber>> scrubber_of(const RuleTexts& rules) const;

 private:
  ProjectRules(store::MetaStore& meta, RuleTexts server) : meta_(meta), server_(std::move(server)) {}
  base::Result<> load();
  base::Result<> put_in_force(int64_t project, const ProjectRuleTexts& texts);

  store::MetaStore& meta_;
  const RuleTexts server_;
  std::string hash_key_;   // constant after open()
  group::Grouper grouper_;
  std::shared_ptr<const scrub::Scrubber> plain_;  // constant after open()
  mutable std::mutex mu_;
  std::mutex changing_;    // one change at a time
  // guarded by mu_
  std::map<int64_t, ProjectRuleTexts> texts_;
  std::map<int64_t, std::shared_ptr<const scrub::Scrubber>> scrubbers_;
};

}  // namespace tripod::pipeline

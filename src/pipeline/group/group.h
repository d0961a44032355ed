// Which issue an error event belongs to: Sentry's grouping (newstyle, 2026-01-20). docs/grouping.md
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/batch.h"
#include "pipeline/group/component.h"
#include "pipeline/group/fingerprint_rules.h"
#include "pipeline/group/parametriser.h"
#include "pipeline/group/stack_rules.h"

namespace tripod::pipeline::group {

struct Grouping {
  // Lower-case md5 hex, at least one, without repeats. All belong to the issue; the first one that
  // is known decides, and an event with none known makes a new issue under all of them.
  std::vector<std::string> hashes;
  std::string title;    // "ZeroDivisionError: division by zero", or the message's first line
  std::string type;     // exception type; empty for messages
  std::string value;    // exception value, or the message
  std::string culprit;  // transaction, else "module in function" of the frame that failed
};

// A way of grouping that is, or was, in force. What an id means never changes.
struct GroupingVersion {
  std::string id;           // "newstyle:2026-11-23"
  std::string stack_rules;  // the built-in ones
};
// Newest first. With more than one, events that the newest would make a new issue of are looked up by the hashes of the others.
std::vector<GroupingVersion> grouping_versions();

// One hash of an event, and what it is made of.
struct VariantExplanation {
  std::string name;  // "app", "system", "message", "fingerprint", "fallback"
  bool contributes = false;
  std::string hint;  // why it does not
  std::string hash;  // whether it contributes or not; empty where the variant has nothing to say
  Component component;
};

struct Explanation {
  std::string version;
  std::string strategy;  // what decided: "fingerprint", "exceptions", "threads", "message", "fallback"
  std::vector<std::string> hashes;
  std::string fingerprint_source;                // "client", "rule"; empty: none
  std::string fingerprint_rule;                  // as written
  std::vector<std::string> fingerprint;          // as given
  std::vector<VariantExplanation> variants;
};

// What the people of a project have written. Null members: nothing.
struct ProjectRules {
  std::shared_ptr<const StackRules> stack;  // the project's own, without the built-in ones
  std::shared_ptr<const FingerprintRules> fingerprint;
};

// One version together with the rules of one project. Pure, immutable, thread-safe. Events must be scrubbed before: titles are
// stored. The parametriser outlives it.
class Strategy {
 public:
  Strategy(const GroupingVersion& version, const ProjectRules& rules, const Parametriser& parametriser);

  Grouping group(const model::ErrorEvent& event) const;
  std::vector<std::string> hashes(const model::ErrorEvent& event) const;
  Explanation explain(const model::ErrorEvent& event) const;

 private:
  struct Work;
  Work work_on(const model::ErrorEvent& event) const;
  std::string fingerprint_text(const Work& work, std::string_view part) const;
  std::string fingerprint_hash(const Work& work, std::string_view default_text) const;
  std::vector<std::string> default_texts(const Work& work) const;
  std::vector<std::string> hashes_of(const Work& work) const;
  void explain_default(const Work& work, Explanation& out) const;
  void choose(const Work& work, Explanation& out) const;
  void explain_fingerprint(const Work& work, Explanation& out) const;

  const std::string version_;
  const StackRules stack_;  // built-in, then the project's
  const ProjectRules rules_;
  const Parametriser& parametriser_;
};

// Groups by the newest version and the rules of the event's project, and knows what was in force before. Thread-safe; keep one
// (see Parametriser).
class Grouper {
 public:
  explicit Grouper(std::vector<GroupingVersion> versions = grouping_versions());

  // What holds for every project without rules of its own. Before anything is grouped.
  void set_rules_of_all(const ProjectRules& rules);
  // For events from now on. `former`: rules that the project had before, where events that had an issue by them shall stay in it.
  void set_rules(uint64_t project, const ProjectRules& rules, const std::optional<ProjectRules>& former);

  Grouping group(const model::ErrorEvent& event) const;
  // Hashes by the rules and the versions before, without repeats; empty where nothing was different.
  std::vector<std::string> former_hashes(const model::ErrorEvent& event) const;
  Explanation explain(const model::ErrorEvent& event) const;
  // As if the project had these rules.
  Explanation explain_with(const model::ErrorEvent& event, const ProjectRules& rules) const;
  const std::string& version() const { return versions_.front().id; }

 private:
  using Strategies = std::vector<Strategy>;  // what is in force, then what was
  using Projects = std::map<uint64_t, std::shared_ptr<const Strategies>>;
  std::shared_ptr<const Strategies> of(uint64_t project) const;

  // constant after construction
  const std::vector<GroupingVersion> versions_;
  const Parametriser parametriser_;
  std::shared_ptr<const Strategies> plain_;  // of projects without rules
  mutable std::mutex mu_;
  Projects projects_;  // guarded by mu_
};

}  // namespace tripod::pipeline::group

// | drop a, b="x" and | keep a, b="x"
#include <optional>
#include <vector>

#include "query/logql/stages/regex.h"
#include "query/logql/stages/stage.h"

namespace tripod::query::logql {
namespace {

struct Pick {
  std::string name;
  std::optional<LabelMatcher> matcher;
  bool matches(std::string_view value) const { return !matcher || matcher->matches(value); }
};

class Drop final : public StageRunner {
 public:
  explicit Drop(std::vector<Pick> picks) : picks_(std::move(picks)) {}
  bool run(Line& line) override {
    for (const Pick& pick : picks_) {
      if (!pick.matches(line.labels.get(pick.name))) continue;
      if (pick.name == kErrorLabel) {
        line.labels.reset_error();
      } else if (pick.name == kErrorDetailsLabel) {
        line.labels.reset_error_details();
      } else {
        line.labels.remove(pick.name);
      }
    }
    return true;
  }
  void add_needs(Needs& needs) const override {
    for (const Pick& pick : picks_) {
      if (pick.matcher) needs.names.insert(pick.name);
    }
  }

 private:
  const std::vector<Pick> picks_;
};

class Keep final : public StageRunner {
 public:
  explicit Keep(std::vector<Pick> picks) : picks_(std::move(picks)) {}
  bool run(Line& line) override {
    going_.clear();
    for (const LabelSet::Entry& entry : line.labels.entries()) {
      if (entry.alive && !keeps(entry)) going_.push_back(entry.name);
    }
    for (const std::string& name : going_) line.labels.remove(name);
    return true;
  }
  void add_needs(Needs& needs) const override {
    for (const Pick& pick : picks_) needs.names.insert(pick.name);
  }

 private:
  bool keeps(const LabelSet::Entry& entry) const {
    for (const Pick& pick : picks_) {
      if (pick.name == entry.name && pick.matches(entry.value)) return true;
    }
    return false;
  }

  const std::vector<Pick> picks_;
  std::vector<std::string> going_;
};

base::Result<std::vector<Pick>> compile_picks(const std::vector<LabelPick>& from) {
  std::vector<Pick> out;
  for (const LabelPick& one : from) {
    Pick pick{one.name, std::nullopt};
    if (one.matcher) {
      auto matcher = LabelMatcher::make(*one.matcher);
      if (!matcher) return base::fail(std::move(matcher.error()));
      pick.matcher = std::move(*matcher);
    }
    out.push_back(std::move(pick));
  }
  return out;
}

}  // namespace

base::Result<StagePtr> compile(const DropLabels& stage) {
  auto picks = compile_picks(stage.picks);
  if (!picks) return base::fail(std::move(picks.error()));
  return std::make_unique<Drop>(std::move(*picks));
}

base::Result<StagePtr> compile(const KeepLabels& stage) {
  auto picks = compile_picks(stage.picks);
  if (!picks) return base::fail(std::move(picks.error()));
  return std::make_unique<Keep>(std::move(*picks));
}

}  // namespace tripod::query::logql

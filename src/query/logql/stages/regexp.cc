// | regexp "(?P<name>re)": the named groups of the first match.
#include <utility>
#include <vector>

#include "query/logql/stages/regex.h"
#include "query/logql/stages/stage.h"
#include "query/promql/text.h"

namespace tripod::query::logql {
namespace {

class Runner final : public StageRunner {
 public:
  Runner(Regex regex, std::vector<std::pair<size_t, std::string>> names)
      : regex_(std::move(regex)),
        names_(std::move(names)),
        groups_(static_cast<size_t>(regex_->NumberOfCapturingGroups()) + 1) {}

  bool run(Line& line) override {
    const re2::StringPiece text(line.text.data(), line.text.size());
    if (!regex_->Match(text, 0, text.size(), RE2::UNANCHORED, groups_.data(),
                       static_cast<int>(groups_.size()))) {
      return true;
    }
    for (const auto& [group, name] : names_) {
      const re2::StringPiece& found = groups_[group];
      line.labels.extract(name, {found.data(), found.size()});
    }
    return true;
  }

 private:
  const Regex regex_;
  const std::vector<std::pair<size_t, std::string>> names_;
  std::vector<re2::StringPiece> groups_;
};

}  // namespace

base::Result<StagePtr> compile(const RegexpParser& stage) {
  auto regex = compile_regex(stage.pattern);
  if (!regex) return base::fail(std::move(regex.error()));
  std::vector<std::pair<size_t, std::string>> names;
  for (const auto& [group, name] : (*regex)->CapturingGroupNames()) {
    if (!promql::is_legacy_label_name(name)) {
      return base::fail(base::Code::kInvalidArgument, "invalid extracted label name '" + name + "'");
    }
    names.emplace_back(static_cast<size_t>(group), name);
  }
  if (names.empty()) {
    return base::fail(base::Code::kInvalidArgument, "at least one named capture must be supplied");
  }
  return std::make_unique<Runner>(std::move(*regex), std::move(names));
}

}  // namespace tripod::query::logql

// Stack trace rules: which frames are the application's own, and which count for grouping, in Sentry's language.
// https://docs.sentry.io/concepts/data-management/event-grouping/stack-trace-rules/
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/batch.h"
#include "pipeline/group/glob.h"

namespace tripod::pipeline::group {

enum class Family : uint8_t { kOther = 1, kJavaScript = 2, kNative = 4 };
Family family_of(std::string_view platform);

// What the matchers of one exception see besides its frames.
struct ExceptionFacts {
  std::string_view platform;
  std::string_view type;
  std::string_view value;
  std::string_view mechanism;
};

struct FrameMatcher {
  enum class Field : uint8_t { kModule, kPath, kPackage, kFunction, kCategory, kFamily, kApp, kType, kValue, kMechanism };
  enum class Whose : uint8_t { kOwn, kCaller, kCallee };
  Field field = Field::kModule;
  Whose whose = Whose::kOwn;
  bool negated = false;
  uint8_t families = 0;  // of kFamily: bits of Family
  bool app = false;      // of kApp
  std::optional<Glob> glob;
};

struct FrameAction {
  enum class Kind : uint8_t { kApp, kGroup, kCategory, kMaxFrames, kMinFrames };
  enum class Range : uint8_t { kFrame, kYounger, kOlder };  // "", "^", "v"
  Kind kind = Kind::kApp;
  Range range = Range::kFrame;
  bool on = false;            // of kApp and kGroup
  std::string category = {};  // of kCategory
  uint32_t frames = 0;        // of kMaxFrames and kMinFrames
};

struct StackRule {
  std::string text;     // as written, for explanations
  bool built_in = false;
  uint8_t families = 7;  // frames of others never match: bits of Family
  std::vector<FrameMatcher> matchers;
  std::vector<FrameAction> actions;
};

// What rules decide about one frame.
struct FrameMarks {
  bool in_app = true;
  bool counts = true;                     // for grouping, as far as it is looked at
  const StackRule* app_rule = nullptr;    // that changed in_app
  const StackRule* group_rule = nullptr;  // that changed counts
};

// How many frames count: 0 is no limit.
struct FrameLimits {
  uint32_t most = 0;
  uint32_t least = 0;
  const StackRule* most_rule = nullptr;
  const StackRule* least_rule = nullptr;
};

// Immutable once made; thread-safe.
class StackRules {
 public:
  StackRules() = default;
  // kInvalidArgument: "line 3, column 14: …".
  static base::Result<StackRules> parse(std::string_view text, bool built_in = false);

  // Each rule is tried at every frame before the next one is: later rules win. `marks` has one entry per frame, filled with
  // what holds without rules. Paths are compared in lower case with "/", functions as they are.
  void apply(std::span<const model::Frame> frames, const ExceptionFacts& facts, std::span<FrameMarks> marks, FrameLimits& limits) const;

  // Those of another set after its own.
  void append(const StackRules& more) { rules_.insert(rules_.end(), more.rules_.begin(), more.rules_.end()); }
  bool empty() const { return rules_.empty(); }
  std::span<const StackRule> rules() const { return rules_; }

 private:
  std::vector<StackRule> rules_;
};

}  // namespace tripod::pipeline::group

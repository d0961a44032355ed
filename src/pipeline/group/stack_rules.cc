#include "pipeline/group/stack_rules.h"

#include <algorithm>

namespace tripod::pipeline::group {
namespace {

using Field = FrameMatcher::Field;
using Whose = FrameMatcher::Whose;

constexpr std::string_view kUnknown = "<unknown>";

// What matchers compare with, one per frame.
struct Facts {
  std::string_view module;
  std::string_view function;
  std::string_view path;       // lower case, with "/"; begins with one that may not be the frame's
  std::string_view file_name;  // likewise, where it is not the end of the path
  std::string_view package;    // likewise
  std::string_view category;
  uint8_t family = 0;
};

class Frames {
 public:
  Frames(std::span<const model::Frame> frames, const ExceptionFacts& exception, std::span<FrameMarks> marks)
      : exception_(exception), marks_(marks) {
    size_t bytes = 0;
    for (const model::Frame& f : frames) bytes += f.abs_path.size() + f.filename.size() + f.package.size() + 3;
    lowered_.reserve(bytes);  // never grows: views point into it
    facts_.reserve(frames.size());
    for (const model::Frame& frame : frames) add(frame);
  }

  size_t size() const { return facts_.size(); }
  uint8_t families() const { return families_; }
  FrameMarks& marks(size_t i) { return marks_[i]; }
  void set_category(size_t i, std::string_view category) { facts_[i].category = category; }

  bool matches(const StackRule& rule, size_t i) const {
    for (const FrameMatcher& matcher : rule.matchers) {
      if (matcher.whose == Whose::kOwn) {
        if (!matches_one(matcher, i)) return false;
      } else if (matcher.whose == Whose::kCaller) {
        if (i == 0 || !matches_one(matcher, i - 1)) return false;
      } else if (i + 1 >= facts_.size() || !matches_one(matcher, i + 1)) {
        return false;
      }
    }
    return true;
  }

 private:
  void add(const model::Frame& frame) {
    Facts f;
    f.module = frame.module;
    f.function = frame.function.empty() ? kUnknown : frame.function;
    const std::string_view path = frame.abs_path.empty() ? frame.filename : frame.abs_path;
    f.path = lowered(path);
    if (!frame.abs_path.empty() && !frame.abs_path.ends_with(frame.filename)) f.file_name = lowered(frame.filename);
    if (!frame.package.empty()) f.package = lowered(frame.package);
    f.family = static_cast<uint8_t>(family_of(frame.platform.empty() ? exception_.platform : frame.platform));
    families_ |= f.family;
    facts_.push_back(f);
  }

  std::string_view lowered(std::string_view path) {
    if (path.empty()) return {};
    const size_t from = lowered_.size();
    lowered_.push_back('/');
    for (const char c : path) lowered_.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c == '\\' ? '/' : c);
    return std::string_view(lowered_).substr(from);
  }

  // A path that does not start with "/" is also tried as if it did.
  static bool path_matches(const Glob& glob, std::string_view path) {
    if (path.empty()) return false;
    if (glob.finds_anywhere()) return glob.matches(path.starts_with("//") ? path.substr(1) : path);  // one look finds both
    return glob.matches(path.substr(1)) || (!path.starts_with("//") && glob.matches(path));
  }

  bool matches_one(const FrameMatcher& matcher, size_t i) const { return holds(matcher, i) != matcher.negated; }

  bool holds(const FrameMatcher& m, size_t i) const {
    const Facts& f = facts_[i];
    switch (m.field) {
      case Field::kModule: return !f.module.empty() && m.glob->matches(f.module);
      case Field::kPath: return path_matches(*m.glob, f.path) || path_matches(*m.glob, f.file_name);
      case Field::kPackage: return path_matches(*m.glob, f.package);
      case Field::kFunction: return m.glob->matches(f.function);
      case Field::kCategory: return !f.category.empty() && m.glob->matches(f.category);
      case Field::kFamily: return (m.families & f.family) != 0;
      case Field::kApp: return m.app == marks_[i].in_app;
      case Field::kType: return m.glob->matches(exception_.type.empty() ? kUnknown : exception_.type);
      case Field::kValue: return m.glob->matches(exception_.value.empty() ? kUnknown : exception_.value);
      case Field::kMechanism: return m.glob->matches(exception_.mechanism.empty() ? kUnknown : exception_.mechanism);
    }
    return false;
  }

  const ExceptionFacts& exception_;
  const std::span<FrameMarks> marks_;
  std::string lowered_;
  std::vector<Facts> facts_;
  uint8_t families_ = 0;
};

void mark(const FrameAction& action, const StackRule& rule, FrameMarks& marks) {
  if (action.kind == FrameAction::Kind::kApp) {
    if (marks.in_app == action.on) return;
    marks.in_app = action.on;
    marks.app_rule = &rule;
  } else if (marks.counts != action.on) {
    marks.counts = action.on;
    marks.group_rule = &rule;
  }
}

// How far the ranges of one rule have reached: of its matches, oldest first, only what is new is marked, so that a rule with ranges
// looks at each frame once, not once a match.
struct Reach {
  size_t older = 0;              // frames before this one are marked by "v"
  bool younger = false;          // all after the first match are marked by "^"
};

void act(const FrameAction& action, const StackRule& rule, size_t at, const Reach& reach, Frames& frames) {
  using Range = FrameAction::Range;
  if (action.range == Range::kFrame) return mark(action, rule, frames.marks(at));
  if (action.range == Range::kYounger && reach.younger) return;
  const size_t from = action.range == Range::kYounger ? at + 1 : reach.older;
  const size_t to = action.range == Range::kYounger ? frames.size() : at;
  for (size_t i = from; i < to; ++i) mark(action, rule, frames.marks(i));
}

void act(const StackRule& rule, size_t at, const Reach& reach, Frames& frames, FrameLimits& limits) {
  for (const FrameAction& action : rule.actions) {
    switch (action.kind) {
      case FrameAction::Kind::kCategory: frames.set_category(at, action.category); break;
      case FrameAction::Kind::kMaxFrames:
        limits.most = action.frames;
        limits.most_rule = &rule;
        break;
      case FrameAction::Kind::kMinFrames:
        limits.least = action.frames;
        limits.least_rule = &rule;
        break;
      default: act(action, rule, at, reach, frames);
    }
  }
}

}  // namespace

Family family_of(std::string_view platform) {
  if (platform == "javascript" || platform == "node") return Family::kJavaScript;
  for (const std::string_view native : {"native", "cocoa", "objc", "swift", "c"}) {
    if (platform == native) return Family::kNative;
  }
  return Family::kOther;
}

void StackRules::apply(std::span<const model::Frame> frames, const ExceptionFacts& facts, std::span<FrameMarks> marks, FrameLimits& limits) const {
  if (rules_.empty() || frames.empty()) return;
  Frames all(frames, facts, marks);
  for (const StackRule& rule : rules_) {
    if ((rule.families & all.families()) == 0) continue;
    Reach reach;
    for (size_t i = 0; i < all.size(); ++i) {
      if (!all.matches(rule, i)) continue;
      act(rule, i, reach, all, limits);
      reach = {.older = i, .younger = true};
    }
  }
}

}  // namespace tripod::pipeline::group

// Fingerprint rules of the server: events that match get a fingerprint, whatever their client says, in Sentry's language.
// https://docs.sentry.io/concepts/data-management/event-grouping/fingerprint-rules/
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/batch.h"
#include "pipeline/group/frames.h"
#include "pipeline/group/glob.h"

namespace tripod::pipeline::group {

// An event with its stack traces as the stack trace rules left them. Points to the event.
struct JudgedEvent {
  const model::ErrorEvent* event = nullptr;
  std::vector<JudgedStack> exceptions;  // one per event.exceptions
  JudgedStack thread;
};
JudgedEvent judge(const model::ErrorEvent& event, const StackRules& rules);
// Of the exception that was raised (the last that has frames), else of the thread. nullptr without frames.
const model::Frame* crash_frame(const JudgedEvent& event);

struct FingerprintMatcher {
  // Matchers of one group must hold together: of one exception, of one frame.
  enum class Group : uint8_t { kMessage, kException, kFrame, kEvent };
  enum class Field : uint8_t {
    kMessage, kType, kValue, kModule, kPath, kPackage, kFunction, kApp, kFamily, kLogger, kLevel, kRelease, kSdk, kTag
  };
  Field field = Field::kType;
  bool negated = false;
  bool app = false;         // of kApp
  std::string text;         // of kFamily and kSdk: words with commas; of kTag: the tag's name
  std::optional<Glob> glob;
  Group group() const;
};

struct FingerprintRule {
  std::string text;  // as written
  std::vector<FingerprintMatcher> matchers;
  std::vector<std::string> fingerprint;  // may hold {{ variables }}
  std::string title;                     // likewise; empty: none
};

// Immutable once made; thread-safe.
class FingerprintRules {
 public:
  FingerprintRules() = default;
  // kInvalidArgument: "line 3, column 14: …".
  static base::Result<FingerprintRules> parse(std::string_view text);
  // The first rule that holds; nullptr: none.
  const FingerprintRule* match(const JudgedEvent& event) const;
  bool empty() const { return rules_.empty(); }
  std::span<const FingerprintRule> rules() const { return rules_; }

 private:
  std::vector<FingerprintRule> rules_;
};

}  // namespace tripod::pipeline::group

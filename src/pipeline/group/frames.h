// Stack traces as grouping sees them: which frames count, and what each contributes to the hash of an event.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/batch.h"
#include "pipeline/group/stack_rules.h"

namespace tripod::pipeline::group {

// `app` looks at the application's own frames, `system` at all of them.
enum class Variant : uint8_t { kApp, kSystem };

// What a frame is like, whatever the rules say.
enum class FrameNature : uint8_t { kPlain, kRecursion, kNoSource };

// A stack trace after the rules: in_app is what the SDK says (yes, where it says nothing) unless a rule says otherwise.
// Points to the frames and to the rules.
struct JudgedStack {
  std::span<const model::Frame> frames;
  std::string_view platform;
  std::vector<FrameMarks> marks;      // one per frame
  std::vector<FrameNature> natures;   // one per frame
  FrameLimits limits;
  bool inline_script = false;  // one frame of a page's own script: would make one issue of everything on it
};
JudgedStack judge(std::span<const model::Frame> frames, const ExceptionFacts& facts, const StackRules& rules);

// Why a frame counts in a variant, or not.
enum class Verdict : uint8_t { kCounts, kNotInApp, kRecursion, kNoSource, kRule, kBeyondMost, kBelowLeast, kInlineScript };
std::vector<Verdict> verdicts(const JudgedStack& stack, Variant variant);

// The frame that failed: the youngest of the application's own, else the youngest. nullptr without frames.
const model::Frame* crash_frame(const JudgedStack& stack);

// What a frame has to say. `..._why` is empty where the part contributes.
struct FrameParts {
  std::string_view module;
  std::string_view module_why;
  std::string_view file_name;  // as sent: append_file_name() makes it lower case
  std::string_view file_name_why;
  std::string_view function;
  std::string_view function_why;
  std::string_view context_line;  // as sent: append_context_line() collapses white space
  std::string_view context_line_why;
};
FrameParts frame_parts(const model::Frame& frame, std::string_view platform);
void append_file_name(std::string_view name, std::string& out);
void append_context_line(std::string_view line, std::string& out);

}  // namespace tripod::pipeline::group

#include "pipeline/group/frames.h"

#include <algorithm>

#include "base/utf8.h"

namespace tripod::pipeline::group {
namespace {

constexpr size_t kLongestContextLine = 120;

bool is_javascript(std::string_view platform) {
  return platform == "javascript" || platform == "node";
}

bool trusts_context_line(std::string_view platform) {
  return is_javascript(platform) || platform == "python" || platform == "php" || platform == "ruby";
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_url(std::string_view path) {
  for (const std::string_view start : {"http:", "https:", "applewebdata:", "blob:"}) {
    if (path.starts_with(start)) return true;
  }
  return false;
}

// SDKs of browsers send the URL as file name only.
std::string_view full_path(const model::Frame& frame) {
  return frame.abs_path.empty() ? frame.filename : frame.abs_path;
}

std::string_view after_last(std::string_view text, std::string_view separators) {
  const size_t at = text.find_last_of(separators);
  return at == std::string_view::npos ? text : text.substr(at + 1);
}

// Whether the module is only the path under another name, as browsers' SDKs send it.
bool path_as_module(const model::Frame& frame, std::string_view platform) {
  return platform == "javascript" && frame.module.find('/') != std::string_view::npos &&
         frame.abs_path.ends_with(frame.module);
}

std::string_view why_no_file_name(const model::Frame& frame, std::string_view name) {
  if (name.empty()) return "empty";
  if (name == "<anonymous>" || name == "[native code]") return "names no file";
  if (is_url(full_path(frame))) return "a URL says nothing lasting";
  return {};
}

// The name without what a runtime adds to it; empty where it says nothing.
std::string_view telling_function(std::string_view function, std::string_view platform) {
  if (is_javascript(platform)) {
    function = after_last(function, ".");
    for (const std::string_view none :
         {"?", "<anonymous function>", "<anonymous>", "Anonymous function"}) {
      if (function == none) return {};
    }
    return function.ends_with("/<") ? std::string_view() : function;
  }
  if (platform == "ruby" && function.starts_with("block ")) return "block";
  if (platform == "php" && function.starts_with("class@anonymous")) {
    const size_t at = function.rfind("::");
    return at == std::string_view::npos ? std::string_view() : function.substr(at + 2);
  }
  if (platform == "php" && function.starts_with("[Anonymous")) return {};
  if (platform == "java" && function.starts_with("lambda$")) return {};
  if (function == "<redacted>" || function == "<unknown>") return {};
  return function;
}

std::string_view why_no_context_line(const model::Frame& frame, std::string_view platform) {
  if (frame.context_line.find_first_not_of(" \t\n\v\f\r") == std::string_view::npos) return "empty";
  if (!trusts_context_line(platform)) return "source lines do not count on this platform";
  if (base::utf8_length(frame.context_line) > kLongestContextLine) return "longer than 120 characters";
  if (is_javascript(platform) && frame.function.empty() && is_url(full_path(frame)))
    return "a line of a page's script without a function";
  return {};
}

// Frames of mixed stack traces say which runtime they are of.
std::string_view platform_of(const model::Frame& frame, std::string_view event_platform) {
  return frame.platform.empty() ? event_platform : frame.platform;
}

bool is_worthless(const model::Frame& frame, std::string_view platform) {
  if (!is_javascript(platform)) return false;
  if (after_last(frame.function, ".") == "eval") return true;
  for (const std::string_view path : {"[native code]", "native code", "eval code", "<anonymous>"}) {
    if (full_path(frame) == path) return true;
  }
  return false;
}

bool is_recursion(const model::Frame& a, const model::Frame& b) {
  return a.abs_path == b.abs_path && a.module == b.module && a.filename == b.filename &&
         a.function == b.function && a.line == b.line;
}

}  // namespace

JudgedStack judge(std::span<const model::Frame> frames, const ExceptionFacts& facts,
                  const StackRules& rules) {
  JudgedStack out;
  out.frames = frames;
  out.platform = facts.platform;
  out.inline_script = frames.size() == 1 && is_javascript(facts.platform) &&
                      frames[0].function.empty() && is_url(full_path(frames[0]));
  out.marks.resize(frames.size());
  out.natures.resize(frames.size());
  for (size_t i = 0; i < frames.size(); ++i) {
    const model::Frame& frame = frames[i];
    if (i > 0 && is_recursion(frame, frames[i - 1])) out.natures[i] = FrameNature::kRecursion;
    else if (is_worthless(frame, platform_of(frame, facts.platform))) out.natures[i] = FrameNature::kNoSource;
    out.marks[i].in_app = frame.in_app != 0;
    out.marks[i].counts = out.natures[i] == FrameNature::kPlain;
  }
  rules.apply(frames, facts, out.marks, out.limits);
  return out;
}

std::vector<Verdict> verdicts(const JudgedStack& stack, Variant variant) {
  std::vector<Verdict> out(stack.frames.size(), Verdict::kCounts);
  const FrameLimits& limits = stack.limits;
  size_t counted = 0;
  for (size_t i = out.size(); i > 0; --i) {  // the youngest first: they are what max-frames keeps
    const FrameMarks& marks = stack.marks[i - 1];
    Verdict& verdict = out[i - 1];
    if (stack.inline_script) verdict = Verdict::kInlineScript;
    else if (!marks.counts && marks.group_rule != nullptr) verdict = Verdict::kRule;
    else if (!marks.counts) verdict = stack.natures[i - 1] == FrameNature::kRecursion ? Verdict::kRecursion : Verdict::kNoSource;
    else if (variant == Variant::kApp && !marks.in_app) verdict = Verdict::kNotInApp;
    else if (limits.most > 0 && counted == limits.most) verdict = Verdict::kBeyondMost;
    else ++counted;
  }
  if (counted >= limits.least) return out;
  for (Verdict& verdict : out) {
    if (verdict == Verdict::kCounts) verdict = Verdict::kBelowLeast;
  }
  return out;
}

const model::Frame* crash_frame(const JudgedStack& stack) {
  for (size_t i = stack.frames.size(); i > 0; --i) {
    if (stack.marks[i - 1].in_app) return &stack.frames[i - 1];
  }
  return stack.frames.empty() ? nullptr : &stack.frames.back();
}

FrameParts frame_parts(const model::Frame& frame, std::string_view event_platform) {
  const std::string_view platform = platform_of(frame, event_platform);
  FrameParts parts;
  parts.module = frame.module;
  if (frame.module.empty()) parts.module_why = "empty";
  else if (path_as_module(frame, platform)) parts.module_why = "only the path of the file";
  parts.file_name = after_last(frame.filename, "/\\");
  parts.file_name_why = parts.module_why.empty() ? "the module takes precedence" : why_no_file_name(frame, parts.file_name);
  parts.function = telling_function(frame.function, platform);
  if (parts.function.empty()) {
    parts.function = frame.function;
    parts.function_why = frame.function.empty() ? "empty" : "a name that the runtime or the compiler made up";
  }
  parts.context_line = frame.context_line;
  parts.context_line_why = why_no_context_line(frame, platform);
  return parts;
}

void append_file_name(std::string_view name, std::string& out) {
  for (const char c : name) out.push_back(lower(c));
}

void append_context_line(std::string_view line, std::string& out) {
  bool any = false;
  bool space = false;
  for (const char c : line) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      space = any;
      continue;
    }
    if (space) out.push_back(' ');
    space = false;
    any = true;
    out.push_back(c);
  }
}

}  // namespace tripod::pipeline::group

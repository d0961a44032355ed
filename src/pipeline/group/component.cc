#include "pipeline/group/component.h"

#include <algorithm>

namespace tripod::pipeline::group {
namespace {

// Takes what contributes, and nothing else.
class TextSink {
 public:
  static constexpr bool kWhole = false;
  void begin(std::string_view, std::string_view) {}
  void end(bool, const Reason&) {}
  template <class Append>
  void leaf(std::string_view, std::string_view why_not, Append append) {
    if (why_not.empty()) append(text);
  }
  std::string text;
};

// Takes everything.
class TreeSink {
 public:
  static constexpr bool kWhole = true;
  TreeSink() { open_.emplace_back(); }
  void begin(std::string_view id, std::string_view name) {
    open_.emplace_back();
    open_.back().id = id;
    open_.back().name = name;
  }
  void end(bool contributes, const Reason& reason) {
    Component done = std::move(open_.back());
    open_.pop_back();
    done.contributes = contributes;
    done.hint = hint_text(reason);
    open_.back().children.push_back(std::move(done));
  }
  template <class Append>
  void leaf(std::string_view id, std::string_view why_not, Append append) {
    Component leaf;
    leaf.id = id;
    leaf.contributes = why_not.empty();
    leaf.hint = why_not;
    append(leaf.value);
    open_.back().children.push_back(std::move(leaf));
  }
  Component take() { return std::move(open_.front().children.front()); }

 private:
  std::vector<Component> open_;
};

Reason reason_of(const JudgedStack& stack, size_t i, Verdict verdict) {
  const FrameMarks& marks = stack.marks[i];
  switch (verdict) {
    case Verdict::kCounts:
      if (marks.group_rule != nullptr) return {"counts", marks.group_rule};
      return marks.app_rule == nullptr || !marks.in_app ? Reason{} : Reason{"marked as the application's own", marks.app_rule};
    case Verdict::kNotInApp:
      if (marks.app_rule != nullptr) return {"not the application's own", marks.app_rule};
      return {"not the application's own: says the client"};
    case Verdict::kRecursion: return {"recursion: the same as the frame before"};
    case Verdict::kNoSource: return {"names no source: native code or eval"};
    case Verdict::kRule: return {"ignored", marks.group_rule};
    case Verdict::kBeyondMost: return {"ignored: beyond max-frames", stack.limits.most_rule};
    case Verdict::kBelowLeast: return {"ignored: fewer frames than min-frames", stack.limits.least_rule};
    case Verdict::kInlineScript: return {"the only frame, of a page's script without a function"};
  }
  return {};
}

std::string frame_name(const model::Frame& frame) {
  std::string name(frame.module.empty() ? frame.filename : frame.module);
  if (!frame.function.empty()) name.append(name.empty() ? "" : " in ").append(frame.function);
  if (frame.line > 0) name.append(":").append(std::to_string(frame.line));
  return name;
}

template <class Sink>
void walk_parts(const FrameParts& parts, Sink& sink) {
  const auto plain = [](std::string_view text) { return [text](std::string& out) { out.append(text); }; };
  if (!parts.module.empty()) sink.leaf("module", parts.module_why, plain(parts.module));
  if (!parts.file_name.empty()) {
    sink.leaf("filename", parts.file_name_why, [&](std::string& out) { append_file_name(parts.file_name, out); });
  }
  if (!parts.function.empty()) sink.leaf("function", parts.function_why, plain(parts.function));
  if (parts.context_line_why != "empty") {
    sink.leaf("context_line", parts.context_line_why, [&](std::string& out) { append_context_line(parts.context_line, out); });
  }
}

bool says_something(const FrameParts& parts) {
  return parts.module_why.empty() || parts.file_name_why.empty() || parts.function_why.empty() || parts.context_line_why.empty();
}

// Whether any frame contributes.
template <class Sink>
bool walk_stack(const JudgedStack& stack, Variant variant, Sink& sink) {
  if (stack.frames.empty()) return false;
  sink.begin("stacktrace", "");
  const std::vector<Verdict> judged = verdicts(stack, variant);
  bool any = false;
  for (size_t i = 0; i < judged.size(); ++i) {
    const bool counts = judged[i] == Verdict::kCounts;
    if (!counts && !Sink::kWhole) continue;
    const FrameParts parts = frame_parts(stack.frames[i], stack.platform);
    const bool contributes = counts && says_something(parts);
    sink.begin("frame", Sink::kWhole ? frame_name(stack.frames[i]) : std::string());
    walk_parts(parts, sink);
    sink.end(contributes, counts && !contributes ? Reason{"says nothing that lasts"} : reason_of(stack, i, judged[i]));
    any = any || contributes;
  }
  sink.end(any, any ? Reason{} : Reason{"none of its frames counts"});
  return any;
}

// Whether a stack trace contributes.
template <class Sink>
bool walk_exception(const Walk& walk, size_t i, std::string_view left_out, Sink& sink) {
  const model::Exception& exception = walk.event.event->exceptions[i];
  sink.begin("exception", exception.type);
  if (!exception.type.empty()) {
    sink.leaf("type", exception.synthetic ? "made up by the client: the mechanism is synthetic" : "",
              [&](std::string& out) { out.append(exception.type); });
  }
  const bool frames = walk_stack(walk.event.exceptions[i], walk.variant, sink);
  if (!exception.value.empty()) {
    sink.leaf("value", frames ? "not used: the stack trace takes precedence" : "",
              [&](std::string& out) { out.append(normalise_message(exception.value, walk.parametriser)); });
  }
  sink.end(left_out.empty(), {left_out});
  return frames;
}

}  // namespace

std::string hint_text(const Reason& reason) {
  std::string out(reason.text);
  if (reason.rule == nullptr) return out;
  out.append(reason.rule->built_in ? " by the built-in stack trace rule (" : " by the stack trace rule (");
  return out.append(reason.rule->text).append(")");
}

Contribution exceptions_text(const Walk& walk, std::span<const model::Exception* const> exceptions) {
  TextSink sink;
  Contribution out;
  for (const model::Exception* exception : exceptions) {
    const auto i = static_cast<size_t>(exception - walk.event.event->exceptions.data());
    out.has_frames = walk_exception(walk, i, {}, sink) || out.has_frames;
  }
  out.text = std::move(sink.text);
  return out;
}

Contribution thread_text(const Walk& walk) {
  TextSink sink;
  const bool frames = walk_stack(walk.event.thread, walk.variant, sink);
  return {std::move(sink.text), frames};
}

Component exceptions_tree(const Walk& walk, std::span<const model::Exception* const> chosen, std::string_view left_out) {
  TreeSink sink;
  const auto exceptions = walk.event.event->exceptions;
  sink.begin(exceptions.size() == 1 ? "exceptions" : "chained_exceptions", "");
  for (size_t i = 0; i < exceptions.size(); ++i) {
    const bool counts = std::find(chosen.begin(), chosen.end(), &exceptions[i]) != chosen.end();
    walk_exception(walk, i, counts ? std::string_view() : left_out, sink);
  }
  sink.end(true, {});
  return sink.take();
}

Component thread_tree(const Walk& walk) {
  TreeSink sink;
  sink.begin("threads", "");
  const bool any = walk_stack(walk.event.thread, walk.variant, sink);
  sink.end(any, {});
  return sink.take();
}

}  // namespace tripod::pipeline::group

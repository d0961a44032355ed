#include "pipeline/group/fingerprint_rules.h"

#include <algorithm>

namespace tripod::pipeline::group {
namespace {

using Field = FingerprintMatcher::Field;
using Group = FingerprintMatcher::Group;

std::string_view family_name(std::string_view platform) {
  switch (family_of(platform)) {
    case Family::kJavaScript: return "javascript";
    case Family::kNative: return "native";
    case Family::kOther: return "other";
  }
  return "other";
}

// Whether one of the words between commas says `value`, or what it begins with before a dot.
bool names(std::string_view words, std::string_view value) {
  while (!words.empty()) {
    const size_t comma = words.find(',');
    const std::string_view word = words.substr(0, comma);
    words = comma == std::string_view::npos ? std::string_view() : words.substr(comma + 1);
    if (word == "all" || word == value) return true;
    if (value.size() > word.size() && value.starts_with(word) && value[word.size()] == '.') return true;
  }
  return false;
}

bool path_matches(const Glob& glob, std::string_view path) {
  if (path.empty()) return false;
  std::string normal(path);
  std::replace(normal.begin(), normal.end(), '\\', '/');
  return glob.matches(normal) || (normal[0] != '/' && glob.matches("/" + normal));
}

bool has(const FingerprintMatcher& m, std::string_view text) { return !text.empty() && m.glob->matches(text); }

bool of_event(const FingerprintMatcher& m, const model::ErrorEvent& event) {
  switch (m.field) {
    case Field::kLogger: return has(m, event.logger);
    case Field::kLevel: return has(m, event.level);
    case Field::kRelease: return path_matches(*m.glob, event.release);
    case Field::kFamily: return names(m.text, family_name(event.platform));
    case Field::kSdk: return names(m.text, model::find_text(event.attributes, "sdk.name"));
    case Field::kTag: return has(m, model::find_text(event.tags, m.text));
    default: return false;
  }
}

bool of_message(const FingerprintMatcher& m, const model::ErrorEvent& event) {
  if (has(m, event.message) || has(m, event.message_template)) return true;
  return std::any_of(event.exceptions.begin(), event.exceptions.end(),
                     [&](const model::Exception& e) { return has(m, e.value); });
}

bool of_exception(const FingerprintMatcher& m, const model::Exception& e) {
  return has(m, m.field == Field::kType ? e.type : e.value);
}

bool of_frame(const FingerprintMatcher& m, const model::Frame& frame, bool in_app) {
  switch (m.field) {
    case Field::kModule: return has(m, frame.module);
    case Field::kFunction: return has(m, frame.function);
    case Field::kPackage: return path_matches(*m.glob, frame.package);
    case Field::kPath: return path_matches(*m.glob, frame.abs_path) || path_matches(*m.glob, frame.filename);
    case Field::kApp: return m.app == in_app;
    default: return false;
  }
}

// Whether all matchers of the group hold by `holds`.
template <class Holds>
bool all_of(const FingerprintRule& rule, Group group, Holds holds) {
  return std::all_of(rule.matchers.begin(), rule.matchers.end(), [&](const FingerprintMatcher& m) {
    return m.group() != group || holds(m) != m.negated;
  });
}

bool any_frame(const FingerprintRule& rule, const JudgedStack& stack) {
  for (size_t i = 0; i < stack.frames.size(); ++i) {
    if (all_of(rule, Group::kFrame, [&](const FingerprintMatcher& m) { return of_frame(m, stack.frames[i], stack.marks[i].in_app); }))
      return true;
  }
  return false;
}

bool has_group(const FingerprintRule& rule, Group group) {
  return std::any_of(rule.matchers.begin(), rule.matchers.end(), [&](const FingerprintMatcher& m) { return m.group() == group; });
}

bool holds(const FingerprintRule& rule, const JudgedEvent& judged) {
  const model::ErrorEvent& event = *judged.event;
  if (!all_of(rule, Group::kEvent, [&](const FingerprintMatcher& m) { return of_event(m, event); })) return false;
  if (!all_of(rule, Group::kMessage, [&](const FingerprintMatcher& m) { return of_message(m, event); })) return false;
  if (has_group(rule, Group::kException)) {
    const auto& exceptions = event.exceptions;
    if (std::none_of(exceptions.begin(), exceptions.end(), [&](const model::Exception& e) {
          return all_of(rule, Group::kException, [&](const FingerprintMatcher& m) { return of_exception(m, e); });
        })) {
      return false;
    }
  }
  if (!has_group(rule, Group::kFrame)) return true;
  return any_frame(rule, judged.thread) || std::any_of(judged.exceptions.begin(), judged.exceptions.end(),
                                                       [&](const JudgedStack& s) { return any_frame(rule, s); });
}

}  // namespace

FingerprintMatcher::Group FingerprintMatcher::group() const {
  switch (field) {
    case Field::kMessage: return Group::kMessage;
    case Field::kType:
    case Field::kValue: return Group::kException;
    case Field::kModule:
    case Field::kPath:
    case Field::kPackage:
    case Field::kFunction:
    case Field::kApp: return Group::kFrame;
    default: return Group::kEvent;
  }
}

JudgedEvent judge(const model::ErrorEvent& event, const StackRules& rules) {
  JudgedEvent out;
  out.event = &event;
  const std::string_view mechanism = model::find_text(event.attributes, "mechanism.type");
  out.exceptions.reserve(event.exceptions.size());
  for (const model::Exception& e : event.exceptions) {
    out.exceptions.push_back(judge(e.frames, {event.platform, e.type, e.value, mechanism}, rules));
  }
  out.thread = judge(event.thread_frames, {event.platform, {}, {}, {}}, rules);
  return out;
}

const model::Frame* crash_frame(const JudgedEvent& event) {
  for (size_t i = event.exceptions.size(); i > 0; --i) {
    const model::Frame* frame = crash_frame(event.exceptions[i - 1]);
    if (frame != nullptr) return frame;
  }
  return crash_frame(event.thread);
}

const FingerprintRule* FingerprintRules::match(const JudgedEvent& event) const {
  for (const FingerprintRule& rule : rules_) {
    if (holds(rule, event)) return &rule;
  }
  return nullptr;
}

}  // namespace tripod::pipeline::group

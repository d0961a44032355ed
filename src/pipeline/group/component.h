// What an event's stack traces, exceptions and message contribute to its hash: walked once, either into the text that is hashed or
// into a tree for people. The tree's contributing values joined are the text, because both come from the same walk.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/batch.h"
#include "pipeline/group/fingerprint_rules.h"
#include "pipeline/group/frames.h"
#include "pipeline/group/parametriser.h"

namespace tripod::pipeline::group {

// A part of an explanation. Its values count where it and all that hold it contribute.
struct Component {
  std::string id;     // "exception", "stacktrace", "frame", "module", "function", …
  std::string name;   // which one: an exception's type, a frame's "module in function"
  bool contributes = true;
  std::string hint;   // why it does not, or what a rule did; empty: nothing to say
  std::string value;  // of leaves
  std::vector<Component> children;
};

// Why something does not contribute, or what a rule did to it.
struct Reason {
  std::string_view text;
  const StackRule* rule = nullptr;
};
std::string hint_text(const Reason& reason);

// What a variant contributes; `has_frames` says whether any stack trace is in it.
struct Contribution {
  std::string text;
  bool has_frames = false;
};

// What is walked: the exceptions that count, in event order, of one variant.
struct Walk {
  const JudgedEvent& event;
  Variant variant = Variant::kApp;
  const Parametriser& parametriser;
};

Contribution exceptions_text(const Walk& walk, std::span<const model::Exception* const> exceptions);
Contribution thread_text(const Walk& walk);
// Of all the event's exceptions; those that are not among `chosen` do not contribute, for `left_out`.
Component exceptions_tree(const Walk& walk, std::span<const model::Exception* const> chosen, std::string_view left_out);
Component thread_tree(const Walk& walk);

}  // namespace tripod::pipeline::group

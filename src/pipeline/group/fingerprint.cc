#include "pipeline/group/fingerprint.h"

#include <optional>


namespace tripod::pipeline::group {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// The name between {{ and }}.
std::optional<std::string_view> variable_name(std::string_view part) {
  if (!part.starts_with("{{") || !part.ends_with("}}") || part.size() < 5) return std::nullopt;
  const std::string_view name = trim(part.substr(2, part.size() - 4));
  if (name.empty() || name.find_first_of(" \t\r\n") != std::string_view::npos) return std::nullopt;
  return name;
}

std::string or_else(std::string_view value, std::string_view otherwise) {
  return std::string(value.empty() ? otherwise : value);
}

std::string_view event_message(const model::ErrorEvent& event) {
  if (!event.message.empty()) return event.message;
  return event.exceptions.empty() ? std::string_view() : event.exceptions.back().value;
}

std::optional<std::string> frame_variable(std::string_view name, const JudgedEvent& event) {
  static constexpr model::Frame kNone;
  const model::Frame* failed = crash_frame(event);
  const model::Frame& frame = failed == nullptr ? kNone : *failed;
  const std::string_view any_path = frame.abs_path.empty() ? frame.filename : frame.abs_path;
  if (name == "stack.function" || name == "function")
    return or_else(frame.function, "<no-function>");
  if (name == "stack.abs_path" || name == "path") return or_else(any_path, "<no-abs-path>");
  if (name == "stack.filename") {
    return or_else(frame.filename.empty() ? frame.abs_path : frame.filename, "<no-filename>");
  }
  if (name == "stack.module" || name == "module") return or_else(frame.module, "<no-module>");
  if (name == "stack.package" || name == "package") return or_else(frame.package, "<no-package>");
  return std::nullopt;
}

std::string variable(std::string_view name, const JudgedEvent& judged,
                     const Parametriser& parametriser) {
  const model::ErrorEvent& event = *judged.event;
  if (name == "transaction") return or_else(event.transaction, "<no-transaction>");
  if (name == "level") return or_else(event.level, "<no-level>");
  if (name == "logger") return or_else(event.logger, "<no-logger>");
  if (name == "message") {
    const std::string_view message = event_message(event);
    return message.empty() ? "<no-message>" : parametriser.replace(message);
  }
  const model::Exception* raised = event.exceptions.empty() ? nullptr : &event.exceptions.back();
  if (name == "error.type" || name == "type") {
    return or_else(raised == nullptr ? std::string_view() : raised->type, "<no-type>");
  }
  if (name == "error.value" || name == "value") {
    return or_else(raised == nullptr ? std::string_view() : raised->value, "<no-value>");
  }
  if (name.starts_with("tags.")) {
    const std::string_view tag = name.substr(5);
    return or_else(model::find_text(event.tags, tag),
                   "<no-value-for-tag-" + std::string(tag) + ">");
  }
  if (auto of_frame = frame_variable(name, judged)) return *of_frame;
  return "<unrecognized-variable-" + std::string(name) + ">";
}

}  // namespace

bool is_default_part(std::string_view part) { return variable_name(trim(part)) == "default"; }

FingerprintKind fingerprint_kind(std::span<const std::string_view> fingerprint) {
  size_t defaults = 0;
  for (const std::string_view part : fingerprint) defaults += is_default_part(part) ? 1 : 0;
  if (fingerprint.empty() || (defaults == 1 && fingerprint.size() == 1))
    return FingerprintKind::kDefault;
  return defaults == 0 ? FingerprintKind::kCustom : FingerprintKind::kHybrid;
}

std::string fingerprint_part(std::string_view part, const JudgedEvent& event,
                             const Parametriser& parametriser) {
  const auto name = variable_name(trim(part));
  return name ? variable(*name, event, parametriser) : std::string(part);
}

std::string expand_variables(std::string_view text, const JudgedEvent& event,
                             const Parametriser& parametriser) {
  std::string out;
  while (!text.empty()) {
    const size_t open = text.find("{{");
    const size_t close = open == std::string_view::npos ? open : text.find("}}", open + 2);
    if (close == std::string_view::npos) break;
    const std::string_view braces = text.substr(open, close + 2 - open);
    out.append(text.substr(0, open));
    const auto name = variable_name(braces);
    if (name && *name != "default") out.append(variable(*name, event, parametriser));
    else out.append(braces);
    text.remove_prefix(close + 2);
  }
  return out.append(text);
}

}  // namespace tripod::pipeline::group

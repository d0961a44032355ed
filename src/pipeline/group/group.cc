#include "pipeline/group/group.h"

#include <algorithm>
#include <array>

#include "base/utf8.h"
#include "pipeline/group/exceptions.h"
#include "pipeline/group/fingerprint.h"
#include "pipeline/group/frames.h"
#include "pipeline/group/md5.h"

namespace tripod::pipeline::group {
namespace {

constexpr size_t kMostTitleBytes = 250;
constexpr size_t kMostValueBytes = 4096;

// Text that a variant contributes; `has_frames` says whether any stack trace is in it.
struct Contribution {
  std::string text;
  bool has_frames = false;
};

std::string exception_text(const model::Exception& exception, std::string_view platform,
                           Variant variant, const Parametriser& parametriser, bool& has_frames) {
  std::string text;
  if (!exception.synthetic) text.append(exception.type);
  const std::string stack = stacktrace_text(exception.frames, platform, variant);
  if (!stack.empty()) {
    has_frames = true;
    text.append(stack);
  } else if (!exception.value.empty()) {
    text.append(normalise_message(exception.value, parametriser));
  }
  return text;
}

Contribution exceptions_text(const std::vector<const model::Exception*>& exceptions,
                             std::string_view platform, Variant variant,
                             const Parametriser& parametriser) {
  Contribution out;
  for (const model::Exception* exception : exceptions) {
    out.text.append(exception_text(*exception, platform, variant, parametriser, out.has_frames));
  }
  return out;
}

Contribution frames_text(std::span<const model::Frame> frames, std::string_view platform,
                         Variant variant) {
  Contribution out;
  out.text = stacktrace_text(frames, platform, variant);
  out.has_frames = !out.text.empty();
  return out;
}

// `system` counts where it differs; `app` only where there is a frame of the application's own.
std::vector<std::string> distinct(const Contribution& app, const Contribution& system) {
  std::vector<std::string> texts;
  const bool app_counts = app.has_frames || !system.has_frames;
  if (app_counts && !app.text.empty()) texts.push_back(app.text);
  if (!system.text.empty() && (texts.empty() || texts.front() != system.text))
    texts.push_back(system.text);
  return texts;
}

std::vector<std::string> default_texts(const model::ErrorEvent& event,
                                       const std::vector<const model::Exception*>& exceptions,
                                       const Parametriser& parametriser) {
  std::vector<std::string> texts;
  if (!exceptions.empty()) {
    texts = distinct(exceptions_text(exceptions, event.platform, Variant::kApp, parametriser),
                     exceptions_text(exceptions, event.platform, Variant::kSystem, parametriser));
  }
  if (texts.empty()) {
    texts = distinct(frames_text(event.thread_frames, event.platform, Variant::kApp),
                     frames_text(event.thread_frames, event.platform, Variant::kSystem));
  }
  if (texts.empty()) {
    const std::string_view message =
        event.message_template.empty() ? event.message : event.message_template;
    if (!message.empty()) texts.push_back(normalise_message(message, parametriser));
  }
  if (texts.empty()) texts.emplace_back();  // nothing says anything: one issue for all of these
  return texts;
}

// The parts of the fingerprint, with `default_text` where it says {{ default }}.
std::string fingerprint_hash(const model::ErrorEvent& event, std::string_view default_text,
                             const Parametriser& parametriser) {
  std::string joined;
  for (const std::string_view part : event.fingerprint) {
    if (is_default_part(part))
      joined.append(default_text);
    else
      joined.append(fingerprint_part(part, event, parametriser));
  }
  const std::array<std::string_view, 1> pieces = {joined};
  return md5_hex(pieces);
}

std::vector<std::string> hashes_of(const model::ErrorEvent& event,
                                   const std::vector<const model::Exception*>& exceptions,
                                   const Parametriser& parametriser) {
  const FingerprintKind kind = fingerprint_kind(event);
  if (kind == FingerprintKind::kCustom) return {fingerprint_hash(event, {}, parametriser)};
  std::vector<std::string> hashes;
  for (const std::string& text : default_texts(event, exceptions, parametriser)) {
    const std::array<std::string_view, 1> pieces = {text};
    std::string hash = kind == FingerprintKind::kHybrid
                           ? fingerprint_hash(event, text, parametriser)
                           : md5_hex(pieces);
    if (std::find(hashes.begin(), hashes.end(), hash) == hashes.end())
      hashes.push_back(std::move(hash));
  }
  return hashes;
}

std::string_view first_line(std::string_view text) {
  while (!text.empty() && (text.front() == '\n' || text.front() == ' ' || text.front() == '\r' ||
                           text.front() == '\t')) {
    text.remove_prefix(1);
  }
  return text.substr(0, text.find_first_of("\r\n"));
}

std::string cut(std::string_view text, size_t most) {
  if (text.size() <= most) return std::string(text);
  return std::string(base::utf8_prefix(text, most - 3)) + "...";
}

std::string culprit_of(const model::ErrorEvent& event, const model::Exception* raised) {
  if (!event.transaction.empty()) return std::string(event.transaction);
  const model::Frame* frame = raised == nullptr ? nullptr : crash_frame(raised->frames);
  if (frame == nullptr) frame = crash_frame(event.thread_frames);
  if (frame == nullptr) return {};
  std::string culprit(frame->module.empty() ? frame->filename : frame->module);
  if (!frame->function.empty() && frame->function != "?") {
    culprit.append(culprit.empty() ? "" : " in ").append(frame->function);
  }
  return culprit;
}

void name_exception(const model::Exception& raised, Grouping& out) {
  if (!raised.synthetic) out.type = raised.type;
  out.value = cut(raised.value, kMostValueBytes);
  const std::string_view line = first_line(raised.value);
  if (out.type.empty())
    out.title = line;
  else if (line.empty())
    out.title = out.type;
  else
    out.title = out.type + ": " + std::string(line);
  if (out.title.empty()) {
    const model::Frame* frame = crash_frame(raised.frames);
    if (frame != nullptr) out.title = frame->function;
  }
}

}  // namespace

Grouping Grouper::group(const model::ErrorEvent& event) const {
  const auto key_of = [&](const model::Exception& exception) {
    bool has_frames = false;
    return exception_text(exception, event.platform, Variant::kApp, parametriser_, has_frames) +
           '\0' +
           exception_text(exception, event.platform, Variant::kSystem, parametriser_, has_frames);
  };
  const auto exceptions = grouping_exceptions(event, key_of);
  Grouping out;
  out.hashes = hashes_of(event, exceptions, parametriser_);
  const model::Exception* raised = exceptions.empty() ? nullptr : exceptions.back();
  if (raised != nullptr) name_exception(*raised, out);
  if (out.title.empty()) {
    out.title = first_line(event.message);
    out.value = cut(event.message, kMostValueBytes);
  }
  if (out.title.empty()) out.title = "<unlabeled event>";
  out.title = cut(out.title, kMostTitleBytes);
  out.culprit = culprit_of(event, raised);
  return out;
}

}  // namespace tripod::pipeline::group

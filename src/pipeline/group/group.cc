#include "pipeline/group/group.h"

#include <algorithm>
#include <array>

#include "base/result.h"
#include "base/utf8.h"
#include "pipeline/group/built_in_rules.h"
#include "pipeline/group/exceptions.h"
#include "pipeline/group/fingerprint.h"
#include "pipeline/group/md5.h"

namespace tripod::pipeline::group {
namespace {

constexpr size_t kMostTitleBytes = 250;
constexpr size_t kMostValueBytes = 4096;

// `system` counts where it differs; `app` only where there is a frame of the application's own.
std::vector<std::string> distinct(const Contribution& app, const Contribution& system) {
  std::vector<std::string> texts;
  const bool app_counts = app.has_frames || !system.has_frames;
  if (app_counts && !app.text.empty()) texts.push_back(app.text);
  if (!system.text.empty() && (texts.empty() || texts.front() != system.text))
    texts.push_back(system.text);
  return texts;
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

const model::Frame* crash_frame_of(const JudgedEvent& judged, const model::Exception* raised) {
  if (raised == nullptr) return crash_frame(judged.thread);
  const auto i = static_cast<size_t>(raised - judged.event->exceptions.data());
  const model::Frame* frame = crash_frame(judged.exceptions[i]);
  return frame == nullptr ? crash_frame(judged.thread) : frame;
}

std::string culprit_of(const JudgedEvent& judged, const model::Exception* raised) {
  if (!judged.event->transaction.empty()) return std::string(judged.event->transaction);
  const model::Frame* frame = crash_frame_of(judged, raised);
  if (frame == nullptr) return {};
  std::string culprit(frame->module.empty() ? frame->filename : frame->module);
  if (!frame->function.empty() && frame->function != "?") {
    culprit.append(culprit.empty() ? "" : " in ").append(frame->function);
  }
  return culprit;
}

void name_exception(const JudgedEvent& judged, const model::Exception& raised, Grouping& out) {
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
    const model::Frame* frame = crash_frame_of(judged, &raised);
    if (frame != nullptr) out.title = frame->function;
  }
}

std::string md5_of(std::string_view text) {
  const std::array<std::string_view, 1> pieces = {text};
  return md5_hex(pieces);
}

StackRules base_rules(const GroupingVersion& version, const ProjectRules& rules) {
  auto built_in = StackRules::parse(version.stack_rules, true);
  TRIPOD_CHECK(built_in.has_value());
  if (rules.stack) built_in->append(*rules.stack);
  return std::move(*built_in);
}

std::string_view message_of(const model::ErrorEvent& event) {
  return event.message_template.empty() ? event.message : event.message_template;
}

}  // namespace

std::vector<GroupingVersion> grouping_versions() {
  return {{"newstyle:2026-11-23", std::string(built_in_rules())},
          {"newstyle:2026-01-20", std::string(library_folder_rules())}};
}

// One event on its way.
struct Strategy::Work {
  const model::ErrorEvent& event;
  JudgedEvent judged;
  const FingerprintRule* rule = nullptr;      // that gave the fingerprint
  std::vector<std::string_view> fingerprint;  // of the rule, else of the client
  FingerprintKind kind = FingerprintKind::kDefault;
  std::vector<const model::Exception*> exceptions;  // those that count
};

Strategy::Strategy(const GroupingVersion& version, const ProjectRules& rules, const Parametriser& parametriser)
    : version_(version.id), stack_(base_rules(version, rules)), rules_(rules), parametriser_(parametriser) {}

Strategy::Work Strategy::work_on(const model::ErrorEvent& event) const {
  Work work{event, judge(event, stack_), nullptr, {}, FingerprintKind::kDefault, {}};
  if (rules_.fingerprint) work.rule = rules_.fingerprint->match(work.judged);
  if (work.rule != nullptr) work.fingerprint.assign(work.rule->fingerprint.begin(), work.rule->fingerprint.end());
  else work.fingerprint.assign(event.fingerprint.begin(), event.fingerprint.end());
  work.kind = fingerprint_kind(work.fingerprint);
  work.exceptions = grouping_exceptions(event, [&](const model::Exception& exception) {
    const std::array<const model::Exception*, 1> one = {&exception};
    return exceptions_text({work.judged, Variant::kApp, parametriser_}, one).text + '\0' +
           exceptions_text({work.judged, Variant::kSystem, parametriser_}, one).text;
  });
  return work;
}

std::vector<std::string> Strategy::default_texts(const Work& work) const {
  const Walk app{work.judged, Variant::kApp, parametriser_};
  const Walk system{work.judged, Variant::kSystem, parametriser_};
  std::vector<std::string> texts;
  if (!work.exceptions.empty()) texts = distinct(exceptions_text(app, work.exceptions), exceptions_text(system, work.exceptions));
  if (texts.empty()) texts = distinct(thread_text(app), thread_text(system));
  if (texts.empty() && !message_of(work.event).empty()) texts.push_back(normalise_message(message_of(work.event), parametriser_));
  if (texts.empty()) texts.emplace_back();  // nothing says anything: one issue for all of these
  return texts;
}

std::string Strategy::fingerprint_text(const Work& work, std::string_view part) const {
  return work.rule != nullptr ? expand_variables(part, work.judged, parametriser_) : fingerprint_part(part, work.judged, parametriser_);
}

// The parts of the fingerprint, with `default_text` where it says {{ default }}.
std::string Strategy::fingerprint_hash(const Work& work, std::string_view default_text) const {
  std::string joined;
  for (const std::string_view part : work.fingerprint) {
    if (is_default_part(part)) joined.append(default_text);
    else joined.append(fingerprint_text(work, part));
  }
  return md5_of(joined);
}

std::vector<std::string> Strategy::hashes_of(const Work& work) const {
  if (work.kind == FingerprintKind::kCustom) return {fingerprint_hash(work, {})};
  std::vector<std::string> hashes;
  for (const std::string& text : default_texts(work)) {
    std::string hash = work.kind == FingerprintKind::kHybrid ? fingerprint_hash(work, text) : md5_of(text);
    if (std::find(hashes.begin(), hashes.end(), hash) == hashes.end()) hashes.push_back(std::move(hash));
  }
  return hashes;
}

Grouping Strategy::group(const model::ErrorEvent& event) const {
  const Work work = work_on(event);
  Grouping out;
  out.hashes = hashes_of(work);
  const model::Exception* raised = work.exceptions.empty() ? nullptr : work.exceptions.back();
  if (raised != nullptr) name_exception(work.judged, *raised, out);
  if (out.title.empty()) {
    out.title = first_line(event.message);
    out.value = cut(event.message, kMostValueBytes);
  }
  if (work.rule != nullptr && !work.rule->title.empty()) {
    out.title = first_line(expand_variables(work.rule->title, work.judged, parametriser_));
  }
  if (out.title.empty()) out.title = "<unlabeled event>";
  out.title = cut(out.title, kMostTitleBytes);
  out.culprit = culprit_of(work.judged, raised);
  return out;
}

std::vector<std::string> Strategy::hashes(const model::ErrorEvent& event) const { return hashes_of(work_on(event)); }

Explanation Strategy::explain(const model::ErrorEvent& event) const {
  const Work work = work_on(event);
  Explanation out;
  out.version = version_;
  out.hashes = hashes_of(work);
  if (work.kind != FingerprintKind::kDefault) {
    out.fingerprint_source = work.rule != nullptr ? "rule" : "client";
    out.fingerprint.assign(work.fingerprint.begin(), work.fingerprint.end());
  }
  if (work.rule != nullptr) out.fingerprint_rule = work.rule->text;
  explain_default(work, out);
  explain_fingerprint(work, out);
  return out;
}

// The stack traces as they count; the message; nothing. What comes first decides.
void Strategy::explain_default(const Work& work, Explanation& out) const {
  const auto add = [&](std::string_view name, std::string_view text, Component component) {
    VariantExplanation v;
    v.name = name;
    v.hash = md5_of(text);
    v.component = std::move(component);
    out.variants.push_back(std::move(v));
  };
  const Walk app{work.judged, Variant::kApp, parametriser_};
  const Walk system{work.judged, Variant::kSystem, parametriser_};
  constexpr std::string_view kLeftOut = "left out: of an exception group only the distinct exceptions and their root count";
  if (!work.exceptions.empty()) {
    add("app", exceptions_text(app, work.exceptions).text, exceptions_tree(app, work.exceptions, kLeftOut));
    add("system", exceptions_text(system, work.exceptions).text, exceptions_tree(system, work.exceptions, kLeftOut));
  }
  if (!work.event.thread_frames.empty()) {
    add("app", thread_text(app).text, thread_tree(app));
    add("system", thread_text(system).text, thread_tree(system));
  }
  if (const std::string_view message = message_of(work.event); !message.empty()) {
    const std::string text = normalise_message(message, parametriser_);
    Component component;
    component.id = "message";
    component.value = text;
    if (text != message) component.hint = "what differs from event to event is replaced";
    add("message", text, std::move(component));
  }
  if (out.variants.empty()) {
    Component component;
    component.id = "fallback";
    add("fallback", "", std::move(component));
  }
  choose(work, out);
}

void Strategy::choose(const Work& work, Explanation& out) const {
  std::vector<std::string> chosen;  // by default: what a fingerprint does comes after
  for (const std::string& text : default_texts(work)) chosen.push_back(md5_of(text));
  for (const std::string& hash : chosen) {
    const auto v = std::find_if(out.variants.begin(), out.variants.end(),
                                [&](const VariantExplanation& e) { return e.hash == hash && !e.contributes; });
    if (v == out.variants.end()) {  // none of what the event has says anything
      VariantExplanation fallback;
      fallback.name = "fallback";
      fallback.contributes = true;
      fallback.hash = hash;
      fallback.component.id = "fallback";
      out.variants.push_back(std::move(fallback));
      continue;
    }
    v->contributes = true;
    v->hint.clear();
  }
  const auto deciding = std::find_if(out.variants.begin(), out.variants.end(), [](const VariantExplanation& v) { return v.contributes; });
  out.strategy = deciding->component.id;
  for (VariantExplanation& v : out.variants) {
    if (v.contributes) continue;
    if (v.hash == md5_of("")) v.hint = "has nothing to say";
    else if (v.component.id != out.strategy) v.hint = "not used: " + out.strategy + " take precedence";
    else if (std::find(chosen.begin(), chosen.end(), v.hash) != chosen.end()) v.hint = "the same as the variant before";
    else v.hint = "no frame of the application's own counts";
  }
}

void Strategy::explain_fingerprint(const Work& work, Explanation& out) const {
  if (work.kind == FingerprintKind::kDefault) return;
  const bool custom = work.kind == FingerprintKind::kCustom;
  std::vector<VariantExplanation> of_fingerprint;
  for (VariantExplanation& v : out.variants) {
    if (!custom && !v.contributes) continue;
    VariantExplanation f;
    f.name = custom ? "fingerprint" : "fingerprint with " + v.name;
    f.contributes = true;
    f.component.id = "fingerprint";
    for (const std::string_view part : work.fingerprint) {
      Component c;
      c.id = "value";
      c.name = part;
      if (is_default_part(part)) c.children.push_back(v.component);
      else c.value = fingerprint_text(work, part);
      f.component.children.push_back(std::move(c));
    }
    of_fingerprint.push_back(std::move(f));
    if (custom) break;
  }
  for (VariantExplanation& v : out.variants) {
    if (v.contributes) v.hint = custom ? "overridden by the fingerprint" : "part of the fingerprint";
    v.contributes = false;
  }
  for (size_t i = 0; i < of_fingerprint.size() && i < out.hashes.size(); ++i) of_fingerprint[i].hash = out.hashes[i];
  out.variants.insert(out.variants.begin(), std::make_move_iterator(of_fingerprint.begin()), std::make_move_iterator(of_fingerprint.end()));
  out.strategy = "fingerprint";
}

Grouper::Grouper(std::vector<GroupingVersion> versions) : versions_(std::move(versions)) {
  TRIPOD_CHECK(!versions_.empty());
  set_rules_of_all({});
}

void Grouper::set_rules_of_all(const ProjectRules& rules) {
  auto plain = std::make_shared<Strategies>();
  for (const GroupingVersion& version : versions_) plain->emplace_back(version, rules, parametriser_);
  plain_ = std::move(plain);
}

void Grouper::set_rules(uint64_t project, const ProjectRules& rules, const std::optional<ProjectRules>& former) {
  auto strategies = std::make_shared<Strategies>();
  strategies->emplace_back(versions_.front(), rules, parametriser_);
  if (former) strategies->emplace_back(versions_.front(), *former, parametriser_);
  for (size_t i = 1; i < versions_.size(); ++i) strategies->emplace_back(versions_[i], former ? *former : rules, parametriser_);
  const std::lock_guard lock(mu_);
  projects_[project] = std::move(strategies);
}

std::shared_ptr<const Grouper::Strategies> Grouper::of(uint64_t project) const {
  const std::lock_guard lock(mu_);
  const auto found = projects_.find(project);
  return found == projects_.end() ? plain_ : found->second;
}

Grouping Grouper::group(const model::ErrorEvent& event) const { return of(event.project)->front().group(event); }

std::vector<std::string> Grouper::former_hashes(const model::ErrorEvent& event) const {
  const auto strategies = of(event.project);
  std::vector<std::string> out;
  for (size_t i = 1; i < strategies->size(); ++i) {
    for (std::string& hash : (*strategies)[i].hashes(event)) {
      if (std::find(out.begin(), out.end(), hash) == out.end()) out.push_back(std::move(hash));
    }
  }
  return out;
}

Explanation Grouper::explain(const model::ErrorEvent& event) const { return of(event.project)->front().explain(event); }

Explanation Grouper::explain_with(const model::ErrorEvent& event, const ProjectRules& rules) const {
  return Strategy(versions_.front(), rules, parametriser_).explain(event);
}

}  // namespace tripod::pipeline::group

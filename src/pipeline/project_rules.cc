#include "pipeline/project_rules.h"

#include <array>
#include <utility>
#include <vector>

#include "base/random.h"

namespace tripod::pipeline {

using base::Result;

namespace {

// Names in the meta store.
constexpr std::string_view kStackRules = "grouping.stack_rules";
constexpr std::string_view kFingerprintRules = "grouping.fingerprint_rules";
constexpr std::string_view kFormerStackRules = "grouping.former_stack_rules";
constexpr std::string_view kFormerFingerprintRules = "grouping.former_fingerprint_rules";
constexpr std::string_view kKeepsIssues = "grouping.keeps_issues";
constexpr std::string_view kScrubRules = "scrub.rules";
constexpr std::string_view kScrubIpAddresses = "scrub.ip_addresses";
constexpr std::string_view kHashKey = "scrub.hash_key";  // of project 0: the server
constexpr int64_t kServer = 0;
constexpr int64_t kDefaultProject = 1;

// The server's rules, then the project's.
std::string joined(const std::string& server, const std::string& project) {
  return server.empty() ? project : server + "\n" + project;
}

std::unexpected<base::Error> in(std::string_view part, const base::Error& error) {
  return base::fail(error.code, std::string(part) + ": " + error.message);
}

// Each text by itself, so that lines are counted in it.
template <class Rules, class Parse>
Result<Rules> both(std::string_view part, const std::string& server, const std::string& project, Parse parse) {
  auto of_server = parse(server);
  if (!of_server) return in(std::string(part) + " of the server", of_server.error());
  auto of_project = parse(project);
  if (!of_project) return in(part, of_project.error());
  return parse(joined(server, project));
}

void read_setting(const store::ProjectSetting& setting, ProjectRuleTexts& texts) {
  const auto former = [&]() -> RuleTexts& {
    if (!texts.former) texts.former.emplace();
    return *texts.former;
  };
  if (setting.name == kStackRules) texts.now.stack_rules = setting.value;
  else if (setting.name == kFingerprintRules) texts.now.fingerprint_rules = setting.value;
  else if (setting.name == kScrubRules) texts.now.scrub_rules = setting.value;
  else if (setting.name == kScrubIpAddresses) texts.now.scrub_ip_addresses = setting.value == "true";
  else if (setting.name == kKeepsIssues) former();
  else if (setting.name == kFormerStackRules) former().stack_rules = setting.value;
  else if (setting.name == kFormerFingerprintRules) former().fingerprint_rules = setting.value;
}

std::vector<store::ProjectSetting> settings_of(int64_t project, const ProjectRuleTexts& texts) {
  std::vector<store::ProjectSetting> out;
  const auto add = [&](std::string_view name, std::string value) { out.push_back({project, std::string(name), std::move(value)}); };
  add(kStackRules, texts.now.stack_rules);
  add(kFingerprintRules, texts.now.fingerprint_rules);
  add(kScrubRules, texts.now.scrub_rules);
  add(kScrubIpAddresses, texts.now.scrub_ip_addresses ? "true" : "");
  add(kKeepsIssues, texts.former ? "true" : "");
  add(kFormerStackRules, texts.former ? texts.former->stack_rules : "");
  add(kFormerFingerprintRules, texts.former ? texts.former->fingerprint_rules : "");
  return out;
}

}  // namespace

Result<std::unique_ptr<ProjectRules>> ProjectRules::open(store::MetaStore& meta, const RuleTexts& server) {
  std::unique_ptr<ProjectRules> out(new ProjectRules(meta, server));
  if (auto ok = out->load(); !ok) return base::fail(std::move(ok.error()));
  return out;
}

Result<> ProjectRules::load() {
  auto settings = meta_.project_settings();
  if (!settings) return base::fail(std::move(settings.error()));
  std::map<int64_t, ProjectRuleTexts> texts;
  for (const store::ProjectSetting& setting : *settings) {
    if (setting.project != kServer) read_setting(setting, texts[setting.project]);
    else if (setting.name == kHashKey) hash_key_ = setting.value;
  }
  if (hash_key_.empty()) {
    hash_key_ = base::random_hex(32);
    const std::array<store::ProjectSetting, 1> key = {{{kServer, std::string(kHashKey), hash_key_}}};
    if (auto ok = meta_.set_project_settings(key); !ok) return ok;
  }
  auto plain = scrubber_of({});
  if (!plain) return base::fail(std::move(plain.error()));
  plain_ = std::move(*plain);
  auto grouping = grouping_of({});
  if (!grouping) return base::fail(std::move(grouping.error()));
  grouper_.set_rules_of_all(*grouping);
  for (const auto& [project, of_project] : texts) {
    if (auto ok = put_in_force(project, of_project); !ok) return in("rules of project " + std::to_string(project), ok.error());
  }
  return {};
}

ProjectRuleTexts ProjectRules::of(int64_t project) const {
  const std::lock_guard lock(mu_);
  const auto found = texts_.find(project);
  return found == texts_.end() ? ProjectRuleTexts() : found->second;
}

Result<> ProjectRules::set(int64_t project, const RuleTexts& rules, bool keep_issues) {
  const std::lock_guard one(changing_);
  const ProjectRuleTexts before = of(project);
  ProjectRuleTexts texts{rules, before.former};
  const bool regrouped = rules.stack_rules != before.now.stack_rules || rules.fingerprint_rules != before.now.fingerprint_rules;
  if (regrouped && keep_issues) texts.former = RuleTexts{before.now.stack_rules, before.now.fingerprint_rules, {}, false};
  if (!keep_issues) texts.former.reset();
  // Checked before anything is stored.
  if (auto grouping = grouping_of(rules); !grouping) return base::fail(std::move(grouping.error()));
  if (auto scrubber = scrubber_of(rules); !scrubber) return base::fail(std::move(scrubber.error()));
  if (auto ok = meta_.set_project_settings(settings_of(project, texts)); !ok) return ok;
  return put_in_force(project, texts);
}

Result<> ProjectRules::put_in_force(int64_t project, const ProjectRuleTexts& texts) {
  auto scrubber = scrubber_of(texts.now);
  if (!scrubber) return base::fail(std::move(scrubber.error()));
  auto grouping = grouping_of(texts.now);
  if (!grouping) return base::fail(std::move(grouping.error()));
  std::optional<group::ProjectRules> former;
  if (texts.former) {
    auto before = grouping_of(*texts.former);
    if (!before) return base::fail(std::move(before.error()));
    former = std::move(*before);
  }
  grouper_.set_rules(static_cast<uint64_t>(project), *grouping, former);
  const std::lock_guard lock(mu_);
  texts_[project] = texts;
  scrubbers_[project] = std::move(*scrubber);
  return {};
}

std::shared_ptr<const scrub::Scrubber> ProjectRules::scrubber(uint64_t project) const {
  const std::lock_guard lock(mu_);
  const auto found = scrubbers_.find(project == 0 ? kDefaultProject : static_cast<int64_t>(project));
  return found == scrubbers_.end() ? plain_ : found->second;
}

Result<group::ProjectRules> ProjectRules::grouping_of(const RuleTexts& rules) const {
  auto stack = both<group::StackRules>("stack trace rules", server_.stack_rules, rules.stack_rules,
                                       [](std::string_view text) { return group::StackRules::parse(text); });
  if (!stack) return base::fail(std::move(stack.error()));
  // The first rule that holds counts: the project's come first.
  auto fingerprint = both<group::FingerprintRules>("fingerprint rules", server_.fingerprint_rules, rules.fingerprint_rules,
                                                   [](std::string_view text) { return group::FingerprintRules::parse(text); });
  if (!fingerprint) return base::fail(std::move(fingerprint.error()));
  fingerprint = group::FingerprintRules::parse(joined(rules.fingerprint_rules, server_.fingerprint_rules));
  if (!fingerprint) return in("fingerprint rules", fingerprint.error());
  group::ProjectRules out;
  if (!stack->empty()) out.stack = std::make_shared<const group::StackRules>(std::move(*stack));
  if (!fingerprint->empty()) out.fingerprint = std::make_shared<const group::FingerprintRules>(std::move(*fingerprint));
  return out;
}

Result<std::unique_ptr<scrub::Scrubber>> ProjectRules::scrubber_of(const RuleTexts& rules) const {
  auto parsed = both<scrub::ScrubRules>("scrubbing rules", server_.scrub_rules, rules.scrub_rules,
                                        [this](std::string_view text) { return scrub::ScrubRules::parse(text, hash_key_); });
  if (!parsed) return base::fail(std::move(parsed.error()));
  scrub::ScrubOptions options;
  options.ip_addresses = server_.scrub_ip_addresses || rules.scrub_ip_addresses;
  options.rules = std::move(*parsed);
  return std::make_unique<scrub::Scrubber>(std::move(options));
}

}  // namespace tripod::pipeline

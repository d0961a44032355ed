// Rules and alerts: /api/v1/rules, /api/v1/alerts.
#include <algorithm>
#include <charconv>
#include <set>

#include "base/hash.h"
#include "base/hex.h"
#include "base/time_text.h"
#include "query/promql/compiled_matcher.h"
#include "query/promql/printer.h"
#include "query/promql/text.h"
#include "serve/api/prometheus.h"
#include "serve/api/prometheus_parameters.h"

namespace tripod::serve::prometheus {

using alert::Alert;
using alert::GroupStatus;
using alert::RuleDefinition;
using alert::RuleStatus;
using base::Code;
using base::fail;
using base::JsonWriter;
using base::Result;
namespace promql = query::promql;

namespace {

constexpr const char* kNever = "0001-01-01T00:00:00Z";  // Go's zero time

std::string time_text(int64_t ms) { return ms == 0 ? kNever : base::format_rfc3339(ms * base::kNanosPerMilli); }

double seconds(int64_t ms) { return static_cast<double>(ms) / 1e3; }

// Go's FormatFloat(value, 'e', -1, 64).
std::string scientific(double value) {
  if (value != value) return "NaN";
  if (value - value != 0) return value > 0 ? "+Inf" : "-Inf";
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  return std::string(text, end);
}

std::string_view health_name(alert::RuleHealth health) {
  switch (health) {
    case alert::RuleHealth::kOk:
      return "ok";
    case alert::RuleHealth::kError:
      return "err";
    case alert::RuleHealth::kUnknown:
      return "unknown";
  }
  return "unknown";
}

void write_alert(JsonWriter& w, const Alert& alert) {
  w.begin_object().key("labels");
  promql::write_json(alert.labels, w);
  w.key("annotations");
  promql::write_json(alert.annotations, w);
  w.field("state", alert::state_name(alert.state)).field("activeAt", time_text(alert.active_at_ms));
  if (alert.keep_firing_since_ms != 0) w.field("keepFiringSince", time_text(alert.keep_firing_since_ms));
  w.field("value", scientific(alert.value)).end_object();
}

void write_rule(JsonWriter& w, const RuleStatus& status, bool with_alerts) {
  const RuleDefinition& rule = *status.rule;
  const bool alerting = rule.kind == RuleDefinition::Kind::kAlerting;
  w.begin_object();
  if (alerting) w.field("state", alert::state_name(status.state));
  w.field("name", rule.name).field("query", promql::to_string(*rule.expr));
  if (alerting) w.field("duration", seconds(rule.for_ms)).field("keepFiringFor", seconds(rule.keep_firing_for_ms));
  if (alerting || !rule.labels.empty()) {
    w.key("labels");
    promql::write_json(rule.labels, w);
  }
  if (alerting) {
    w.key("annotations");
    promql::write_json(rule.annotations, w);
    w.key("alerts").begin_array();
    for (const Alert& alert : status.alerts) {
      if (with_alerts) write_alert(w, alert);
    }
    w.end_array();
  }
  w.field("health", health_name(status.health));
  if (!status.last_error.empty()) w.field("lastError", status.last_error);
  w.field("evaluationTime", static_cast<double>(status.duration_ns) / 1e9).field("lastEvaluation", time_text(status.last_evaluation_ms));
  w.field("type", alerting ? "alerting" : "recording").end_object();
}

// What is asked for.
struct Wanted {
  std::string_view type;
  std::set<std::string, std::less<>> files, groups, rules;
  std::vector<std::vector<promql::CompiledMatcher>> labels;  // as configured: all of one of them
  bool with_alerts = true;
  size_t group_limit = 0;  // 0: none
  std::string_view next_token;

  bool operator()(const RuleStatus& status) const {
    const bool alerting = status.rule->kind == RuleDefinition::Kind::kAlerting;
    if (!type.empty() && alerting != (type == "alert")) return false;
    const auto has_labels = [&](const auto& matchers) { return std::ranges::all_of(matchers, [&](const auto& one) { return one.matches(status.rule->labels); }); };
    return (rules.empty() || rules.contains(status.rule->name)) && (labels.empty() || std::ranges::any_of(labels, has_labels));
  }
  bool operator()(const GroupStatus& status) const {
    return (files.empty() || files.contains(status.definition->file)) && (groups.empty() || groups.contains(status.definition->name));
  }
};

std::set<std::string, std::less<>> values_of(const HttpRequest& request, std::string_view name) {
  std::set<std::string, std::less<>> out;
  for (const auto& [key, value] : request.query) {
    if (key == name) out.insert(value);
  }
  return out;
}

Result<Wanted> wanted_of(const HttpRequest& request) {
  Wanted out{.type = request.parameter("type"), .files = values_of(request, "file[]"), .groups = values_of(request, "rule_group[]"), .rules = values_of(request, "rule_name[]")};
  if (!out.type.empty() && out.type != "alert" && out.type != "record") {
    return invalid_parameter("type", "not supported value " + promql::quote(out.type));
  }
  const auto selectors = matchers_of(request);
  if (!selectors) return fail(selectors.error());
  for (const auto& matchers : *selectors) out.labels.emplace_back(matchers.begin(), matchers.end());
  const std::string_view exclude = request.parameter("exclude_alerts");
  static constexpr std::string_view kTrue[] = {"1", "t", "T", "TRUE", "true", "True"}, kFalse[] = {"", "0", "f", "F", "FALSE", "false", "False"};
  out.with_alerts = std::ranges::find(kTrue, exclude) == std::end(kTrue);
  if (out.with_alerts && std::ranges::find(kFalse, exclude) == std::end(kFalse)) {
    return invalid_parameter("exclude_alerts", "strconv.ParseBool: parsing " + promql::quote(exclude) + ": invalid syntax");
  }
  out.next_token = request.parameter("group_next_token");
  const std::string_view limit = request.parameter("group_limit");
  if (limit.empty() && !out.next_token.empty()) {
    return invalid_parameter("group_limit", "group_limit needs to be present in order to paginate over the groups");
  }
  if (limit.empty()) return out;
  const auto [end, error] = std::from_chars(limit.data(), limit.data() + limit.size(), out.group_limit);
  if (error != std::errc() || end != limit.data() + limit.size()) return invalid_parameter("group_limit", "group_limit needs to be a valid number: " + std::string(limit));
  if (out.group_limit == 0) return invalid_parameter("group_limit", "group_limit needs to be greater than 0");
  return out;
}

std::string token_of(const GroupStatus& group) {
  const uint64_t hash = base::hash64(group.definition->key());
  return base::to_hex({reinterpret_cast<const char*>(&hash), sizeof hash});
}

// The page of groups that is asked for, and the token of the next one.
struct Page {
  std::vector<GroupStatus> groups;
  std::string next_token;
};

Result<Page> page_of(const Api& api, const Wanted& wanted) {
  Page out;
  std::vector<GroupStatus> all = api.rules.status();
  size_t at = 0;
  if (!wanted.next_token.empty()) {
    const auto first = std::ranges::find(all, wanted.next_token, token_of);
    if (first == all.end()) return invalid_parameter("group_next_token", "invalid group_next_token '" + std::string(wanted.next_token) + "'. were rule groups changed?");
    at = static_cast<size_t>(first - all.begin());
  }
  for (; at < all.size(); ++at) {
    GroupStatus& group = all[at];
    if (!wanted(group)) continue;
    std::erase_if(group.rules, [&](const RuleStatus& rule) { return !wanted(rule); });
    if (group.rules.empty()) continue;
    if (wanted.group_limit > 0 && out.groups.size() == wanted.group_limit) {
      out.next_token = token_of(group);
      break;
    }
    out.groups.push_back(std::move(group));
  }
  return out;
}

}  // namespace

HttpResponse rules(const Api& api, HttpRequest& request) {
  const auto wanted = wanted_of(request);
  if (!wanted) return failure(wanted.error());
  const auto page = page_of(api, *wanted);
  if (!page) return failure(page.error());
  return success([&](JsonWriter& w) {
    w.begin_object().key("groups").begin_array();
    for (const GroupStatus& group : page->groups) {
      w.begin_object().field("name", group.definition->name).field("file", group.definition->file).key("rules").begin_array();
      for (const RuleStatus& rule : group.rules) write_rule(w, rule, wanted->with_alerts);
      w.end_array().field("interval", seconds(group.definition->interval_ms)).field("limit", group.definition->limit);
      w.field("evaluationTime", static_cast<double>(group.duration_ns) / 1e9).field("lastEvaluation", time_text(group.last_evaluation_ms)).end_object();
    }
    w.end_array();
    if (!page->next_token.empty()) w.field("groupNextToken", page->next_token);
    w.end_object();
  });
}

HttpResponse alerts(const Api& api, HttpRequest&) {
  const auto groups = api.rules.status();
  return success([&](JsonWriter& w) {
    w.begin_object().key("alerts").begin_array();
    for (const GroupStatus& group : groups) {
      for (const RuleStatus& rule : group.rules) {
        for (const Alert& alert : rule.alerts) write_alert(w, alert);
      }
    }
    w.end_array().end_object();
  });
}

}  // namespace tripod::serve::prometheus

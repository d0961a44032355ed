#include "query/search/fields.h"

#include "query/search/question.h"

#include <algorithm>
#include <array>

namespace tripod::query::search {
namespace {

using store::Dataset;

enum class Where : uint8_t { kEverywhere, kLogs, kSpans, kErrors };

struct Alias {
  std::string_view name;
  Where where;
  std::array<std::string_view, 3> fields;  // in the order they are asked; empty = none
};

// The first that fits the dataset counts. A name that records carry as it stands is among its own
// fields.
constexpr Alias kAliases[] = {
    {"service", Where::kEverywhere, {"service.name"}},
    {"env", Where::kEverywhere, {"deployment.environment.name"}},
    {"environment", Where::kEverywhere, {"deployment.environment.name"}},
    {"release", Where::kEverywhere, {"service.version"}},
    {"version", Where::kEverywhere, {"service.version"}},
    {"trace", Where::kEverywhere, {"trace_id"}},
    {"span", Where::kEverywhere, {"span_id"}},
    {"parent", Where::kSpans, {"parent_span_id"}},
    {"request", Where::kEverywhere, {"request_id"}},
    {"task", Where::kEverywhere, {"task_id"}},
    {"host", Where::kEverywhere, {"host.name", "host"}},
    {"server_name", Where::kErrors, {"host.name", "tags.server_name"}},
    {"level", Where::kLogs, {"severity_text"}},
    {"severity", Where::kLogs, {"severity_text"}},
    {"severity", Where::kErrors, {"level"}},
    {"level", Where::kErrors, {"level"}},
    {"level", Where::kSpans, {"status_code"}},
    {"message", Where::kLogs, {"body"}},
    {"msg", Where::kLogs, {"body"}},
    {"message", Where::kErrors, {"message", "exception.message", "title"}},
    {"message", Where::kSpans, {"status_message"}},
    {"status", Where::kEverywhere, {"http.response.status_code", "status"}},
    {"method", Where::kEverywhere, {"http.request.method", "method"}},
    {"path", Where::kEverywhere, {"url.path", "path"}},
    {"route", Where::kEverywhere, {"http.route", "route"}},
    {"url", Where::kEverywhere, {"url.full", "url"}},
    {"user", Where::kEverywhere, {"user_id", "user.id", "user"}},
    {"duration", Where::kSpans, {"duration_ns"}},
    {"issue", Where::kErrors, {"issue.id"}},
    {"event", Where::kErrors, {"event_id"}},
    {"error", Where::kErrors, {"exception.type"}},
    {"type", Where::kErrors, {"exception.type"}},
    {"value", Where::kErrors, {"exception.message"}},
};

bool fits(Where where, Dataset dataset) {
  switch (where) {
    case Where::kEverywhere:
      return dataset != Dataset::kLinks && dataset != Dataset::kSessions;
    case Where::kLogs:
      return dataset == Dataset::kLogs;
    case Where::kSpans:
      return dataset == Dataset::kSpans || dataset == Dataset::kSpanWindow;
    case Where::kErrors:
      return dataset == Dataset::kErrors;
  }
  return false;
}

// Fields that error events have beside their tags.
constexpr std::string_view kErrorFields[] = {
    "culprit", "event_id", "level",   "logger",      "message",
    "payload", "platform", "project", "received_ns", "request_id",
    "span_id", "task_id",  "thinned", "title",       "trace_id",
    "transaction",
};

constexpr std::string_view kAlwaysText[] = {
    "body",
    "deployment.environment.name",
    "event_id",
    "exception.message",
    "host.name",
    "message",
    "original",
    "parent_span_id",
    "request_id",
    "service.name",
    "service.version",
    "severity_text",
    "span_id",
    "task_id",
    "title",
    "trace_id",
    "transaction",
};

constexpr std::string_view kLogLevels[] = {"trace", "debug", "info", "warn", "error", "fatal"};
constexpr std::string_view kErrorLevels[] = {"debug", "info", "warning", "error", "fatal"};

template <size_t N>
bool one_of(const std::string_view (&list)[N], std::string_view name) {
  return std::ranges::find(list, name) != std::end(list);
}

}  // namespace

std::vector<std::string> resolve_fields(Dataset dataset, std::string_view name) {
  std::vector<std::string> out;
  for (const Alias& alias : kAliases) {
    if (alias.name != name || !fits(alias.where, dataset)) continue;
    for (const std::string_view field : alias.fields) {
      if (!field.empty()) out.emplace_back(field);
    }
    return out;
  }
  out.emplace_back(name);
  const bool may_be_tag = !one_of(kErrorFields, name) && !name.starts_with("tags.") && !name.starts_with("attributes.");
  if (dataset == Dataset::kErrors && may_be_tag) out.push_back("tags." + std::string(name));
  return out;
}

std::string friendly_name(Dataset dataset, std::string_view field) {
  for (const Alias& alias : kAliases) {
    // The first alias that begins with the field is the commonest word for it.
    if (fits(alias.where, dataset) && alias.fields[0] == field) return std::string(alias.name);
  }
  return std::string(field);
}

std::span<const std::string_view> alias_names(Dataset dataset) {
  static const auto names_of = [](Dataset d) {
    std::vector<std::string_view> out;
    for (const Alias& alias : kAliases) {
      if (fits(alias.where, d)) out.push_back(alias.name);
    }
    return out;
  };
  static const std::array<std::vector<std::string_view>, store::kDatasetCount> kNames = {
      names_of(Dataset::kLogs), names_of(Dataset::kSpans), names_of(Dataset::kErrors), names_of(Dataset::kLinks), names_of(Dataset::kSessions), names_of(Dataset::kSpanWindow)};
  return kNames[static_cast<size_t>(dataset)];
}

std::string_view message_field(Dataset dataset) {
  switch (dataset) {
    case Dataset::kLogs:
      return "body";
    case Dataset::kSpans:
    case Dataset::kSpanWindow:
      return "name";
    case Dataset::kErrors:
    case Dataset::kLinks:
    case Dataset::kSessions:
      return "title";
  }
  return "body";
}

bool is_prose(Dataset dataset, std::string_view field) {
  switch (dataset) {
    case Dataset::kLogs:
      return field == "body" || field == "original";
    case Dataset::kSpans:
    case Dataset::kSpanWindow:
      return field == "status_message";
    case Dataset::kErrors:
      return field == "message" || field == "exception.message" || field == "title" ||
             field == "culprit";
    case Dataset::kLinks:
    case Dataset::kSessions:
      return false;
  }
  return false;
}

bool is_always_text(std::string_view field) { return one_of(kAlwaysText, field); }

double nanos_per_unit(std::string_view field) {
  if (field.ends_with("_ns")) return 1;
  if (field.ends_with("_us")) return 1e3;
  if (field.ends_with("_ms")) return 1e6;
  if (field.ends_with("_seconds")) return 1e9;
  return 0;
}

bool is_span_level(Dataset dataset, std::string_view field) {
  return (dataset == Dataset::kSpans || dataset == Dataset::kSpanWindow) && field == "status_code";
}

std::span<const std::string_view> levels_of(Dataset dataset, std::string_view field) {
  if (dataset == Dataset::kLogs && field == "severity_text") return kLogLevels;
  if (dataset == Dataset::kErrors && field == "level") return kErrorLevels;
  return {};
}

}  // namespace tripod::query::search

#include "pipeline/line/field_roles.h"

#include <algorithm>
#include <array>

namespace tripod::pipeline {
namespace {

struct Known {
  std::string_view name;
  FieldMeaning meaning;
};

constexpr FieldMeaning message(uint8_t rank) { return {FieldRole::kMessage, rank}; }
constexpr FieldMeaning severity(uint8_t rank) { return {FieldRole::kSeverity, rank}; }
constexpr FieldMeaning time(uint8_t rank) { return {FieldRole::kTime, rank}; }
constexpr FieldMeaning stack(uint8_t rank) { return {FieldRole::kStackTrace, rank}; }
constexpr FieldMeaning trace(uint8_t rank) { return {FieldRole::kTraceId, rank}; }
constexpr FieldMeaning span(uint8_t rank) { return {FieldRole::kSpanId, rank}; }
constexpr FieldMeaning kRenamed = {FieldRole::kRenamed, 0};

constexpr std::array kKnown = std::to_array<Known>({
    {"@l", severity(5)},
    {"@m", message(3)},
    {"@t", time(6)},
    {"@x", stack(9)},
    {"ts", time(3)},
    {"lvl", severity(4)},
    {"msg", message(2)},
    {"time", time(2)},
    {"event", message(0)},
    {"level", severity(0)},
    {"stack", stack(1)},
    {"spanid", span(2)},
    {"asctime", time(4)},
    {"exc_info", stack(5)},
    {"datetime", time(5)},
    {"err.stack", stack(6)},
    {"exception", stack(0)},
    {"levelname", severity(2)},
    {"log.level", severity(3)},
    {"message", message(1)},
    {"severity", severity(1)},
    {"span_id", span(0)},
    {"span.id", span(1)},
    {"timestamp", time(0)},
    {"trace_id", trace(0)},
    {"trace.id", trace(1)},
    {"traceid", trace(2)},
    {"traceback", stack(4)},
    {"@timestamp", time(1)},
    {"otelspanid", span(3)},
    {"stacktrace", stack(3)},
    {"error.stack", stack(7)},
    {"otelTraceID", trace(3)},
    {"stack_trace", stack(2)},
    {"severity_text", severity(6)},
    {"severity_number", {FieldRole::kSeverityNumber, 0}},
    {"error.stack_trace", stack(8)},
    {"pid", kRenamed},
    {"caller", kRenamed},
    {"lineno", kRenamed},
    {"err.type", kRenamed},
    {"funcname", kRenamed},
    {"hostname", kRenamed},
    {"pathname", kRenamed},
    {"func_name", kRenamed},
    {"err.message", kRenamed},
});
constexpr size_t kLongest = 17;

// kKnown in lower case, sorted by length, so that a key is compared with few of them.
struct Table {
  std::array<std::array<char, kLongest>, kKnown.size()> names{};
  std::array<FieldMeaning, kKnown.size()> meanings{};
  std::array<uint8_t, kLongest + 2> first{};  // of each length
};

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr Table make_table() {
  Table table;
  uint8_t next = 0;
  for (size_t length = 0; length <= kLongest; ++length) {
    table.first[length] = next;
    for (const Known& known : kKnown) {
      if (known.name.size() != length) continue;
      std::ranges::transform(known.name, table.names[next].begin(), lower);
      table.meanings[next++] = known.meaning;
    }
  }
  table.first[kLongest + 1] = next;
  return table;
}

constexpr Table kTable = make_table();
static_assert(kTable.first[kLongest + 1] == kKnown.size());

}  // namespace

FieldMeaning field_meaning(std::string_view key) {
  if (key.empty() || key.size() > kLongest) return {};
  std::array<char, kLongest> name;
  std::ranges::transform(key, name.begin(), lower);
  const size_t end = kTable.first[key.size() + 1];
  for (size_t i = kTable.first[key.size()]; i < end; ++i) {
    if (kTable.names[i][0] != name[0]) continue;
    const std::string_view known(kTable.names[i].data(), key.size());
    if (known == std::string_view(name.data(), key.size())) return kTable.meanings[i];
  }
  return {};
}

}  // namespace tripod::pipeline

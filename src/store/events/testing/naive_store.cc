#include "store/events/testing/naive_store.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>

namespace tripod::store::testing {
namespace {

using Op = Predicate::Op;

std::string text_of(const FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* json = std::get_if<JsonText>(&value)) return json->text;
  if (const auto* number = std::get_if<int64_t>(&value)) return std::to_string(*number);
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  if (const auto* real = std::get_if<double>(&value)) {
    char buffer[64];
    return {buffer, std::to_chars(buffer, buffer + 64, *real).ptr};
  }
  return "";
}

// The 64-bit significand of x86's long double holds every int64 and every double exactly.
std::optional<long double> number_of(const FieldValue& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) return static_cast<long double>(*number);
  if (const auto* real = std::get_if<double>(&value)) return static_cast<long double>(*real);
  return std::nullopt;
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool wildcard(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    return wildcard(pattern.substr(1), text) || (!text.empty() && wildcard(pattern, text.substr(1)));
  }
  if (text.empty()) return false;
  if (pattern[0] == '?') {
    size_t n = 1;
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead >= 0xc0) n = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return wildcard(pattern.substr(1), text.substr(std::min(n, text.size())));
  }
  if (pattern[0] == '\\' && pattern.size() > 1 && std::string_view("*?\\").find(pattern[1]) != std::string_view::npos) {
    pattern.remove_prefix(1);
  }
  return pattern[0] == text[0] && wildcard(pattern.substr(1), text.substr(1));
}

template <class T>
bool ordered(Op op, const T& a, const T& b) {
  switch (op) {
    case Op::kEqual: return a == b;
    case Op::kLess: return a < b;
    case Op::kLessEqual: return a <= b;
    case Op::kGreater: return a > b;
    default: return a >= b;
  }
}

bool match_value(const Predicate& p, const FieldValue& value, bool any_field) {
  const bool is_text = std::holds_alternative<std::string>(value) || std::holds_alternative<JsonText>(value);
  const bool is_bool = std::holds_alternative<bool>(value);
  const std::string wanted = text_of(p.operand);
  const bool asks_numbers = p.op == Op::kContains && wanted.find_first_of("0123456789") != std::string::npos &&
                            wanted.find_first_not_of("0123456789.-+e") == std::string::npos;
  if (any_field && !is_text && (is_bool || !asks_numbers)) return false;
  switch (p.op) {
    case Op::kExists: return true;
    case Op::kContains:
      return lower(text_of(value)).find(lower(text_of(p.operand))) != std::string::npos;
    case Op::kWildcard: return wildcard(lower(text_of(p.operand)), lower(text_of(value)));
    case Op::kRegex: return RE2::PartialMatch(text_of(value), RE2(text_of(p.operand), RE2::Quiet));
    default: break;
  }
  const auto a = number_of(value), b = number_of(p.operand);
  if (a && b) return ordered(p.op, *a, *b);
  if (b && p.op != Op::kEqual) return false;
  return ordered(p.op, text_of(value), text_of(p.operand));
}

bool comes_before(const ScanPlan& plan, const EventRow& a, const EventRow& b) {
  const Position pa{a.time, a.sequence}, pb{b.time, b.sequence};
  return plan.order == Order::kNewestFirst ? pa > pb : pa < pb;
}

EventRow project(const NaiveStore::Row& row, const std::vector<std::string>& names) {
  EventRow out{row.time, row.sequence, {}};
  for (const auto& [key, value] : row.fields) {
    if (names.empty() || std::ranges::find(names, key) != names.end()) out.fields.emplace_back(key, value);
  }
  return out;
}

FieldValue value_of(const AggregatePlan& plan, const NaiveStore::Row& row, const std::string& key) {
  if (const auto found = row.fields.find(key); found != row.fields.end()) return found->second;
  if (const auto others = plan.fallbacks.find(key); others != plan.fallbacks.end()) {
    for (const std::string& other : others->second) {
      if (const auto found = row.fields.find(other); found != row.fields.end()) return found->second;
    }
  }
  return {};
}

ValueSummary summary_of(std::vector<double> values, const std::vector<double>& quantiles) {
  ValueSummary out;
  for (double v : values) out.sum += v;
  std::ranges::sort(values);
  out.count = values.size();
  if (!values.empty()) out.min = values.front(), out.max = values.back();
  for (double q : quantiles) {
    const auto rank = static_cast<size_t>(q * static_cast<double>(values.size() - (values.empty() ? 0 : 1)));
    out.quantiles.push_back(values.empty() ? 0 : values[rank]);
  }
  return out;
}

}  // namespace

bool naive_match(const Predicate& p, const NaiveStore::Row& row) {
  auto match_child = [&](const Predicate& child) { return naive_match(child, row); };
  switch (p.op) {
    case Op::kTrue: return true;
    case Op::kAnd: return std::ranges::all_of(p.children, match_child);
    case Op::kOr: return std::ranges::any_of(p.children, match_child);
    case Op::kNot: return !naive_match(p.children[0], row);
    case Op::kNotEqual: {
      Predicate equal = p;
      equal.op = Op::kEqual;
      return !naive_match(equal, row);
    }
    default: break;
  }
  for (const auto& [key, value] : row.fields) {
    if ((p.key.empty() || p.key == key) && match_value(p, value, p.key.empty())) return true;
  }
  return false;
}

void NaiveStore::add(const TestBatch& batch, uint64_t first_sequence) {
  for (size_t i = 0; i < batch.events.size(); ++i) {
    const TestEvent& event = batch.events[i];
    Row row{event.time, first_sequence + i, {}};
    for (const auto& [key, value] : event.fields) row.fields.emplace(key, value);
    if (!batch.streams.empty()) {
      for (const auto& [key, value] : batch.streams[event.stream]) row.fields.emplace(key, value);
    }
    rows_.push_back(std::move(row));
  }
}

size_t NaiveStore::count(const RemovePlan& plan) const {
  return static_cast<size_t>(std::ranges::count_if(rows_, [&](const Row& row) { return plan.range.contains(row.time) && naive_match(plan.filter, row); }));
}

void NaiveStore::remove(const RemovePlan& plan) {
  std::erase_if(rows_, [&](const Row& row) { return plan.range.contains(row.time) && naive_match(plan.filter, row); });
}

std::vector<EventRow> NaiveStore::scan(const ScanPlan& plan) const {
  std::vector<EventRow> out;
  for (const Row& row : rows_) {
    if (!plan.range.contains(row.time) || row.sequence <= plan.min_sequence || row.sequence > plan.max_sequence) continue;
    EventRow projected = project(row, plan.project);
    const EventRow after{plan.after.time, plan.after.sequence, {}};
    if (plan.has_after && !comes_before(plan, after, projected)) continue;
    if (naive_match(plan.filter, row)) out.push_back(std::move(projected));
  }
  std::ranges::sort(out, [&](const EventRow& a, const EventRow& b) { return comes_before(plan, a, b); });
  if (out.size() > plan.limit) out.resize(plan.limit);
  return out;
}

std::vector<AggregateGroup> NaiveStore::aggregate(const AggregatePlan& plan) const {
  struct Group {
    AggregateGroup out;
    std::vector<double> values;
    std::vector<std::vector<double>> numbers;    // by plan.values
    std::vector<std::set<std::string>> texts;
    std::vector<uint64_t> present;
  };
  std::map<std::pair<base::UnixNanos, std::string>, Group> groups;
  for (const Row& row : rows_) {
    if (!plan.range.contains(row.time) || !naive_match(plan.filter, row)) continue;
    base::UnixNanos bucket = plan.range.start;
    if (plan.step != 0) {
      base::UnixNanos origin = plan.range.start;
      if (plan.aligned) origin -= ((origin % plan.step) + plan.step) % plan.step;
      bucket = row.time - (row.time - origin) % plan.step;
    }
    std::string name;
    std::vector<FieldValue> by;
    for (const std::string& key : plan.by) {
      by.push_back(value_of(plan, row, key));
      name += std::to_string(by.back().index()) + ":" + text_of(by.back()) + "\x1f";
    }
    Group& group = groups[{bucket, name}];
    group.out.bucket = bucket;
    group.out.by = by;
    if (plan.with_times) {
      group.out.first = group.out.count == 0 ? row.time : std::min(group.out.first, row.time);
      group.out.last = group.out.count == 0 ? row.time : std::max(group.out.last, row.time);
    }
    ++group.out.count;
    const auto number = number_of(value_of(plan, row, plan.value));
    if (number && !std::isnan(*number)) group.values.push_back(static_cast<double>(*number));
    group.numbers.resize(plan.values.size());
    group.texts.resize(plan.values.size());
    group.present.resize(plan.values.size());
    for (size_t i = 0; i < plan.values.size(); ++i) {
      const FieldValue value = value_of(plan, row, plan.values[i].field);
      if (std::holds_alternative<std::monostate>(value)) continue;
      group.texts[i].insert(text_of(value));
      ++group.present[i];
      const auto one = number_of(value);
      if (one && !std::isnan(*one)) group.numbers[i].push_back(static_cast<double>(*one));
    }
  }
  std::vector<AggregateGroup> out;
  for (auto& [name, group] : groups) {
    const ValueSummary legacy = summary_of(std::move(group.values), plan.quantiles);
    group.out.sum = legacy.sum;
    group.out.min = legacy.min;
    group.out.max = legacy.max;
    group.out.value_count = legacy.count;
    group.out.quantiles = legacy.quantiles;
    for (size_t i = 0; i < plan.values.size(); ++i) {
      group.out.values.push_back(summary_of(std::move(group.numbers[i]), plan.values[i].quantiles));
      group.out.values.back().present = group.present[i];
      if (plan.values[i].distinct) group.out.values.back().distinct = group.texts[i].size();
    }
    out.push_back(std::move(group.out));
  }
  return out;
}

}  // namespace tripod::store::testing

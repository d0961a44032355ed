#include "query/search/complete.h"

#include <algorithm>
#include <map>

#include "query/search/fields.h"
#include "query/search/scanner.h"

namespace tripod::query::search {

using Kind = CompletionItem::Kind;
using store::Dataset;

namespace {

constexpr size_t kMostValues = 20'000;  // different ones of a field; of more none are offered

struct Known {
  std::string_view name;
  std::string_view meaning;
};
constexpr Known kPipes[] = {{"count", "records, by fields and over time"},   {"stats", "p95(field), max(field) ... by fields, every 1m"},
                            {"top", "the commonest values of a field"},      {"rate", "records per second"},
                            {"where", "a condition, also on columns"},       {"sort", "by fields or columns"},
                            {"fields", "only these"},                        {"dedup", "the first record of each value"},
                            {"limit", "so many"},                            {"patterns", "messages as patterns"}};
constexpr Known kFunctions[] = {{"count", "records; count(field): those that have it"}, {"uniq", "different values"}, {"p50", "median"},
                                {"p95", "95th percentile"}, {"p99", "99th percentile"}, {"avg", "average"}, {"max", "greatest"}, {"min", "least"},
                                {"sum", "sum"}, {"rate", "records per second"}};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

// 0: begins with it, 1: has it somewhere, -1: not at all; whatever the case.
int fit(std::string_view text, std::string_view part) {
  const auto found = std::ranges::search(text, part, {}, lower, lower);
  if (part.empty() || found.begin() == text.begin()) return 0;
  return found.empty() ? -1 : 1;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else if (c == '\r') out += "\\r";
    else out += c;
  }
  return out + '"';
}

bool is_plain_key(std::string_view name) {
  return !name.empty() && is_key_start(name.front()) && !name.ends_with('-') && name != "has" && name != "in" && std::ranges::all_of(name, is_key_char);
}

// A value as a bare word where that means just this text.
std::string value_text(const ValueCount& value) {
  const auto plain = [](char c) { return is_key_char(c) && c != '$'; };
  const bool bare = !value.text.empty() && std::ranges::all_of(value.text, plain) && value.text.front() != '-' && value.text.front() != '/';
  return bare ? value.text : quoted(value.text);
}

class Completer {
 public:
  Completer(store::EventStore& events, const CompletionPlan& plan, Place place) : events_(events), plan_(plan), place_(std::move(place)) {}

  base::Result<Completion> run() {
    out_.from = place_.from;
    base::Result<> added;
    switch (place_.kind) {
      case Place::Kind::kTerm: added = add_keys(":"); break;
      case Place::Kind::kField: added = add_keys(""); break;
      case Place::Kind::kValue: added = add_values(); break;
      case Place::Kind::kPipe: add_known(kPipes, Kind::kPipe); break;
      case Place::Kind::kFunction: add_known(kFunctions, Kind::kFunction); break;
      case Place::Kind::kColumn: add_columns(); break;
      case Place::Kind::kWord:
      case Place::Kind::kNothing: break;
    }
    if (!added) return base::fail(std::move(added.error()));
    if (place_.kind != Place::Kind::kColumn) add_words();
    if (out_.items.size() > plan_.limit) out_.items.resize(plan_.limit);
    return std::move(out_);
  }

 private:
  void add_known(std::span<const Known> list, Kind kind) {
    for (const Known& known : list) {
      if (fit(known.name, place_.prefix) == 0) out_.items.push_back({std::string(known.name), kind, std::string(known.meaning), std::nullopt});
    }
  }
  void add_words() {
    for (const std::string& word : place_.words) {
      if (fit(word, place_.prefix) == 0) out_.items.push_back({word, Kind::kOperator, "", std::nullopt});
    }
  }
  void add_columns() {
    for (const std::string& column : place_.words) {
      if (fit(column, place_.prefix) >= 0) out_.items.push_back({column, Kind::kKey, "column", std::nullopt});
    }
  }

  // Stored fields under the names that people use for them.
  base::Result<> add_keys(std::string_view behind) {
    struct Key {
      std::string detail;
      uint64_t rows = 0;
      bool is_alias = false;
    };
    std::map<std::string, Key> keys;
    for (const Dataset dataset : plan_.datasets) {
      auto fields = events_.fields(dataset, plan_.range);
      if (!fields) return base::fail(std::move(fields.error()));
      for (const store::FieldInfo& field : *fields) {
        if (plan_.is_hidden && plan_.is_hidden(field.name)) continue;
        const std::string friendly = friendly_name(dataset, field.name);
        Key& key = keys[friendly];
        key.is_alias = friendly != field.name;
        key.detail = key.is_alias ? field.type + ", " + field.name : field.type;
        key.rows += field.rows;
        // The stored name itself, for who knows it.
        if (key.is_alias && !place_.prefix.empty() && fit(field.name, place_.prefix) == 0) keys[field.name] = {field.type, field.rows, false};
      }
    }
    std::vector<std::pair<int, CompletionItem>> ranked;
    for (const auto& [name, key] : keys) {
      const int how = fit(name, place_.prefix);
      if (how < 0) continue;
      const std::string text = (is_plain_key(name) ? name : quoted(name)) + std::string(behind);
      ranked.push_back({2 * how + (key.is_alias ? 0 : 1), {text, Kind::kKey, key.detail, key.rows}});
    }
    std::ranges::stable_sort(ranked, [](const auto& a, const auto& b) { return a.first != b.first ? a.first < b.first : a.second.count > b.second.count; });
    for (auto& [rank, item] : ranked) out_.items.push_back(std::move(item));
    if (place_.kind == Place::Kind::kTerm && !place_.prefix.empty()) {
      for (const char* word : {"AND", "OR", "NOT", "has:", "in:"}) {
        if (fit(word, place_.prefix) == 0) out_.items.push_back({word, Kind::kOperator, "", std::nullopt});
      }
    }
    return {};
  }

  base::Result<> add_values() {
    std::vector<Question::Part> parts;
    for (const Dataset dataset : plan_.datasets) parts.push_back({dataset, {}});
    ValuePlan ask{.field = place_.key, .prefix = place_.prefix, .range = plan_.range, .limit = plan_.limit, .max_values = kMostValues, .bounds = plan_.bounds};
    auto counted = count_values(events_, parts, ask);
    if (!counted && counted.error().code == base::Code::kResourceExhausted) {
      out_.warnings.push_back(place_.key.name + " has more than " + std::to_string(kMostValues) + " different values: none are offered");
      return {};
    }
    if (!counted) return base::fail(std::move(counted.error()));
    if (counted->stats.out_of_time) out_.warnings.push_back("counting the values takes too long: not all are offered");
    for (const ValueCount& value : counted->values) out_.items.push_back({value_text(value), Kind::kValue, "", value.count});
    return {};
  }

  store::EventStore& events_;
  const CompletionPlan& plan_;
  const Place place_;
  Completion out_;
};

}  // namespace

base::Result<Completion> complete(store::EventStore& events, std::string_view text, size_t position, const CompletionPlan& plan) {
  return Completer(events, plan, place_in(text, position)).run();
}

}  // namespace tripod::query::search

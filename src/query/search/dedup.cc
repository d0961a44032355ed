#include "query/search/dedup.h"

#include <algorithm>
#include <unordered_set>

#include "query/search/cells.h"
#include "query/search/operand.h"

namespace tripod::query::search {

using store::Predicate;

namespace {

// Found values that the store is told to leave out; comparing with more of them costs more than passing over records.
constexpr size_t kMostExclusions = 300;
constexpr size_t kLeastPage = 50;
constexpr size_t kMostPage = 1'000;

// The first of `fields` that a record has equals `value`.
Predicate coalesced_equal(std::span<const std::string> fields, const Cell& value) {
  std::vector<Predicate> any;
  for (size_t i = 0; i < fields.size(); ++i) {
    std::vector<Predicate> all;
    for (size_t before = 0; before < i; ++before) all.push_back(Predicate::negate(Predicate::exists(fields[before])));
    all.push_back(Predicate::equal(fields[i], value));
    any.push_back(Predicate::all_of(std::move(all)));
  }
  return Predicate::any_of(std::move(any));
}

Predicate any_exists(std::span<const std::string> fields) {
  std::vector<Predicate> any;
  for (const std::string& field : fields) any.push_back(Predicate::exists(field));
  return Predicate::any_of(std::move(any));
}

class Dedup {
 public:
  Dedup(store::EventStore& events, std::span<const Question::Part> parts, const RecordPlan& plan, std::span<const FieldName> fields)
      : events_(events), plan_(plan) {
    for (const Question::Part& part : parts) {
      auto& behind = fields_.emplace_back();
      std::vector<Predicate> all = {part.filter};
      for (const FieldName& name : fields) {
        behind.push_back(fields_behind(part.dataset, name));
        all.push_back(any_exists(behind.back()));
      }
      parts_.push_back({part.dataset, Predicate::all_of(std::move(all))});
    }
    narrowed_ = parts_;
  }

  base::Result<RecordPage> run() {
    RecordPage out;
    RecordPlan plan = plan_;
    plan.limit = std::clamp(2 * plan_.limit, kLeastPage, kMostPage);
    while (true) {
      auto page = scan_records(events_, narrowed_, plan);
      if (!page) return base::fail(std::move(page.error()));
      merge_stats(out.stats, page->stats);
      if (page->records.empty() && page->has_more) {
        if (auto complete = check_complete(page->stats); !complete) return base::fail(std::move(complete.error()));
      }
      if (page->records.empty()) break;
      plan.after = position_of(page->records.back());
      for (Record& record : page->records) {
        if (!is_new(record)) continue;
        if (out.records.size() == plan_.limit) {
          out.has_more = true;
          return out;
        }
        out.records.push_back(std::move(record));
      }
      if (!page->has_more) break;
    }
    return out;
  }

 private:
  bool is_new(const Record& record) {
    const auto part = static_cast<size_t>(std::ranges::find(parts_, record.dataset, &Question::Part::dataset) - parts_.begin());
    std::vector<Cell> key;
    for (const auto& fields : fields_[part]) key.push_back(first_of(record.row, fields));
    if (!seen_.insert(key_of(key)).second) return false;
    exclude(key);
    return true;
  }

  void exclude(const std::vector<Cell>& key) {
    if (excluded_ == kMostExclusions) return;
    // JSON is compared as nothing but itself by no operator.
    if (std::ranges::any_of(key, [](const Cell& c) { return std::holds_alternative<store::JsonText>(c); })) return;
    ++excluded_;
    for (size_t i = 0; i < parts_.size(); ++i) {
      std::vector<Predicate> same;
      for (size_t k = 0; k < key.size(); ++k) same.push_back(coalesced_equal(fields_[i][k], key[k]));
      narrowed_[i].filter.children.push_back(Predicate::negate(Predicate::all_of(std::move(same))));
    }
  }

  store::EventStore& events_;
  const RecordPlan& plan_;
  std::vector<Question::Part> parts_;     // their filters are kAnd
  std::vector<Question::Part> narrowed_;  // the same without what was found
  std::vector<std::vector<std::vector<std::string>>> fields_;  // by part, by name
  std::unordered_set<std::string> seen_;
  size_t excluded_ = 0;
};

}  // namespace

base::Result<RecordPage> first_of_each(store::EventStore& events, std::span<const Question::Part> parts, const RecordPlan& plan,
                                       std::span<const FieldName> fields) {
  return Dedup(events, parts, plan, fields).run();
}

}  // namespace tripod::query::search

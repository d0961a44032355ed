#include "query/search/sort_records.h"

#include <algorithm>
#include <cmath>

#include "query/search/cells.h"
#include "query/search/run.h"
#include "store/events/ddsketch.h"

namespace tripod::query::search {

using store::Dataset;
using store::Order;
using store::Predicate;

namespace {

// So many records are read whole at once; of more first only what they are sorted by.
constexpr size_t kMostWhole = 5'000;
constexpr size_t kPage = 5'000;

struct Candidate {
  std::vector<Cell> keys;
  Record record;  // without fields where they are read later
};

std::vector<Cell> cells_of(const Record& record, std::span<const SortKey> keys) {
  std::vector<Cell> out;
  for (const SortKey& key : keys) {
    if (key.is_time) out.emplace_back(record.row.time);
    else out.push_back(first_of(record.row, fields_behind(record.dataset, key.field)));
  }
  return out;
}

struct Before {
  std::span<const SortKey> keys;
  Order order;
  bool operator()(const Candidate& a, const Candidate& b) const {
    if (const int by_keys = compare_keys(a.keys, b.keys, keys); by_keys != 0) return by_keys < 0;
    const auto left = position_of(a.record), right = position_of(b.record);
    return order == Order::kNewestFirst ? left > right : left < right;
  }
};

class Sorting {
 public:
  Sorting(store::EventStore& events, const RecordPlan& plan, std::span<const SortKey> keys, size_t wanted)
      : events_(events), plan_(plan), keys_(keys), wanted_(wanted), before_{keys, plan.order} {}

  base::Result<RecordPage> run(std::span<const Question::Part> parts) {
    if (auto known = survey(parts); !known) return base::fail(std::move(known.error()));
    if (auto collected = collect(with_field(parts)); !collected) return base::fail(std::move(collected.error()));
    // Should the sketches have promised too much, everything is looked at.
    if (narrowed_ && heap_.size() < wanted_) {
      narrowed_ = false;
      heap_.clear();
      if (auto collected = collect(with_field(parts)); !collected) return base::fail(std::move(collected.error()));
    }
    if (auto read = read_winners(); !read) return base::fail(std::move(read.error()));
    if (out_.records.size() < wanted_) {
      if (auto added = add_without_field(parts); !added) return base::fail(std::move(added.error()));
    } else {
      out_.has_more = total_ > wanted_;
    }
    return std::move(out_);
  }

 private:
  bool first_is_time() const { return keys_.front().is_time; }

  // How many records there are, how many have the first field, and the distribution of its numbers.
  base::Result<> survey(std::span<const Question::Part> parts) {
    for (const Question::Part& part : parts) {
      const auto fields = fields_behind(part.dataset, keys_.front().field);
      store::AggregatePlan plan{.dataset = part.dataset, .range = plan_.range, .filter = part.filter};
      plan.values.push_back({fields.front(), {0.5}, false});
      plan.fallbacks[fields.front()] = {fields.begin() + 1, fields.end()};
      plan.keep_sketches = true;
      plan.bounds = plan_.bounds;
      auto result = events_.aggregate(plan);
      if (!result) return base::fail(std::move(result.error()));
      if (auto complete = check_complete(result->stats); !complete) return complete;
      merge_stats(out_.stats, result->stats);
      for (const store::AggregateGroup& group : result->groups) {
        total_ += group.count;
        present_ += first_is_time() ? group.count : group.values[0].present;
        numbers_.merge(*group.values[0].sketch);
      }
    }
    narrowed_ = !first_is_time() && present_ > kMostWhole && numbers_.count() > spare();
    return {};
  }

  // Candidates beyond those wanted, for what a sketch does not know exactly.
  size_t spare() const { return wanted_ + wanted_ / 4 + 50; }

  std::vector<Question::Part> with_field(std::span<const Question::Part> parts) const {
    std::vector<Question::Part> out;
    const bool descending = keys_.front().descending;
    // narrowed_: there are more numbers than that.
    const double share = narrowed_ ? static_cast<double>(spare()) / static_cast<double>(numbers_.count()) : 0;
    const double bound = narrowed_ ? numbers_.quantile(descending ? 1 - share : share) : 0;
    const double least = bound - 0.03 * std::fabs(bound), most = bound + 0.03 * std::fabs(bound);
    for (const Question::Part& part : parts) {
      std::vector<Predicate> any;
      for (const std::string& field : fields_behind(part.dataset, keys_.front().field)) {
        if (!narrowed_) any.push_back(Predicate::exists(field));
        else if (descending) any.push_back(Predicate::compare(Predicate::Op::kGreaterEqual, field, least));
        else any.push_back(Predicate::compare(Predicate::Op::kLessEqual, field, most));
      }
      if (first_is_time()) out.push_back(part);
      else out.push_back({part.dataset, Predicate::all_of({part.filter, Predicate::any_of(std::move(any))})});
    }
    return out;
  }

  base::Result<> collect(const std::vector<Question::Part>& parts) {
    RecordPlan plan = plan_;
    plan.limit = kPage;
    whole_ = narrowed_ || present_ <= kMostWhole;
    if (!whole_) plan.project = key_fields(parts);
    size_t looked_at = 0;
    while (true) {
      auto page = scan_records(events_, parts, plan);
      if (!page) return base::fail(std::move(page.error()));
      // What was not looked at may come first.
      if (page->stats.out_of_time) return check_complete(page->stats);
      merge_stats(out_.stats, page->stats);
      looked_at += page->records.size();
      if (looked_at > kMostSorted) {
        return base::fail(base::Code::kResourceExhausted,
                          "more than " + std::to_string(kMostSorted) + " records to sort: narrow the time range or the filter");
      }
      if (page->records.empty()) return page->has_more ? check_complete(page->stats) : base::Result<>();
      plan.after = position_of(page->records.back());
      for (Record& record : page->records) add(std::move(record));
      if (!page->has_more) return {};
    }
  }

  std::map<Dataset, std::vector<std::string>> key_fields(const std::vector<Question::Part>& parts) const {
    std::map<Dataset, std::vector<std::string>> out;
    for (const Question::Part& part : parts) {
      for (const SortKey& key : keys_) {
        for (std::string& field : fields_behind(part.dataset, key.field)) out[part.dataset].push_back(std::move(field));
      }
    }
    return out;
  }

  void add(Record record) {
    Candidate candidate{cells_of(record, keys_), std::move(record)};
    if (heap_.size() == wanted_) {
      if (!before_(candidate, heap_.front())) return;
      std::ranges::pop_heap(heap_, before_);
      heap_.pop_back();
    }
    heap_.push_back(std::move(candidate));
    std::ranges::push_heap(heap_, before_);
  }

  base::Result<> read_winners() {
    std::ranges::sort(heap_, before_);
    for (Candidate& winner : heap_) {
      if (whole_) {
        out_.records.push_back(std::move(winner.record));
        continue;
      }
      auto found = find_record(events_, position_of(winner.record), plan_.bounds);
      if (!found) return base::fail(std::move(found.error()));
      if (*found) out_.records.push_back(std::move(**found));
    }
    return {};
  }

  base::Result<> add_without_field(std::span<const Question::Part> parts) {
    if (total_ <= present_) return {};
    std::vector<Question::Part> without;
    for (const Question::Part& part : parts) {
      std::vector<Predicate> all = {part.filter};
      for (const std::string& field : fields_behind(part.dataset, keys_.front().field)) {
        all.push_back(Predicate::negate(Predicate::exists(field)));
      }
      without.push_back({part.dataset, Predicate::all_of(std::move(all))});
    }
    RecordPlan plan = plan_;
    plan.limit = wanted_ - out_.records.size();
    auto page = scan_records(events_, without, plan);
    if (!page) return base::fail(std::move(page.error()));
    if (page->records.empty() && page->has_more) return check_complete(page->stats);
    merge_stats(out_.stats, page->stats);
    std::ranges::move(page->records, std::back_inserter(out_.records));
    out_.has_more = page->has_more;
    return {};
  }

  store::EventStore& events_;
  const RecordPlan& plan_;
  const std::span<const SortKey> keys_;
  const size_t wanted_;
  const Before before_;
  RecordPage out_;
  uint64_t total_ = 0, present_ = 0;
  store::DDSketch numbers_;
  bool narrowed_ = false;  // only numbers that can be among the first are asked for
  bool whole_ = true;      // candidates hold all fields
  std::vector<Candidate> heap_;  // its front is the last of them
};

}  // namespace

base::Result<RecordPage> first_sorted(store::EventStore& events, std::span<const Question::Part> parts, const RecordPlan& plan,
                                      std::span<const SortKey> keys, size_t wanted) {
  return Sorting(events, plan, keys, wanted).run(parts);
}

void sort_in_memory(std::vector<Record>& records, std::span<const SortKey> keys, Order order) {
  std::vector<Candidate> candidates;
  for (Record& record : records) {
    std::vector<Cell> cells = cells_of(record, keys);
    candidates.push_back({std::move(cells), std::move(record)});
  }
  std::ranges::sort(candidates, Before{keys, order});
  records.clear();
  for (Candidate& candidate : candidates) records.push_back(std::move(candidate.record));
}

}  // namespace tripod::query::search

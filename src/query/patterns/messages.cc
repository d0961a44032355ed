#include "query/patterns/messages.h"

#include <algorithm>
#include <cmath>

#include "store/events/field_text.h"

namespace tripod::query::patterns {

using base::Code;

namespace {

constexpr size_t kMostGroups = 200'000;    // of messages by bucket, counted exactly
constexpr size_t kSamplesPerSlice = 1'000;
constexpr size_t kMostSamples = 200'000;   // of all slices
constexpr size_t kSlicesPerPoint = 4;      // a sample is taken from the end of each

class Collector {
 public:
  Collector(const Grid& grid, store::TimeRange range) : grid_(grid), range_(range) {}

  void add(const std::string& text, uint64_t count, base::UnixNanos first, base::UnixNanos last) {
    const auto [at, is_new] = index_.try_emplace(text, out_.list.size());
    if (is_new) {
      out_.list.push_back({text, 0, {}, first, last});
      held_ += kMessageBytes + 2 * text.size();
    }
    Message& message = out_.list[at->second];
    message.count += count;
    message.first_seen = std::min(message.first_seen, first);
    message.last_seen = std::max(message.last_seen, last);
    const size_t at_point = std::min(static_cast<size_t>((first - range_.start) / grid_.step), grid_.points - 1);
    const auto point = static_cast<uint32_t>(at_point);
    if (!message.trend.empty() && message.trend.back().first == point) {
      message.trend.back().second += count;
      return;
    }
    message.trend.emplace_back(point, count);
    held_ += sizeof(message.trend[0]);
  }

  Messages take() {
    std::ranges::sort(out_.list, [](const Message& a, const Message& b) { return a.count != b.count ? a.count > b.count : a.text < b.text; });
    return std::move(out_);
  }
  Messages& out() { return out_; }
  size_t held() const { return held_; }  // bytes, about

 private:
  static constexpr size_t kMessageBytes = sizeof(Message) + 120;  // its places in the list and in the index

  const Grid& grid_;
  const store::TimeRange range_;
  Messages out_;
  std::unordered_map<std::string, size_t> index_;
  size_t held_ = 0;
};

class Reader {
 public:
  Reader(store::EventStore& events, const PatternSource& source, store::TimeRange range, const Grid& grid, const store::QueryBounds& bounds)
      : events_(events), source_(source), range_(range), grid_(grid), bounds_(bounds), collector_(grid, range) {
    filter_ = store::Predicate::all_of({source.filter, store::Predicate::exists(source.field)});
  }

  base::Result<Messages> run() {
    auto exact = count_all();
    if (!exact) return base::fail(std::move(exact.error()));
    if (*exact) return collector_.take();
    if (auto sampled = sample(); !sampled) return base::fail(std::move(sampled.error()));
    return collector_.take();
  }

 private:
  store::AggregatePlan plan_of_counts() const {
    store::AggregatePlan plan{.dataset = source_.dataset, .range = range_, .filter = filter_};
    plan.step = grid_.points > 1 ? grid_.step : 0;
    plan.bounds = bounds_;
    return plan;
  }

  // False where there are too many different messages.
  base::Result<bool> count_all() {
    store::AggregatePlan plan = plan_of_counts();
    plan.by = {source_.field};
    plan.with_times = true;
    plan.max_groups = kMostGroups;
    auto result = events_.aggregate(plan);
    if (!result && result.error().code == Code::kResourceExhausted) return false;
    if (!result) return base::fail(std::move(result.error()));
    if (result->stats.out_of_time) return out_of_time();
    if (result->stats.out_of_memory) return false;
    for (const store::AggregateGroup& group : result->groups) {
      collector_.add(store::field_text(group.by[0]), group.count, group.first, group.last);
      collector_.out().total += group.count;
    }
    collector_.out().sampled = collector_.out().total;
    collector_.out().stats = std::move(result->stats);
    return true;
  }

  static std::unexpected<base::Error> out_of_time() {
    return base::fail(Code::kDeadlineExceeded, "finding patterns takes longer than it may: narrow the time range or the filter");
  }

  base::Result<> sample() {
    store::AggregatePlan plan = plan_of_counts();
    plan.step = std::max<int64_t>(1, grid_.step / static_cast<int64_t>(kSlicesPerPoint));
    auto result = events_.aggregate(plan);
    if (!result) return base::fail(std::move(result.error()));
    if (result->stats.out_of_time) return out_of_time();
    collector_.out().stats = std::move(result->stats);
    const size_t most = std::clamp<size_t>(kMostSamples / std::max<size_t>(result->groups.size(), 1), 1, kSamplesPerSlice);
    for (const store::AggregateGroup& slice : result->groups) {
      collector_.out().total += slice.count;
      if (auto taken = sample_slice({slice.bucket, std::min(slice.bucket + plan.step, range_.end)}, slice.count, most); !taken) return taken;
      if (collector_.held() > bounds_.max_memory_bytes) {
        return base::fail(Code::kResourceExhausted, "a sample of the messages takes more memory than a question may have: narrow the time range or the filter");
      }
    }
    return {};
  }

  base::Result<> sample_slice(store::TimeRange range, uint64_t count, size_t most) {
    store::ScanPlan plan{.dataset = source_.dataset, .range = range, .filter = filter_, .project = {source_.field}, .limit = most};
    plan.bounds = bounds_;
    auto result = events_.scan(plan);
    if (!result) return base::fail(std::move(result.error()));
    if (result->stats.out_of_time) return out_of_time();
    if (result->rows.empty()) return {};
    collector_.out().sampled += result->rows.size();
    // Each record stands for as many; what the division leaves goes to the first ones.
    const uint64_t each = count / result->rows.size();
    uint64_t rest = count % result->rows.size();
    for (const store::EventRow& row : result->rows) {
      collector_.add(row.text(source_.field), each + (rest > 0 ? 1 : 0), row.time, row.time);
      if (rest > 0) --rest;
    }
    return {};
  }

  store::EventStore& events_;
  const PatternSource& source_;
  const store::TimeRange range_;
  const Grid& grid_;
  const store::QueryBounds& bounds_;
  store::Predicate filter_;
  Collector collector_;
};

}  // namespace

base::Result<Messages> read_messages(store::EventStore& events, const PatternSource& source, store::TimeRange range, const Grid& grid,
                                     const store::QueryBounds& bounds) {
  return Reader(events, source, range, grid, bounds).run();
}

}  // namespace tripod::query::patterns

#include "query/patterns/patterns.h"

#include <algorithm>
#include <map>

#include "query/patterns/messages.h"
#include "query/patterns/miner.h"

namespace tripod::query::patterns {

using base::Code;

namespace {

constexpr int64_t kPoints = 30;
constexpr size_t kMostPoints = 11'000;

void take_stats(store::QueryStats& into, const store::QueryStats& from) {
  into.scanned_rows += from.scanned_rows;
  into.scanned_bytes += from.scanned_bytes;
  into.incomplete |= from.incomplete;
  for (const std::string& warning : from.warnings) {
    if (std::ranges::find(into.warnings, warning) == into.warnings.end()) into.warnings.push_back(warning);
  }
}

// Its trend is laid out once it is known to be among those that are given.
struct Found {
  Pattern pattern;
  std::map<uint32_t, uint64_t> trend;  // by point of the grid
};

// Patterns of one source: those of different datasets are never the same.
class Finder {
 public:
  // Adds to `found` and to what `out` says of all.
  Finder(store::EventStore& events, const PatternPlan& plan, const Grid& grid, std::vector<Found>& found, Patterns& out)
      : events_(events), plan_(plan), grid_(grid), found_(found), out_(out) {}

  base::Result<> run(const PatternSource& source) {
    auto messages = read_messages(events_, source, plan_.range, grid_, plan_.bounds);
    if (!messages) return base::fail(std::move(messages.error()));
    take_stats(out_.stats, messages->stats);
    out_.total += messages->total;
    if (messages->sampled < messages->total) {
      warn("patterns of " + std::string(store::dataset_name(source.dataset)) + " are estimated out of " + std::to_string(messages->sampled) + " of " +
           std::to_string(messages->total) + " records: their messages have too many different texts to count them all");
    }
    const size_t first = found_.size();
    Miner miner;
    uint64_t left_out = 0;
    for (const Message& message : messages->list) {
      const auto cluster = miner.add(message.text);
      if (!cluster) left_out += message.count;
      else add(source, first + *cluster, message);
    }
    for (size_t i = 0; i < miner.size(); ++i) {
      found_[first + i].pattern.text = miner.text(i);
      found_[first + i].pattern.regex = miner.regex(i);
    }
    if (left_out != 0) {
      warn("more than " + std::to_string(Miner::kMostClusters) + " patterns: " + std::to_string(left_out) + " records belong to none that is listed");
    }
    return plan_.compare_with_before ? compare_with_before(source, miner, first) : base::Result<>();
  }

 private:
  void warn(std::string text) { out_.stats.warnings.push_back(std::move(text)); }

  void add(const PatternSource& source, size_t index, const Message& message) {
    if (index == found_.size()) {
      Pattern& pattern = found_.emplace_back().pattern;
      pattern.dataset = source.dataset;
      pattern.field = source.field;
      pattern.example = message.text;  // the commonest comes first
      pattern.first_seen = message.first_seen;
      pattern.last_seen = message.last_seen;
    }
    auto& [pattern, trend] = found_[index];
    pattern.count += message.count;
    pattern.first_seen = std::min(pattern.first_seen, message.first_seen);
    pattern.last_seen = std::max(pattern.last_seen, message.last_seen);
    for (const auto& [point, count] : message.trend) trend[point] += count;
  }

  base::Result<> compare_with_before(const PatternSource& source, const Miner& miner, size_t first) {
    const store::TimeRange before = {plan_.range.start - (plan_.range.end - plan_.range.start), plan_.range.start};
    auto messages = read_messages(events_, source, before, {before.end - before.start, 1}, plan_.bounds);
    const bool unknown = !messages || messages->sampled < messages->total || messages->stats.incomplete;
    if (unknown) {
      warn("what is new is not known: the window before the range could not be looked at as a whole");
      return {};
    }
    for (size_t i = first; i < found_.size(); ++i) found_[i].pattern.is_new = true;
    for (const Message& message : messages->list) {
      if (const auto cluster = miner.find(message.text)) found_[first + *cluster].pattern.is_new = false;
    }
    return {};
  }

  store::EventStore& events_;
  const PatternPlan& plan_;
  const Grid& grid_;
  std::vector<Found>& found_;
  Patterns& out_;
};

}  // namespace

base::Result<Patterns> find_patterns(store::EventStore& events, const PatternPlan& plan) {
  const auto& range = plan.range;
  const bool bounded = range.start > INT64_MIN / 4 && range.end < INT64_MAX / 4 && range.start < range.end;
  if (!bounded) return base::fail(Code::kInvalidArgument, "patterns need a time range with both ends");
  const int64_t length = range.end - range.start;
  Grid grid;
  grid.step = plan.step > 0 ? plan.step : std::max<int64_t>(1, (length + kPoints - 1) / kPoints);
  grid.points = static_cast<size_t>((length + grid.step - 1) / grid.step);
  if (grid.points > kMostPoints) return base::fail(Code::kInvalidArgument, "so short a step gives too many points: a longer step, or a shorter range");
  Patterns out;
  out.start = range.start;
  out.step = grid.step;
  std::vector<Found> found;
  for (const PatternSource& source : plan.sources) {
    if (auto done = Finder(events, plan, grid, found, out).run(source); !done) return base::fail(std::move(done.error()));
  }
  std::ranges::stable_sort(found, [](const Found& a, const Found& b) {
    return a.pattern.count != b.pattern.count ? a.pattern.count > b.pattern.count : a.pattern.text < b.pattern.text;
  });
  out.found = found.size();
  if (found.size() > plan.limit) found.resize(plan.limit);
  for (auto& [pattern, trend] : found) {
    pattern.share = static_cast<double>(pattern.count) / static_cast<double>(std::max<uint64_t>(out.total, 1));
    pattern.trend.resize(grid.points);
    for (const auto& [point, count] : trend) pattern.trend[point] = count;
    out.patterns.push_back(std::move(pattern));
  }
  return out;
}

}  // namespace tripod::query::patterns

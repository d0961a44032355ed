#include "store/events/query_limits.h"

#include <algorithm>
#include <utility>

namespace tripod::store {
namespace {

constexpr std::string_view kMemoryWarning =
    "the query's memory bound was reached, the rest is left out: narrow the time range or the filter, ask for fewer records or group "
    "by fewer fields";

}  // namespace

QueryLimits::QueryLimits(const QueryBounds& bounds, const base::Clock& clock, base::MemoryBudget& budget)
    : bounds_(bounds), most_(std::min(bounds.max_memory_bytes, budget.limit() / 4)), clock_(clock), budget_(budget) {}

bool QueryLimits::expired() {
  if (out_of_time_.load(std::memory_order_relaxed) || cancelled()) return true;
  if (bounds_.cancelled.stop_requested()) {
    cancelled_.store(true, std::memory_order_relaxed);
    return true;
  }
  if (bounds_.deadline_steady == INT64_MAX || clock_.steady() < bounds_.deadline_steady) return false;
  out_of_time_.store(true, std::memory_order_relaxed);
  return true;
}

bool QueryLimits::reserve(size_t bytes) {
  const size_t held = held_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  if (held <= most_ && (held <= charged_.load(std::memory_order_relaxed) || charge(held))) return true;
  give_back(bytes);
  out_of_memory_.store(true, std::memory_order_relaxed);
  return false;
}

bool QueryLimits::charge(size_t held) {
  std::lock_guard lock(mu_);
  const size_t charged = charged_.load(std::memory_order_relaxed);
  if (held <= charged) return true;
  const size_t more = std::max(kStep, held - charged);
  // What is taken in goes before questions.
  if (budget_.used() + more > budget_.limit() - budget_.limit() / 4) return false;
  base::MemoryCharge charge = budget_.try_charge(more);
  if (!charge) return false;
  charges_.push_back(std::move(charge));
  charged_.store(charged + more, std::memory_order_relaxed);
  return true;
}

void QueryLimits::describe(QueryStats& stats) const {
  if (out_of_time_.load(std::memory_order_relaxed)) {
    stats.out_of_time = true;
    warn_incomplete(stats, "the query's time ran out, not everything was looked at: narrow the time range or the filter");
  }
  if (out_of_memory_.load(std::memory_order_relaxed)) {
    stats.out_of_memory = true;
    warn_incomplete(stats, std::string(kMemoryWarning));
  }
}

void warn_incomplete(QueryStats& stats, std::string warning) {
  constexpr size_t kMostWarnings = 20;
  stats.incomplete = true;
  if (stats.warnings.size() < kMostWarnings) {
    stats.warnings.push_back(std::move(warning));
  } else if (stats.warnings.size() == kMostWarnings) {
    stats.warnings.push_back("and more");
  }
}

void add_stats(QueryStats& stats, QueryStats&& more) {
  stats.scanned_rows += more.scanned_rows;
  stats.scanned_bytes += more.scanned_bytes;
  stats.pruned_blocks += more.pruned_blocks;
  stats.out_of_time = stats.out_of_time || more.out_of_time;
  stats.out_of_memory = stats.out_of_memory || more.out_of_memory;
  stats.incomplete = stats.incomplete || more.incomplete;
  // Several threads may have met the same damage.
  for (std::string& warning : more.warnings) {
    if (std::ranges::find(stats.warnings, warning) == stats.warnings.end()) warn_incomplete(stats, std::move(warning));
  }
}

void forgive_memory(QueryStats& stats) {
  stats.out_of_memory = false;
  std::erase(stats.warnings, kMemoryWarning);
  // Whatever else is missing has its warning.
  stats.incomplete = stats.out_of_time || !stats.warnings.empty();
}

}  // namespace tripod::store

#include "query/logql/scanner.h"

#include <algorithm>

#include "store/events/query_limits.h"

namespace tripod::query::logql {
namespace {

constexpr size_t kMostPage = 16'384;
constexpr size_t kRowsBetweenPolls = 64;  // one line may be as long as a thousand, and its template a thousand steps

}  // namespace

base::Result<> scan_records(QueryState& state, store::ScanPlan plan,
                            const std::function<base::Result<bool>(const store::EventRow&)>& row,
                            std::vector<std::string>* partial) {
  size_t seen = 0;
  while (true) {
    const auto page = state.store.scan(plan);
    if (!page) return base::fail(page.error());
    store::QueryStats stats = page->stats;
    // Too many bytes for one page is no bound of the query: the next page goes on.
    if (page->has_more && !page->rows.empty()) store::forgive_memory(stats);
    const bool cut = stats.out_of_time || stats.out_of_memory;
    if (auto taken = state.take(stats); !taken) {
      if (partial == nullptr) return taken;
      for (std::string& warning : stats.warnings) {
        if (std::ranges::find(*partial, warning) == partial->end()) partial->push_back(std::move(warning));
      }
    }
    for (const store::EventRow& one : page->rows) {
      if (++seen % kRowsBetweenPolls == 0) {
        if (auto polled = state.poll(); !polled) return polled;
      }
      const auto more = row(one);
      if (!more) return base::fail(more.error());
      if (!*more) return {};
    }
    if (!page->has_more || cut) return {};
    if (page->rows.empty()) return base::fail(base::Code::kResourceExhausted, "one record is more than the query may hold");
    plan.has_after = true;
    plan.after = {page->rows.back().time, page->rows.back().sequence};
    plan.limit = std::min(plan.limit * 2, std::max(plan.limit, kMostPage));
  }
}

}  // namespace tripod::query::logql

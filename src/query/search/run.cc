#include "query/search/run.h"

#include <algorithm>

#include "query/search/run_rows.h"
#include "query/search/run_table.h"

namespace tripod::query::search {

void merge_stats(store::QueryStats& into, const store::QueryStats& from) {
  into.scanned_rows += from.scanned_rows;
  into.scanned_bytes += from.scanned_bytes;
  into.pruned_blocks += from.pruned_blocks;
  into.incomplete |= from.incomplete;
  into.out_of_time |= from.out_of_time;
  into.out_of_memory |= from.out_of_memory;
  for (const std::string& warning : from.warnings) {
    if (std::ranges::find(into.warnings, warning) == into.warnings.end()) into.warnings.push_back(warning);
  }
}

base::Result<> check_complete(const store::QueryStats& stats) {
  if (stats.out_of_time) {
    return base::fail(base::Code::kDeadlineExceeded,
                      "the question takes longer than it may: narrow the time range or the filter");
  }
  if (stats.out_of_memory) {
    return base::fail(base::Code::kResourceExhausted,
                      "the question needs more memory than it may have: narrow the time range or the filter, or group by "
                      "fields with fewer values");
  }
  return {};
}

namespace {

base::Result<Answer> run_patterns(store::EventStore& events, const Question& question, const RunOptions& options) {
  patterns::PatternPlan plan;
  for (const Question::Part& part : question.parts) {
    plan.sources.push_back({part.dataset, std::string(message_field(part.dataset)), part.filter});
  }
  plan.range = options.range;
  plan.limit = *question.patterns;
  plan.bounds = options.bounds;
  auto found = patterns::find_patterns(events, plan);
  if (!found) return base::fail(std::move(found.error()));
  Answer out;
  out.kind = Answer::Kind::kPatterns;
  out.stats = std::move(found->stats);
  out.patterns = std::move(*found);
  return out;
}

}  // namespace

base::Result<Answer> run(store::EventStore& events, const Question& question, const RunOptions& options) {
  if (question.kind != Question::Kind::kRows && !options.cursor.empty()) {
    return base::fail(base::Code::kInvalidArgument, "cursor: only records have pages");
  }
  switch (question.kind) {
    case Question::Kind::kRows: return run_rows(events, question, options);
    case Question::Kind::kTable: return run_table(events, question, options);
    case Question::Kind::kPatterns: return run_patterns(events, question, options);
  }
  return base::fail(base::Code::kInternal, "a question of no kind");
}

}  // namespace tripod::query::search

#include "query/logql/live_lines.h"

#include <algorithm>

#include "query/logql/pushdown.h"

namespace tripod::query::logql {

namespace {

// Fields of the line itself are no labels of its stream: they come back with | json. Those that the sender attached are.
bool stands_in(std::string_view line, std::string_view label) { return line.find(label) != line.npos; }

}  // namespace

LiveLines::LiveLines(store::Predicate filter, Pipeline pipeline, LabelStyle style, int64_t now)
    : filter_(std::move(filter)), pipeline_(std::move(pipeline)), style_(style) {
  line_.now = now;
}

base::Result<LiveLines> LiveLines::compile(const LogQuery& query, const FieldCatalog& catalog, LabelStyle style, int64_t now) {
  LogPlan plan = plan_logs(query, catalog);
  auto pipeline = Pipeline::compile(plan.stages);
  if (!pipeline) return base::fail(std::move(pipeline.error()));
  return LiveLines(std::move(plan.filter), std::move(*pipeline), style, now);
}

std::optional<std::pair<Labels, LogEntry>> LiveLines::read(const store::EventRow& row) {
  reader_.read(row, line_);
  const std::string_view came(line_.text);
  if (!pipeline_.run(line_)) return std::nullopt;
  const bool is_categorized = style_ == LabelStyle::kCategorized;
  LogEntry entry{line_.time, std::string(line_.text), line_.labels.sorted(false, true, false), line_.labels.sorted(false, false, true)};
  Labels labels = line_.labels.sorted(true, false, !is_categorized);
  if (!is_categorized) {
    for (auto& label : entry.metadata) {
      if (!stands_in(came, label.first)) labels.push_back(std::move(label));
    }
    std::ranges::sort(labels);
    entry.metadata.clear();
    entry.parsed.clear();
  }
  return std::pair(std::move(labels), std::move(entry));
}

}  // namespace tripod::query::logql

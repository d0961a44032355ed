#include "query/logql/streams.h"

#include <algorithm>
#include <set>

#include "query/logql/pushdown.h"
#include "query/logql/record_reader.h"
#include "store/events/field_text.h"

namespace tripod::query::logql {

using base::Code;
using base::Result;

namespace {

constexpr size_t kMostStreams = 100'000;
constexpr size_t kPage = 16'384;

// Marks tell which labels a record has; the labels' own fields what they say.
std::vector<std::string> fields_of(const FieldCatalog& catalog, const StreamQuestion& question) {
  if (question.labels.empty()) return catalog.stream_fields();
  std::set<std::string> out(catalog.marks().begin(), catalog.marks().end());
  const auto stream = catalog.stream_fields();
  for (const std::string& label : question.labels) {
    for (std::string& field : catalog.fields_of(label)) {
      if (std::ranges::binary_search(stream, field)) out.insert(std::move(field));
    }
  }
  return {out.begin(), out.end()};
}

void keep_asked(Labels& labels, const StreamQuestion& question) {
  if (question.labels.empty()) return;
  std::erase_if(labels, [&](const auto& label) { return std::ranges::find(question.labels, label.first) == question.labels.end(); });
}

Result<FieldCatalog> catalog_of(store::EventStore& store, const StreamQuestion& question) {
  auto fields = store.fields(store::Dataset::kLogs, question.range);
  if (!fields) return base::fail(std::move(fields.error()));
  return FieldCatalog(std::move(*fields));
}

Result<> complete(const store::QueryStats& stats) {
  if (!stats.incomplete) return {};
  std::string why = "the answer would not be complete; narrow the selector or the time range";
  for (const std::string& warning : stats.warnings) why += "; " + warning;
  return base::fail(Code::kDeadlineExceeded, std::move(why));
}

}  // namespace

Result<std::vector<StreamRows>> find_streams(store::EventStore& store, const StreamQuestion& question) {
  const auto catalog = catalog_of(store, question);
  if (!catalog) return base::fail(catalog.error());
  store::AggregatePlan plan;
  plan.range = question.range;
  plan.filter = plan_selector(question.matchers, *catalog);
  plan.by = fields_of(*catalog, question);
  plan.step = question.step;
  plan.max_groups = kMostStreams;
  plan.bounds = question.bounds;
  const auto result = store.aggregate(plan);
  if (!result && result.error().code == Code::kResourceExhausted) {
    return base::fail(Code::kInvalidArgument, "more than " + std::to_string(kMostStreams) +
                                                  " streams; narrow the selector or the time range: " + result.error().message);
  }
  if (!result) return base::fail(result.error());
  if (auto whole = complete(result->stats); !whole) return base::fail(std::move(whole.error()));
  std::map<std::pair<Labels, int64_t>, uint64_t> merged;
  RecordReader reader;
  LabelSet set;
  for (const store::AggregateGroup& group : result->groups) {
    store::EventRow row;
    for (size_t i = 0; i < group.by.size(); ++i) {
      if (!std::holds_alternative<std::monostate>(group.by[i])) row.fields.emplace_back(plan.by[i], group.by[i]);
    }
    reader.read_stream(row, set);
    Labels labels = set.sorted(true, false, false);
    keep_asked(labels, question);
    merged[{std::move(labels), question.step == 0 ? 0 : group.bucket}] += group.count;
  }
  std::vector<StreamRows> out;
  for (const auto& [key, lines] : merged) out.push_back({key.first, key.second, lines});
  return out;
}

Result<std::map<Labels, double>> mean_line_bytes(store::EventStore& store, const StreamQuestion& question) {
  const auto catalog = catalog_of(store, question);
  if (!catalog) return base::fail(catalog.error());
  store::ScanPlan plan;
  plan.range = question.range;
  plan.filter = plan_selector(question.matchers, *catalog);
  plan.project = fields_of(*catalog, question);
  plan.project.insert(plan.project.end(), {"body", "original"});
  plan.bounds = question.bounds;
  plan.limit = kPage;
  std::map<Labels, std::pair<uint64_t, uint64_t>> sums;  // bytes, lines
  std::pair<uint64_t, uint64_t> all;
  RecordReader reader;
  Line line;
  while (all.second < kExactLines) {
    const auto page = store.scan(plan);
    if (!page) return base::fail(page.error());
    for (const store::EventRow& row : page->rows) {
      reader.read(row, line);
      Labels labels = line.labels.sorted(true, false, false);
      keep_asked(labels, question);
      auto& [bytes, lines] = sums[std::move(labels)];
      bytes += line.text.size();
      all.first += line.text.size();
      ++lines;
      ++all.second;
    }
    if (!page->has_more || page->rows.empty()) break;
    plan.has_after = true;
    plan.after = {page->rows.back().time, page->rows.back().sequence};
  }
  std::map<Labels, double> out;
  for (const auto& [labels, sum] : sums) out[labels] = static_cast<double>(sum.first) / static_cast<double>(sum.second);
  if (all.second > 0) out.try_emplace(Labels{}, static_cast<double>(all.first) / static_cast<double>(all.second));
  return out;
}

}  // namespace tripod::query::logql

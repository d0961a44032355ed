// Range aggregations: from lines to columns. What the store can count by itself it counts, in buckets that no window's edge
// cuts; anything else streams past, line by line.
#include <algorithm>
#include <numeric>
#include <set>

#include "query/logql/evaluator.h"
#include "query/logql/go_text.h"
#include "query/logql/pipeline.h"
#include "query/logql/record_reader.h"
#include "query/logql/scanner.h"
#include "query/promql/text.h"
#include "store/events/field_text.h"

namespace tripod::query::logql {

using base::Code;
using base::Result;

namespace {

constexpr size_t kMostBuckets = 100'000;
constexpr size_t kMostGroups = 1'000'000;   // of buckets and label sets together
constexpr size_t kMostGroupKeys = 64;
constexpr size_t kMostWindowBytes = 256u << 20;

bool counts_lines(const RangeAggregation& range) {
  if (range.unwrap) return false;
  return range.op == RangeOp::kCountOverTime || range.op == RangeOp::kRate || range.op == RangeOp::kAbsentOverTime;
}

bool takes_outer_grouping(RangeOp op) {
  return op == RangeOp::kBytesOverTime || op == RangeOp::kBytesRate || op == RangeOp::kSumOverTime ||
         op == RangeOp::kRate || op == RangeOp::kCountOverTime;
}

bool is_parser(const Stage& stage) {
  return std::holds_alternative<JsonParser>(stage) || std::holds_alternative<LogfmtParser>(stage) ||
         std::holds_alternative<RegexpParser>(stage) || std::holds_alternative<PatternParser>(stage);
}

// Parsers do nothing for a result without labels if no stage reads what they find: they are left out, and with them their
// errors, as in Loki.
LogQuery without_idle_parsers(const LogQuery& log) {
  Needs needs;
  for (const Stage& stage : log.stages) {
    if (const auto compiled = compile_stage(stage)) (*compiled)->add_needs(needs);
  }
  LogQuery out = log;
  if (!needs.all && needs.names.empty()) std::erase_if(out.stages, is_parser);
  return out;
}

std::unexpected<base::Error> pipeline_error(const Line& line) {
  const std::string error(line.labels.get(kErrorLabel));
  return base::fail(Code::kInvalidArgument,
                    "pipeline error: '" + error + "' for series: '" + to_string(line.labels.sorted(true, false, true)) +
                        "'.\nUse a label filter to intentionally skip this error. (e.g | __error__!=\"" + error +
                        "\").\nTo skip all potential errors you can match empty errors.(e.g __error__=\"\")\nThe label filter "
                        "can also be specified after unwrap. (e.g | unwrap latency | __error__=\"\" )\n");
}

Result<double> convert(const Unwrap& unwrap, const std::string& value) {
  if (unwrap.conversion == Unwrap::Conversion::kNumber) return parse_go_float(value);
  if (unwrap.conversion == Unwrap::Conversion::kBytes) {
    const auto bytes = parse_go_bytes(value);
    if (!bytes) return base::fail(bytes.error());
    return static_cast<double>(*bytes);
  }
  const auto nanos = parse_go_duration(value);
  if (!nanos) return base::fail(nanos.error());
  return static_cast<double>(*nanos) / 1e9;
}

// One line's part in an aggregation: its labels as grouped, and its value.
class Extractor {
 public:
  static Result<Extractor> make(const std::vector<Stage>& stages, const RangeAggregation& range, const Grouping* grouping) {
    Extractor out(range, grouping);
    auto pipeline = Pipeline::compile(stages);
    if (!pipeline) return base::fail(std::move(pipeline.error()));
    out.pipeline_ = std::move(*pipeline);
    if (range.unwrap) {
      std::vector<Stage> filters(range.unwrap->filters.begin(), range.unwrap->filters.end());
      auto after = Pipeline::compile(filters);
      if (!after) return base::fail(std::move(after.error()));
      out.after_unwrap_ = std::move(*after);
    }
    out.pipeline_.add_needs(out.needs_);
    out.after_unwrap_.add_needs(out.needs_);
    if (range.unwrap) out.needs_.names.insert(range.unwrap->label);
    out.only_named_ = grouping != nullptr && !grouping->without && !out.needs_.all;
    if (out.only_named_) out.needs_.names.insert(grouping->labels.begin(), grouping->labels.end());
    return out;
  }

  // Labels that the aggregation reads: parsers may leave out the rest, where it is known which.
  const Needs& needs() const { return needs_; }
  bool only_named() const { return only_named_; }

  // False: the line gives no sample.
  Result<bool> run(Line& line, Labels& labels, double& value) {
    if (!pipeline_.run(line)) return false;
    value = 1;
    if (range_.unwrap) {
      const std::string* text = line.labels.find(range_.unwrap->label);
      if (text == nullptr || text->empty()) return false;
      const auto number = convert(*range_.unwrap, *text);
      if (number) value = *number;
      else line.labels.set_error(kSampleExtractionError, number.error().message);
      if (!after_unwrap_.run(line)) return false;
    } else if (range_.op == RangeOp::kBytesOverTime || range_.op == RangeOp::kBytesRate) {
      value = static_cast<double>(line.text.size());
    }
    if (line.labels.has_error()) return pipeline_error(line);
    group(line.labels, labels);
    return true;
  }

 private:
  Extractor(const RangeAggregation& range, const Grouping* grouping) : range_(range), grouping_(grouping) {}

  void group(const LabelSet& from, Labels& out) const {
    if (grouping_ != nullptr && !grouping_->without) {
      out.clear();
      for (const std::string& name : grouping_->labels) {
        if (const std::string_view value = from.get(name); !value.empty()) out.emplace_back(name, value);
      }
      std::ranges::sort(out);
      out.erase(std::ranges::unique(out).begin(), out.end());
      return;
    }
    out = from.sorted(true, false, true);
    std::erase_if(out, [&](const auto& label) {
      return label.second.empty() || (range_.unwrap && label.first == range_.unwrap->label) ||
             (grouping_ != nullptr && std::ranges::find(grouping_->labels, label.first) != grouping_->labels.end());
    });
  }

  const RangeAggregation& range_;
  const Grouping* grouping_;
  Pipeline pipeline_;
  Pipeline after_unwrap_;
  Needs needs_;
  bool only_named_ = false;
};

}  // namespace

std::vector<std::string> fields_to_read(const FieldCatalog& catalog, const Needs& needs, bool lines) {
  std::set<std::string> out;
  const auto stream = catalog.stream_fields();
  out.insert(stream.begin(), stream.end());
  for (std::string_view name : needs.names) {
    if (name.ends_with("_extracted")) name.remove_suffix(std::string_view("_extracted").size());
    for (std::string& field : catalog.fields_of(name)) out.insert(std::move(field));
  }
  for (const std::string& name : needs.names) {
    for (std::string& field : catalog.fields_of(name)) out.insert(std::move(field));
  }
  if (lines) out.insert({"body", "original"});
  // An empty list would ask for everything.
  out.insert(std::string(kSeverityField));
  return {out.begin(), out.end()};
}

store::TimeRange Evaluator::time_range(const RangeAggregation& range) const {
  // (t - range, t] in nanoseconds is [t - range + 1, t + 1).
  return {frame_.start - range.offset - range.range + 1, frame_.last() - range.offset + 1};
}

Result<Value> Evaluator::eval_range(const RangeAggregation& range, const Grouping* outer) {
  static const Grouping kNothing{};
  const Grouping* grouping = range.grouping ? &*range.grouping : nullptr;
  if (grouping == nullptr && outer != nullptr && takes_outer_grouping(range.op)) grouping = outer;
  if (range.op == RangeOp::kAbsentOverTime) grouping = &kNothing;
  const auto catalog = state_.catalog(time_range(range));
  if (!catalog) return base::fail(catalog.error());
  const bool no_labels = grouping != nullptr && !grouping->without && grouping->labels.empty() && !range.unwrap;
  LogPlan plan = plan_logs(no_labels ? without_idle_parsers(range.log) : range.log, *catalog);
  Windows windows({.op = range.op,
                   .param = range.param.value_or(0),
                   .unwrapped = range.unwrap.has_value(),
                   .range = range.range,
                   .offset = range.offset,
                   .frame = frame_,
                   .max_series = state_.options.max_inner_series,
                   .max_bytes = std::min(kMostWindowBytes, state_.bounds.max_memory_bytes),
                   .memory = state_.options.memory,
                   .poll = [this] { return state_.poll(); }});
  const bool countable = counts_lines(range) && plan.stages.empty();
  auto done = countable ? aggregate(plan, *catalog, range, grouping, windows)
                        : scan(std::move(plan), *catalog, range, grouping, windows);
  if (!done) return base::fail(std::move(done.error()));
  auto series = windows.finish();
  if (!series) return base::fail(std::move(series.error()));
  if (range.op == RangeOp::kAbsentOverTime) return absent(range, *series);
  return Value{false, std::move(*series)};
}

Result<> Evaluator::aggregate(const LogPlan& plan, const FieldCatalog& catalog, const RangeAggregation& range,
                              const Grouping* grouping, Windows& windows) {
  store::AggregatePlan counting;
  counting.range = time_range(range);
  counting.filter = plan.filter;
  counting.step = std::gcd(range.range, frame_.step);
  if (frame_.steps == 1) counting.step = range.range;
  counting.max_groups = kMostGroups;
  counting.bounds = state_.bounds;
  const bool named = grouping != nullptr && !grouping->without;
  if (named) {
    for (const std::string& label : grouping->labels) {
      if (label.ends_with("_extracted")) return scan(plan, catalog, range, grouping, windows);
      auto fields = catalog.fields_of(label);
      if (fields.size() > 1) counting.fallbacks[fields[0]].assign(fields.begin() + 1, fields.end());
      counting.by.push_back(fields[0]);
    }
  } else {
    counting.by = catalog.stream_fields();
  }
  const int64_t buckets = (counting.range.end - counting.range.start) / counting.step;
  if (buckets > static_cast<int64_t>(kMostBuckets) || counting.by.size() > kMostGroupKeys) {
    return scan(plan, catalog, range, grouping, windows);
  }
  const auto result = state_.store.aggregate(counting);
  if (!result && result.error().code == Code::kResourceExhausted) return scan(plan, catalog, range, grouping, windows);
  if (!result) return base::fail(result.error());
  if (auto taken = state_.take(result->stats); !taken) return taken;
  RecordReader reader;
  LabelSet set;
  store::EventRow row;
  for (const store::AggregateGroup& group : result->groups) {
    Labels labels;
    if (named) {
      for (size_t i = 0; i < group.by.size(); ++i) {
        std::string text = store::field_text(group.by[i]);
        if (!text.empty()) labels.emplace_back(grouping->labels[i], std::move(text));
      }
      std::ranges::sort(labels);
      labels.erase(std::ranges::unique(labels).begin(), labels.end());
    } else {
      row.fields.clear();
      for (size_t i = 0; i < group.by.size(); ++i) {
        if (!std::holds_alternative<std::monostate>(group.by[i])) row.fields.emplace_back(counting.by[i], group.by[i]);
      }
      reader.read_stream(row, set);
      labels = set.sorted(true, false, false);
      if (grouping != nullptr) labels = grouped(labels, *grouping);
    }
    state_.stats.lines_after_filter += group.count;
    if (auto added = windows.add(labels, group.bucket, static_cast<double>(group.count)); !added) return added;
  }
  return {};
}

Result<> Evaluator::scan(LogPlan plan, const FieldCatalog& catalog, const RangeAggregation& range,
                         const Grouping* grouping, Windows& windows) {
  auto extractor = Extractor::make(plan.stages, range, grouping);
  if (!extractor) return base::fail(std::move(extractor.error()));
  const bool bytes = range.op == RangeOp::kBytesOverTime || range.op == RangeOp::kBytesRate;
  store::ScanPlan records;
  records.range = time_range(range);
  records.filter = std::move(plan.filter);
  records.order = store::Order::kOldestFirst;
  records.limit = 4096;
  records.bounds = state_.bounds;
  if (!extractor->needs().all) records.project = fields_to_read(catalog, extractor->needs(), plan.reads_lines || bytes);
  RecordReader reader;
  Line line;
  line.now = state_.now;
  if (extractor->only_named()) line.labels.want(&extractor->needs().names);
  Labels labels;
  return scan_records(state_, std::move(records), [&](const store::EventRow& row) -> Result<bool> {
    reader.read(row, line);
    double value = 0;
    const auto taken = extractor->run(line, labels, value);
    if (!taken) return base::fail(taken.error());
    if (!*taken) return true;
    ++state_.stats.lines_after_filter;
    if (auto added = windows.add(labels, row.time, value); !added) return base::fail(std::move(added.error()));
    return true;
  });
}

// 1 at every step without a line, with the labels that the selector demands.
Value Evaluator::absent(const RangeAggregation& range, const std::vector<Series>& present) const {
  Series out{{}, std::vector<double>(frame_.steps, 1.0)};
  for (const Series& one : present) {
    for (size_t i = 0; i < frame_.steps; ++i) {
      if (is_present(one.values[i])) out.values[i] = kAbsent;
    }
  }
  NameSet seen, unclear;
  for (const Matcher& matcher : range.log.matchers) {
    if (matcher.op != MatchOp::kEqual || !seen.insert(matcher.name).second) unclear.insert(matcher.name);
  }
  for (const Matcher& matcher : range.log.matchers) {
    if (!unclear.contains(matcher.name) && !matcher.value.empty()) out.labels.emplace_back(matcher.name, matcher.value);
  }
  std::ranges::sort(out.labels);
  Value value;
  if (std::ranges::any_of(out.values, is_present)) value.series.push_back(std::move(out));
  return value;
}

}  // namespace tripod::query::logql

// sum, avg, topk and the other operators that make fewer series of many.
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_map>

#include "base/utf8.h"
#include "query/promql/aggregate_columns.h"
#include "query/promql/evaluator.h"
#include "query/promql/labels.h"
#include "query/promql/numeric.h"
#include "query/promql/range_kernels.h"
#include "query/promql/text.h"

namespace tripod::query::promql {

using base::Code;
using base::fail;
using base::Result;

namespace {

struct Group {
  store::Labels labels;
  std::vector<size_t> members;  // indexes of the input's series
  bool drop_name = false;       // one of the members lost its name already
};

// In order of the first member.
std::vector<Group> make_groups(const Aggregation& aggregation, const Value& input) {
  std::vector<Group> groups;
  std::unordered_map<std::string, size_t> index;
  for (size_t i = 0; i < input.series.size(); ++i) {
    const store::Labels& labels = input.series[i].labels;
    const auto [at, is_new] = index.try_emplace(
        signature(labels, aggregation.grouping, !aggregation.without), groups.size());
    if (is_new) groups.push_back({group_labels(aggregation, labels), {}, false});
    Group& group = groups[at->second];
    group.members.push_back(i);
    group.drop_name = group.drop_name || input.series[i].drop_name;
  }
  return groups;
}

struct Ranked {
  double value;
  size_t member;
};

// Orders the candidates of topk (descending) or bottomk; NaN comes last; equal values keep their
// order.
bool ranks_before(const Ranked& a, const Ranked& b, bool top) {
  if (std::isnan(a.value) || std::isnan(b.value))
    return !std::isnan(a.value) && std::isnan(b.value);
  return top ? a.value > b.value : a.value < b.value;
}

// The k of topk, bottomk and limitk.
Result<> check_counts(const std::vector<double>& k_of) {
  for (const double k : k_of) {
    if (std::isnan(k)) return fail(Code::kInvalidArgument, "Parameter value is NaN");
    if (std::fabs(k) >= 9.223372036854775807e18) {
      const char* way = k > 0 ? " overflows int64" : " underflows int64";
      return fail(Code::kInvalidArgument, "Scalar value " + format_number(k) + way);
    }
  }
  return {};
}

// Where a label set lies between 0 and 1: Prometheus's hash of labels (XXH64 of names and values,
// each behind its length), so that limit_ratio() chooses the same series.
double ratio_offset(const store::Labels& labels) {
  std::string bytes;
  const auto put = [&bytes](const std::string& text) {
    if (text.size() < 255) {
      bytes += static_cast<char>(text.size());
    } else {
      bytes += '\xff';
      for (const int shift : {0, 8, 16}) bytes += static_cast<char>(text.size() >> shift);
    }
    bytes += text;
  };
  for (const auto& [name, value] : labels) {
    put(name);
    put(value);
  }
  return static_cast<double>(XXH64(bytes.data(), bytes.size(), 0)) /
         static_cast<double>(std::numeric_limits<uint64_t>::max());
}

// Ratios r and r - 1 part the series in two.
bool is_in_ratio(double ratio, double offset) {
  return ratio >= 0 ? offset < ratio : offset >= 1 + ratio;
}

// Whose result depends on the order in which values are added, in the last bits at least.
bool order_matters(AggregateOp op) {
  return op == AggregateOp::kSum || op == AggregateOp::kAvg || op == AggregateOp::kStddev ||
         op == AggregateOp::kStdvar;
}

// Some nodes give series in an order that depends on their values or on the number of steps (topk).
void order_by_labels(Value& value) {
  const auto key = [](const Series& series) { return std::tie(series.labels, series.drop_name); };
  if (!std::ranges::is_sorted(value.series, {}, key)) std::ranges::stable_sort(value.series, {}, key);
}

// Keeps the first k of a group's samples at each step.
void keep_first(const Group& group, const std::vector<double>& k_of, Value& value) {
  for (size_t step = 0; step < k_of.size(); ++step) {
    double left = std::floor(k_of[step]);
    for (const size_t member : group.members) {
      double& cell = value.series[member].values[step];
      if (!is_present(cell)) continue;
      if (left < 1) cell = kAbsent;
      left -= 1;
    }
  }
}

}  // namespace

Result<Value> Evaluator::eval_aggregation(const Aggregation& aggregation) {
  Value param;
  if (aggregation.param != nullptr) {
    auto evaluated = eval(*aggregation.param);
    if (!evaluated) return evaluated;
    param = std::move(*evaluated);
  }
  if (!takes_parameter(aggregation.op)) return aggregate_simple(aggregation);
  auto input = eval(*aggregation.expr);
  if (!input) return input;
  order_by_labels(*input);
  switch (aggregation.op) {
    case AggregateOp::kTopk:
    case AggregateOp::kBottomk:
      return aggregate_topk(aggregation, std::move(*input), param);
    case AggregateOp::kLimitk:
    case AggregateOp::kLimitRatio:
      return aggregate_limit(aggregation, std::move(*input), param);
    case AggregateOp::kQuantile:
      return aggregate_quantile(aggregation, *input, param);
    case AggregateOp::kCountValues:
      return aggregate_count_values(aggregation, *input, param.text);
    default:
      return fail(Code::kInternal, "an aggregation without a parameter");
  }
}

// Series are added as they come, so that only the groups are held. The steps of a range query that are asked for again later
// (range_cache.h) have to come to the same value then, wherever the series are by that time: there sums are made in an order
// that nothing but the labels decides.
Result<Value> Evaluator::aggregate_simple(const Aggregation& aggregation) {
  GroupColumns columns(aggregation, frame_.steps, state_.samples);
  const auto add = [&columns](const SeriesView& series) { return columns.add(series); };
  const Expr& inner = strip_parens(*aggregation.expr);
  const bool is_range_query = state_.query_step_ms > 0;
  const auto order = is_range_query && order_matters(aggregation.op) ? store::SeriesOrder::kHash
                                                                     : store::SeriesOrder::kAny;
  if (const auto* call = inner.as<Call>(); call != nullptr && range_kernel(call->function->id)) {
    if (auto ok = range_function_into(*call, order, add); !ok) return fail(std::move(ok.error()));
  } else if (const auto* selector = inner.as<VectorSelector>()) {
    if (auto ok = selector_into(*selector, Yield::kValue, order, add); !ok)
      return fail(std::move(ok.error()));
  } else {
    auto input = eval(inner);
    if (!input) return input;
    if (order_matters(aggregation.op)) order_by_labels(*input);
    for (Series& series : input->series) {
      if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
      const auto labels = views_of(series.labels);
      if (auto ok = columns.add({labels, series.values, series.drop_name}); !ok)
        return fail(std::move(ok.error()));
    }
  }
  return columns.finish();
}

Result<Value> Evaluator::aggregate_quantile(const Aggregation& aggregation, const Value& input,
                                            const Value& param) {
  const std::vector<double>& q = param.series.front().values;
  for (const double value : q) {
    if (value >= 0 && value <= 1) continue;
    state_.warn(aggregation.param->pos,
                "quantile value should be between 0 and 1, got " + format_number(value));
  }
  std::vector<Group> groups = make_groups(aggregation, input);
  auto out = new_vector(groups.size());
  if (!out) return out;
  std::vector<double> values;
  for (Group& group : groups) {
    if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
    Series series{std::move(group.labels), std::vector<double>(frame_.steps, kAbsent),
                  group.drop_name};
    for (size_t step = 0; step < frame_.steps; ++step) {
      values.clear();
      for (const size_t member : group.members) {
        if (const double v = input.series[member].values[step]; is_present(v)) values.push_back(v);
      }
      if (!values.empty()) series.values[step] = quantile_of(q[step], values);
    }
    out->series.push_back(std::move(series));
  }
  return out;
}

Result<Value> Evaluator::aggregate_topk(const Aggregation& aggregation, Value input,
                                        const Value& param) {
  const std::vector<double>& k_of = param.series.front().values;
  if (auto ok = check_counts(k_of); !ok) return fail(std::move(ok.error()));
  const bool top = aggregation.op == AggregateOp::kTopk;
  std::vector<size_t> order;  // members as an instant query shows them: by group, best first
  std::vector<Ranked> ranked;
  for (const Group& group : make_groups(aggregation, input)) {
    if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
    for (size_t step = 0; step < frame_.steps; ++step) {
      ranked.clear();
      for (const size_t member : group.members) {
        if (const double v = input.series[member].values[step]; is_present(v))
          ranked.push_back({v, member});
      }
      const auto k = k_of[step] < 1
                         ? 0
                         : std::min(ranked.size(), static_cast<size_t>(std::min(k_of[step], 1e15)));
      std::ranges::stable_sort(
          ranked, [top](const Ranked& a, const Ranked& b) { return ranks_before(a, b, top); });
      for (size_t i = k; i < ranked.size(); ++i)
        input.series[ranked[i].member].values[step] = kAbsent;
      if (frame_.steps != 1) continue;
      for (size_t i = 0; i < k; ++i) order.push_back(ranked[i].member);
    }
  }
  if (frame_.steps == 1) {
    std::vector<Series> sorted;
    sorted.reserve(order.size());
    for (const size_t member : order) sorted.push_back(std::move(input.series[member]));
    input.series = std::move(sorted);
  }
  prune(input);
  return input;
}

Result<Value> Evaluator::aggregate_limit(const Aggregation& aggregation, Value input,
                                         const Value& param) {
  std::vector<double> parameters = param.series.front().values;
  if (aggregation.op == AggregateOp::kLimitk) {
    if (auto ok = check_counts(parameters); !ok) return fail(std::move(ok.error()));
    for (const Group& group : make_groups(aggregation, input)) keep_first(group, parameters, input);
    prune(input);
    return input;
  }
  for (double& ratio : parameters) {
    if (std::isnan(ratio)) return fail(Code::kInvalidArgument, "Ratio value is NaN");
    const double capped = std::clamp(ratio, -1.0, 1.0);
    if (capped != ratio) {
      state_.warn(aggregation.param->pos, "ratio value should be between -1 and 1, got " +
                                              format_number(ratio) + ", capping to " +
                                              format_number(capped));
    }
    ratio = capped;
  }
  for (Series& series : input.series) {
    if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
    const double offset = ratio_offset(series.labels);
    for (size_t step = 0; step < frame_.steps; ++step) {
      if (!is_in_ratio(parameters[step], offset)) series.values[step] = kAbsent;
    }
  }
  prune(input);
  return input;
}

Result<Value> Evaluator::aggregate_count_values(const Aggregation& aggregation, const Value& input,
                                                const std::string& label) {
  if (label.empty() || !base::is_valid_utf8(label)) {
    return fail(Code::kInvalidArgument, "invalid label name " + quote(label));
  }
  // without() takes the label away again where it names it.
  const bool dropped = aggregation.without &&
                       std::ranges::find(aggregation.grouping, label) != aggregation.grouping.end();
  Value out;
  std::unordered_map<std::string, size_t> columns;
  for (const Group& group : make_groups(aggregation, input)) {
    if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
    for (const size_t member : group.members) {
      for (size_t step = 0; step < frame_.steps; ++step) {
        const double v = input.series[member].values[step];
        if (!is_present(v)) continue;
        store::Labels labels = group.labels;
        if (!dropped) set_label(labels, label, format_value_fixed(v));
        const auto [at, is_new] = columns.try_emplace(label_key(labels), out.series.size());
        if (is_new) {
          if ((out.series.size() + 1) * frame_.steps > state_.samples.left()) {
            return fail(Code::kResourceExhausted,
                        "query processing would load too many samples into memory in query "
                        "execution (limit " +
                            std::to_string(state_.samples.limit()) + ")");
          }
          out.series.push_back(
              {std::move(labels), std::vector<double>(frame_.steps, kAbsent), group.drop_name});
        }
        double& cell = out.series[at->second].values[step];
        cell = is_present(cell) ? cell + 1 : 1;
      }
    }
  }
  auto charge =
      SampleCharge::make(state_.samples, out.series.size() * frame_.steps, sizeof(double));
  if (!charge) return fail(std::move(charge.error()));
  out.charge = std::move(*charge);
  return out;
}

}  // namespace tripod::query::promql

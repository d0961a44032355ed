#include "query/logql/windows.h"

#include <algorithm>

namespace tripod::query::logql {

using base::Code;

namespace {

constexpr size_t kChargeStep = 1u << 20;

// The least k with a + k * step >= b. @pre step > 0.
int64_t steps_up_to(int64_t a, int64_t b, int64_t step) {
  const int64_t distance = b - a;
  return distance <= 0 ? -(-distance / step) : (distance + step - 1) / step;
}

size_t bytes_of(const Labels& labels) {
  size_t out = 200;
  for (const auto& [name, value] : labels) out += 2 * sizeof(std::string) + 2 * (name.size() + value.size());
  return out;
}

}  // namespace

std::string label_key(const Labels& labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    for (const std::string* text : {&name, &value}) {
      const auto size = static_cast<uint32_t>(text->size());
      out.append(reinterpret_cast<const char*>(&size), sizeof size);
      out += *text;
    }
  }
  return out;
}

Windows::Windows(WindowOptions options) : options_(std::move(options)) {}

bool Windows::counts() const {
  switch (options_.op) {
    case RangeOp::kCountOverTime:
    case RangeOp::kBytesOverTime:
    case RangeOp::kBytesRate:
    case RangeOp::kAbsentOverTime: return true;
    case RangeOp::kRate: return !options_.unwrapped;
    default: return false;
  }
}

base::Result<> Windows::hold(size_t bytes) {
  held_ += bytes;
  if (held_ > options_.max_bytes) {
    return base::fail(Code::kInvalidArgument,
                      "the query would hold more than " + std::to_string(options_.max_bytes >> 20) +
                          " MiB of samples; narrow its selector or its time range, or aggregate fewer labels");
  }
  if (options_.memory == nullptr || held_ <= charged_) return {};
  auto charge = options_.memory->try_charge(std::max(kChargeStep, bytes));
  if (!charge) {
    return base::fail(Code::kResourceExhausted, "the memory of the process is in use; narrow the query or ask again later");
  }
  charged_ += charge.bytes();
  charges_.push_back(std::move(charge));
  return {};
}

base::Result<Windows::Slot*> Windows::slot_of(const Labels& labels) {
  std::string key = label_key(labels);
  if (const auto found = index_.find(key); found != index_.end()) return &slots_[found->second];
  if (slots_.size() >= options_.max_series) {
    return base::fail(Code::kInvalidArgument,
                      "maximum number of series (" + std::to_string(options_.max_series) +
                          ") reached for a single query; consider reducing query cardinality by adding more specific "
                          "stream selectors, reducing the time range, or aggregating results with functions like sum(), "
                          "count() or topk()");
  }
  // The result's column too, where nothing larger stands for it.
  const size_t columns = (options_.frame.steps + 1) * (counts() ? sizeof(double) + sizeof(int64_t) : sizeof(double));
  if (auto held = hold(bytes_of(labels) + columns); !held) return base::fail(std::move(held.error()));
  Slot slot{labels, {}, {}, {}};
  if (counts()) {
    slot.changes.resize(options_.frame.steps + 1);
    slot.lines.resize(options_.frame.steps + 1);
  }
  slots_.push_back(std::move(slot));
  index_.emplace(std::move(key), slots_.size() - 1);
  return &slots_.back();
}

base::Result<> Windows::add(const Labels& labels, int64_t time, double value) {
  const Frame& frame = options_.frame;
  // The windows that hold the sample end at t with time + offset <= t < time + offset + range.
  const int64_t first = std::max<int64_t>(steps_up_to(frame.start, time + options_.offset, frame.step), 0);
  const int64_t behind = std::min(steps_up_to(frame.start, time + options_.offset + options_.range, frame.step),
                                  static_cast<int64_t>(frame.steps));
  if (first >= behind) return {};
  auto slot = slot_of(labels);
  if (!slot) return base::fail(std::move(slot.error()));
  if (!counts()) {
    if (auto held = hold(sizeof(Sample)); !held) return held;
    (*slot)->samples.push_back({time, value});
    return {};
  }
  // Whole numbers below 2^53: sums of differences are exact.
  (*slot)->changes[static_cast<size_t>(first)] += value;
  (*slot)->changes[static_cast<size_t>(behind)] -= value;
  const int64_t lines = options_.op == RangeOp::kBytesOverTime || options_.op == RangeOp::kBytesRate ? 1 : static_cast<int64_t>(value);
  (*slot)->lines[static_cast<size_t>(first)] += lines;
  (*slot)->lines[static_cast<size_t>(behind)] -= lines;
  return {};
}

void Windows::finish_counts(const Slot& slot, Series& out) const {
  const bool per_second = options_.op == RangeOp::kRate || options_.op == RangeOp::kBytesRate;
  const double seconds = static_cast<double>(options_.range) / 1e9;
  double sum = 0;
  int64_t lines = 0;
  for (size_t i = 0; i < options_.frame.steps; ++i) {
    sum += slot.changes[i];
    lines += slot.lines[i];
    if (lines > 0) out.values[i] = per_second ? sum / seconds : sum;
  }
}

base::Result<> Windows::finish_samples(const Slot& slot, WindowReducer& reducer, Series& out) const {
  if (auto begun = reducer.begin(slot.samples); !begun) return begun;
  size_t from = 0, to = 0;
  for (size_t i = 0; i < options_.frame.steps; ++i) {
    const int64_t end = options_.frame.time(i) - options_.offset;
    while (to < slot.samples.size() && slot.samples[to].time <= end) ++to;
    while (from < to && slot.samples[from].time <= end - options_.range) ++from;
    if (from == to) continue;
    const auto value = reducer.reduce(from, to);
    if (!value) return base::fail(value.error());
    out.values[i] = *value;
  }
  return {};
}

base::Result<std::vector<Series>> Windows::finish() {
  WindowReducer reducer({options_.op, options_.param, static_cast<double>(options_.range) / 1e9}, options_.poll);
  std::vector<Series> out;
  for (Slot& slot : slots_) {
    Series series{std::move(slot.labels), std::vector<double>(options_.frame.steps, kAbsent)};
    if (counts()) {
      finish_counts(slot, series);
    } else if (auto done = finish_samples(slot, reducer, series); !done) {
      return base::fail(std::move(done.error()));
    }
    // What is read goes before the next result comes.
    slot = {};
    if (std::ranges::any_of(series.values, is_present)) out.push_back(std::move(series));
  }
  return out;
}

}  // namespace tripod::query::logql

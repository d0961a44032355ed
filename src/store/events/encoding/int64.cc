// Encoding "int64": packed integers.
#include <cmath>
#include <utility>

#include "store/events/encoding/column.h"
#include "store/events/encoding/packed_ints.h"
#include "store/events/field_text.h"

namespace tripod::store::int64 {
namespace {

using Op = Predicate::Op;

// The integers a comparison accepts: [least, most], none when least > most.
struct Interval {
  int64_t least = INT64_MIN;
  int64_t most = INT64_MAX;
};
constexpr Interval kNothing{1, 0};

Interval accepted(Op op, int64_t bound) {
  switch (op) {
    case Op::kEqual: return {bound, bound};
    case Op::kLess: return bound == INT64_MIN ? kNothing : Interval{INT64_MIN, bound - 1};
    case Op::kLessEqual: return {INT64_MIN, bound};
    case Op::kGreater: return bound == INT64_MAX ? kNothing : Interval{bound + 1, INT64_MAX};
    default: return {bound, INT64_MAX};
  }
}

// A comparison with a number that is some int64. Others (1.5, 1e300, NaN) are rare and go the general way.
bool as_interval(const Matcher& matcher, Interval& out) {
  const Op op = matcher.op();
  if (op == Op::kExists || op == Op::kContains || op == Op::kRegex || op == Op::kWildcard) return false;
  const model::Value bound = matcher.operand();
  if (bound.type() == model::ValueType::kInt64) {
    out = accepted(op, bound.as_int64());
    return true;
  }
  if (bound.type() != model::ValueType::kFloat64 || !(std::fabs(bound.as_float64()) < 1e18)) return false;
  const auto whole = static_cast<int64_t>(bound.as_float64());
  if (compare_int64_float64(whole, bound.as_float64()) != 0) return false;
  out = accepted(op, whole);
  return true;
}

class Int64Column final : public Column {
 public:
  explicit Int64Column(std::vector<int64_t> values) : Column(values.size()), values_(std::move(values)) {}

  model::Value at(size_t i, ValueScratch&) const override { return model::Value::int64(values_[i]); }
  std::span<const int64_t> int64s() const override { return values_; }

  void match(const Matcher& matcher, const Bitmap& candidates, Bitmap& out) const override {
    if (matcher.text_fields_only() && !matcher.numbers_too()) return;
    Interval wanted;
    if (!as_interval(matcher, wanted)) return Column::match(matcher, candidates, out);
    match_interval(wanted, candidates, out);
  }

 private:
  void match_interval(Interval wanted, const Bitmap& candidates, Bitmap& out) const {
    if (wanted.least > wanted.most) return;
    const auto& words = candidates.words();
    for (size_t w = 0; w < words.size(); ++w) {
      if (words[w] == 0) continue;
      const size_t first = w * 64, n = std::min<size_t>(64, values_.size() - first);
      uint64_t bits = 0;
      for (size_t i = 0; i < n; ++i) {
        const int64_t v = values_[first + i];
        bits |= uint64_t{v >= wanted.least && v <= wanted.most} << i;
      }
      out.words()[w] |= bits & words[w];
    }
  }

  const std::vector<int64_t> values_;
};

}  // namespace

void encode(const ColumnInput& input, std::string& out) {
  std::vector<int64_t> values;
  values.reserve(input.values.size());
  for (const model::Value& value : input.values) values.push_back(value.as_int64());
  append_packed(out, values);
}

base::Result<ColumnPtr> decode(std::string body, size_t size) {
  CheckedReader in(body);
  std::vector<int64_t> values;
  if (!read_packed(in, size, values) || in.left() != 0) {
    return base::fail(base::Code::kDataLoss, "int64 column: malformed");
  }
  return std::make_unique<Int64Column>(std::move(values));
}

}  // namespace tripod::store::int64

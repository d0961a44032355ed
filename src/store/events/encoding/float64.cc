// Encoding "float64": packed integers where every value is a short decimal fraction, otherwise the bytes of the numbers
// with equal positions side by side (signs and exponents repeat, so they compress).
#include <bit>
#include <cmath>
#include <utility>

#include "store/events/encoding/column.h"
#include "store/events/encoding/packed_ints.h"

namespace tripod::store::float64 {
namespace {

constexpr uint8_t kRaw = 255;  // instead of a number of decimals
constexpr double kPowers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
constexpr uint8_t kMostDecimals = 9;

double from_decimal(int64_t digits, uint8_t decimals) {
  return static_cast<double>(digits) / kPowers[decimals];
}

// The integer that gives back exactly these bits, if there is one.
bool to_decimal(double value, uint8_t decimals, int64_t& digits) {
  const double scaled = value * kPowers[decimals];
  // False for NaN too. Below 2^53 every integer is a double.
  if (!(std::fabs(scaled) < 9e15)) return false;
  digits = std::llround(scaled);
  return std::bit_cast<uint64_t>(from_decimal(digits, decimals)) == std::bit_cast<uint64_t>(value);
}

// The fewest decimals that do for all; kRaw when none do.
uint8_t decimals_of(std::span<const model::Value> values) {
  uint8_t decimals = 0;
  int64_t digits = 0;
  for (const model::Value& value : values) {
    while (decimals <= kMostDecimals && !to_decimal(value.as_float64(), decimals, digits)) ++decimals;
    if (decimals > kMostDecimals) return kRaw;
  }
  for (const model::Value& value : values) {
    if (!to_decimal(value.as_float64(), decimals, digits)) return kRaw;
  }
  return decimals;
}

class Float64Column final : public Column {
 public:
  explicit Float64Column(std::vector<double> values) : Column(values.size()), values_(std::move(values)) {}
  model::Value at(size_t i, ValueScratch&) const override { return model::Value::float64(values_[i]); }
  std::span<const double> float64s() const override { return values_; }
  void match(const Matcher& matcher, const Bitmap& candidates, Bitmap& out) const override {
    if (!matcher.text_fields_only() || matcher.numbers_too()) Column::match(matcher, candidates, out);
  }

 private:
  const std::vector<double> values_;
};

}  // namespace

void encode(const ColumnInput& input, std::string& out) {
  const uint8_t decimals = decimals_of(input.values);
  out += static_cast<char>(decimals);
  const size_t count = input.values.size();
  if (decimals != kRaw) {
    std::vector<int64_t> digits(count);
    for (size_t i = 0; i < count; ++i) to_decimal(input.values[i].as_float64(), decimals, digits[i]);
    append_packed(out, digits);
    return;
  }
  const size_t at = out.size();
  out.resize(at + count * 8);
  for (size_t i = 0; i < count; ++i) {
    const auto bits = std::bit_cast<uint64_t>(input.values[i].as_float64());
    for (size_t byte = 0; byte < 8; ++byte) out[at + byte * count + i] = static_cast<char>(bits >> (8 * byte));
  }
}

base::Result<ColumnPtr> decode(std::string body, size_t size) {
  const auto bad = [] { return base::fail(base::Code::kDataLoss, "float64 column: malformed"); };
  CheckedReader in(body);
  uint8_t decimals = 0;
  if (!in.word(decimals) || (decimals != kRaw && decimals > kMostDecimals)) return bad();
  std::vector<double> values;
  if (decimals != kRaw) {
    std::vector<int64_t> digits;
    if (!read_packed(in, size, digits) || in.left() != 0) return bad();
    values.resize(size);
    for (size_t i = 0; i < size; ++i) values[i] = from_decimal(digits[i], decimals);
    return std::make_unique<Float64Column>(std::move(values));
  }
  std::string_view bytes;
  if (in.left() % 8 != 0 || in.left() / 8 != size || !in.bytes(size * 8, bytes)) return bad();
  values.reserve(size);
  for (size_t i = 0; i < size; ++i) {
    uint64_t bits = 0;
    for (size_t byte = 0; byte < 8; ++byte) {
      bits |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[byte * size + i])) << (8 * byte);
    }
    values.push_back(std::bit_cast<double>(bits));
  }
  return std::make_unique<Float64Column>(std::move(values));
}

}  // namespace tripod::store::float64

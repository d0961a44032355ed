#include "store/metrics/float_codec.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "store/metrics/int_codec.h"

namespace tripod::store::metrics {
namespace {

// Values that are further off are no sums of decimals.
constexpr int64_t kMostUnitsOff = 1 << 12;

void put_column(std::string& out, std::span<const int64_t> ints) { write_ints(ints, choose_golomb(ints).k, out); }

// The first, then the differences. Not empty.
void put_differences(std::string& out, std::vector<int64_t> ints) {
  put_signed(out, ints.front());
  for (size_t i = ints.size() - 1; i > 0; --i) ints[i] = wrapping_sub(ints[i], ints[i - 1]);
  put_column(out, std::span(ints).subspan(1));
}

// `out` is of the size wanted, at least one.
bool read_differences(ByteReader in, std::vector<int64_t>& out) {
  const size_t count = out.size();
  out.clear();
  out.push_back(in.signed_varint());
  if (!in.ok() || !decode_ints(in.bytes(in.left()), count - 1, out)) return false;
  for (size_t i = 1; i < count; ++i) out[i] = wrapping_add(out[i - 1], out[i]);
  return true;
}

// The nearest decimal of so many places, as an integer, and how far off the value is. nullopt where that is far.
struct Near {
  int64_t whole;
  int64_t units_off;
};
std::optional<Near> near_decimal(double value, double power) {
  const double scaled = std::nearbyint(value * power);
  if (!(scaled > -kMostWhole && scaled < kMostWhole)) return std::nullopt;
  const auto whole = static_cast<int64_t>(scaled);
  const int64_t off = wrapping_sub(ordinal_of(value), ordinal_of(static_cast<double>(whole) / power));
  if (off < -kMostUnitsOff || off > kMostUnitsOff) return std::nullopt;
  return Near{whole, off};
}

// The fewest decimal places that some of the values have, about.
std::optional<size_t> decimal_places(std::span<const double> values) {
  constexpr size_t kProbes = 6;
  for (size_t exponent = 0; exponent < std::size(kPowersOfTen); ++exponent) {
    bool all = true;
    for (size_t i = 0; all && i < kProbes; ++i) {
      all = near_decimal(values[i * (values.size() - 1) / (kProbes - 1)], kPowersOfTen[exponent]).has_value();
    }
    if (all) return exponent;
  }
  return std::nullopt;
}

}  // namespace

int64_t ordinal_of(double value) {
  const auto bits = std::bit_cast<int64_t>(value);
  return bits < 0 ? bits ^ std::numeric_limits<int64_t>::max() : bits;
}

double value_of_ordinal(int64_t ordinal) {
  return std::bit_cast<double>(ordinal < 0 ? ordinal ^ std::numeric_limits<int64_t>::max() : ordinal);
}

std::string encode_ordinals(std::span<const double> values) {
  std::vector<int64_t> ordinals(values.size());
  std::ranges::transform(values, ordinals.begin(), ordinal_of);
  std::string out;
  put_differences(out, std::move(ordinals));
  return out;
}

bool decode_ordinals(ByteReader& in, size_t count, std::vector<double>& out) {
  if (count == 0) return false;
  std::vector<int64_t> ordinals(count);
  if (!read_differences(ByteReader(in.bytes(in.left())), ordinals)) return false;
  out.resize(count);
  std::ranges::transform(ordinals, out.begin(), value_of_ordinal);
  return true;
}

std::optional<NearDecimals> encode_near_decimals(std::span<const double> values) {
  const auto exponent = decimal_places(values);
  if (!exponent) return std::nullopt;
  std::vector<int64_t> wholes;
  std::vector<int64_t> offs;
  wholes.reserve(values.size());
  offs.reserve(values.size());
  for (const double value : values) {
    const auto near = near_decimal(value, kPowersOfTen[*exponent]);
    if (!near) return std::nullopt;
    wholes.push_back(near->whole);
    offs.push_back(near->units_off);
  }
  std::string decimals;
  put_differences(decimals, std::move(wholes));
  NearDecimals out{*exponent, {}};
  put_varint(out.bytes, decimals.size());
  out.bytes += decimals;
  put_differences(out.bytes, std::move(offs));
  return out;
}

bool decode_near_decimals(ByteReader& in, size_t count, double power, std::vector<double>& out) {
  if (count == 0) return false;
  std::vector<int64_t> wholes(count);
  std::vector<int64_t> offs(count);
  const std::string_view decimals = in.bytes(in.varint());
  if (!in.ok() || !read_differences(ByteReader(decimals), wholes)) return false;
  if (!read_differences(ByteReader(in.bytes(in.left())), offs)) return false;
  out.resize(count);
  for (size_t i = 0; i < count; ++i) {
    out[i] = value_of_ordinal(wrapping_add(ordinal_of(static_cast<double>(wholes[i]) / power), offs[i]));
  }
  return true;
}

}  // namespace tripod::store::metrics

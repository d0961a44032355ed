// Columns of floats that are no decimals, as integers. Layout: docs/formats/metrics.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/metrics/varint.h"

namespace tripod::store::metrics {

// The place of a float among all floats, NaNs included: neighbours differ by one unit in the last place.
int64_t ordinal_of(double value);
double value_of_ordinal(int64_t ordinal);

// The differences of the ordinals: for sums that grow by little.
std::string encode_ordinals(std::span<const double> values);
bool decode_ordinals(ByteReader& in, size_t count, std::vector<double>& out);

// Decimals with few places, and how many units in the last place each value is off: what adding up decimals gives. nullopt where
// the values are no such sums.
struct NearDecimals {
  size_t exponent = 0;  // decimal places
  std::string bytes;
};
std::optional<NearDecimals> encode_near_decimals(std::span<const double> values);
bool decode_near_decimals(ByteReader& in, size_t count, double power, std::vector<double>& out);

inline constexpr double kPowersOfTen[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
inline constexpr double kMostWhole = 9007199254740992.0;  // 2^53

}  // namespace tripod::store::metrics

// Numbers of the exposition formats as text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tripod::ingest::prometheus {

// A sample value: decimal or scientific, "+Inf", "-Inf", "NaN" (any case). Every NaN becomes the
// one bit pattern that Prometheus uses, so that no input is mistaken for a stale marker. nullopt
// when it is no number.
std::optional<double> parse_float(std::string_view text);

// How `le` and `quantile` are written, so that the same bound from two clients is the same series:
// shortest form, with ".0" where neither point nor exponent is ("1.0", "0.005", "1e+06", "+Inf").
std::string format_bound(double value);

}  // namespace tripod::ingest::prometheus

// Durations as a classic histogram: counts between fixed bounds, in integers, so that sums are exact.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace tripod::pipeline::spanmetrics {

// Nanoseconds. The first twelve are those of Tempo's metrics generator (0.002 s doubling to 4.10 s); two more reach background jobs.
inline constexpr std::array<int64_t, 14> kBounds = {2'000'000,   4'000'000,   8'000'000,   16'000'000,    32'000'000,    64'000'000,    128'000'000,
                                                    256'000'000, 512'000'000, 1'020'000'000, 2'050'000'000, 4'100'000'000, 8'190'000'000, 16'380'000'000};
// The same as `le` says them, in seconds; the last is "+Inf".
inline constexpr std::array<const char*, kBounds.size() + 1> kBoundTexts = {"0.002", "0.004", "0.008", "0.016", "0.032", "0.064", "0.128", "0.256",
                                                                            "0.512", "1.02",  "2.05",  "4.1",   "8.19",  "16.38", "+Inf"};

struct DurationHistogram {
  std::array<uint64_t, kBounds.size() + 1> buckets{};  // not cumulative; the last is of what is longer than all bounds
  uint64_t count = 0;
  uint64_t sum_ns = 0;

  static size_t bucket_of(int64_t ns) { return static_cast<size_t>(std::ranges::lower_bound(kBounds, ns) - kBounds.begin()); }
  // Negative ones count as 0: a span that ends before it begins.
  void add(int64_t ns) {
    ns = std::max<int64_t>(ns, 0);
    ++buckets[bucket_of(ns)];
    ++count;
    sum_ns += static_cast<uint64_t>(ns);
  }
  void add(const DurationHistogram& other) {
    for (size_t i = 0; i < buckets.size(); ++i) buckets[i] += other.buckets[i];
    count += other.count;
    sum_ns += other.sum_ns;
  }
};

}  // namespace tripod::pipeline::spanmetrics

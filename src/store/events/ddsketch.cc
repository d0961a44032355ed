#include "store/events/ddsketch.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace tripod::store {
namespace {

constexpr double kAccuracy = 0.01;
constexpr double kGamma = (1 + kAccuracy) / (1 - kAccuracy);
constexpr int32_t kMostBins = 2048;

// log2 of 1 + i / 512: between two of them the logarithm is a line to within 7e-7, where a bin is 0.03 wide.
constexpr unsigned kLogBits = 9;
constexpr unsigned kRestBits = 52 - kLogBits;
struct LogTable {
  std::array<double, 1u << kLogBits> start, slope;  // the slope of a whole step
  double scale = 1.0 / std::log2(kGamma);
};

const LogTable& log_table() {
  static const LogTable table = [] {
    LogTable out{};
    const auto log_at = [&](size_t i) { return out.scale * std::log2(1 + static_cast<double>(i) / (1u << kLogBits)); };
    for (size_t i = 0; i < out.start.size(); ++i) {
      out.start[i] = log_at(i);
      out.slope[i] = (log_at(i + 1) - out.start[i]) / static_cast<double>(uint64_t{1} << kRestBits);
    }
    return out;
  }();
  return table;
}

// @pre finite and above 0.
int32_t bin_of(double magnitude, const LogTable& table) {
  const auto bits = std::bit_cast<uint64_t>(magnitude);
  const auto exponent = static_cast<int32_t>(bits >> 52);
  double bin = 0;
  if (exponent != 0) [[likely]] {
    const size_t at = (bits >> kRestBits) & ((1u << kLogBits) - 1);
    const auto rest = static_cast<double>(static_cast<int64_t>(bits & ((uint64_t{1} << kRestBits) - 1)));
    bin = static_cast<double>(exponent - 1023) * table.scale + table.start[at] + table.slope[at] * rest;
  } else {
    bin = std::log2(magnitude) * table.scale;  // too small for a full mantissa
  }
  const auto whole = static_cast<int32_t>(bin);
  return whole + (bin > whole ? 1 : 0);
}

double value_of(int32_t bin) { return 2 * std::pow(kGamma, bin) / (kGamma + 1); }

uint64_t scaled(uint64_t count, double factor) { return static_cast<uint64_t>(std::llround(static_cast<double>(count) * factor)); }

}  // namespace

void DDSketch::Bins::add(int32_t bin, uint64_t count) {
  total_ += count;
  make_room(bin);
  counts_[static_cast<size_t>(std::max(bin, first_) - first_)] += count;
}

void DDSketch::Bins::add(std::span<const int32_t> bins) {
  for (size_t i = 0; i < bins.size(); ++i) {
    uint64_t* const counts = counts_.data();
    const size_t size = counts_.size();
    const int64_t first = first_;
    const size_t begun = i;
    for (; i < bins.size(); ++i) {
      const auto at = static_cast<size_t>(int64_t{bins[i]} - first);
      if (at >= size) break;
      ++counts[at];
    }
    total_ += i - begun;
    if (i < bins.size()) add(bins[i], 1);
  }
}

void DDSketch::Bins::merge(const Bins& other) {
  // From the highest: what does not fit then goes into the lowest bin at once.
  for (size_t i = other.counts_.size(); i-- > 0;) {
    if (other.counts_[i] != 0) add(other.first_ + static_cast<int32_t>(i), other.counts_[i]);
  }
}

void DDSketch::Bins::scale(double factor) {
  total_ = 0;
  for (uint64_t& count : counts_) total_ += count = scaled(count, factor);
}

void DDSketch::Bins::make_room(int32_t bin) {
  if (counts_.empty()) {
    first_ = bin;
    counts_.resize(1);
    return;
  }
  const int32_t last = first_ + static_cast<int32_t>(counts_.size()) - 1;
  if (bin < first_) {
    // What would not fit is counted in the lowest bin there is.
    const int32_t first = std::max(bin, last - kMostBins + 1);
    counts_.insert(counts_.begin(), static_cast<size_t>(std::max(0, first_ - first)), 0);
    first_ = std::min(first_, first);
    return;
  }
  if (bin <= last) return;
  const int32_t first = std::max(first_, bin - kMostBins + 1);
  const auto dropped = static_cast<size_t>(std::min<int64_t>(int64_t{first} - first_, static_cast<int64_t>(counts_.size())));
  uint64_t collapsed = 0;
  for (size_t i = 0; i < dropped; ++i) collapsed += counts_[i];
  counts_.erase(counts_.begin(), counts_.begin() + static_cast<ptrdiff_t>(dropped));
  first_ = first;
  counts_.resize(static_cast<size_t>(bin - first_) + 1);
  counts_[0] += collapsed;
}

int32_t DDSketch::Bins::bin_of_rank(uint64_t rank) const {
  for (size_t i = 0; i < counts_.size(); ++i) {
    if (rank < counts_[i]) return first_ + static_cast<int32_t>(i);
    rank -= counts_[i];
  }
  return first_ + static_cast<int32_t>(counts_.size()) - 1;
}

void DDSketch::add(std::span<const double> values) {
  const LogTable& table = log_table();
  count_ += values.size();
  std::array<int32_t, 128> bins;
  while (!values.empty()) {
    const auto now = values.first(std::min(values.size(), bins.size()));
    values = values.subspan(now.size());
    size_t found = 0;
    for (const double value : now) {
      if (value > 0 && value <= std::numeric_limits<double>::max()) {
        bins[found++] = bin_of(value, table);
      } else {
        add_other(value);
      }
    }
    positive_.add(std::span(bins).first(found));
  }
}

void DDSketch::add_other(double value) {
  if (value == 0) {
    ++zeros_;
  } else if (std::isinf(value)) {
    ++(value > 0 ? plus_infinities_ : minus_infinities_);
  } else {
    negative_.add(bin_of(-value, log_table()), 1);
  }
}

void DDSketch::merge(const DDSketch& other) {
  positive_.merge(other.positive_);
  negative_.merge(other.negative_);
  zeros_ += other.zeros_;
  plus_infinities_ += other.plus_infinities_;
  minus_infinities_ += other.minus_infinities_;
  count_ += other.count_;
}

void DDSketch::scale(double factor) {
  positive_.scale(factor);
  negative_.scale(factor);
  for (uint64_t* count : {&zeros_, &plus_infinities_, &minus_infinities_}) *count = scaled(*count, factor);
  count_ = positive_.total() + negative_.total() + zeros_ + plus_infinities_ + minus_infinities_;
}

double DDSketch::quantile(double quantile) const {
  if (count_ == 0) return 0;
  auto rank = static_cast<uint64_t>(quantile * static_cast<double>(count_ - 1));
  rank = std::min(rank, count_ - 1);
  if (rank < minus_infinities_) return -std::numeric_limits<double>::infinity();
  rank -= minus_infinities_;
  if (rank < negative_.total()) {
    // The most negative value has the largest magnitude.
    return -value_of(negative_.bin_of_rank(negative_.total() - 1 - rank));
  }
  rank -= negative_.total();
  if (rank < zeros_) return 0;
  rank -= zeros_;
  if (rank < positive_.total()) return value_of(positive_.bin_of_rank(rank));
  return std::numeric_limits<double>::infinity();
}

}  // namespace tripod::store

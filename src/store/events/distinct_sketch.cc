#include "store/events/distinct_sketch.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace tripod::store {

void DistinctSketch::add(uint64_t hash) {
  if (!is_exact()) return add_to_registers(hash);
  if (hash == 0) {
    has_zero_ = true;
    return;
  }
  insert(hash);
  if (used_ > kMostExact) turn_into_registers();
}

void DistinctSketch::insert(uint64_t hash) {
  if (2 * (used_ + 1) > slots_.size()) grow();
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  while (slots_[at] != 0 && slots_[at] != hash) at = (at + 1) & mask;
  if (slots_[at] == 0) ++used_;
  slots_[at] = hash;
}

void DistinctSketch::grow() {
  std::vector<uint64_t> old(std::max<size_t>(16, 2 * slots_.size()), 0);
  old.swap(slots_);
  const size_t mask = slots_.size() - 1;
  for (const uint64_t hash : old) {
    if (hash == 0) continue;
    size_t at = hash & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = hash;
  }
}

void DistinctSketch::turn_into_registers() {
  registers_.assign(size_t{1} << kIndexBits, 0);
  for (const uint64_t hash : slots_) {
    if (hash != 0) add_to_registers(hash);
  }
  if (has_zero_) add_to_registers(0);
  std::vector<uint64_t>().swap(slots_);
  used_ = 0;
}

void DistinctSketch::add_to_registers(uint64_t hash) {
  const auto index = static_cast<size_t>(hash >> (64 - kIndexBits));
  // The set bit ends the run where all others are zero.
  const uint64_t rest = hash << kIndexBits | uint64_t{1} << (kIndexBits - 1);
  const auto rank = static_cast<uint8_t>(std::countl_zero(rest) + 1);
  registers_[index] = std::max(registers_[index], rank);
}

void DistinctSketch::merge(const DistinctSketch& other) {
  if (other.is_exact()) {
    for (const uint64_t hash : other.slots_) {
      if (hash != 0) add(hash);
    }
    if (other.has_zero_) add(0);
    return;
  }
  if (is_exact()) turn_into_registers();
  for (size_t i = 0; i < registers_.size(); ++i) registers_[i] = std::max(registers_[i], other.registers_[i]);
}

uint64_t DistinctSketch::count() const {
  if (is_exact()) return used_ + (has_zero_ ? 1 : 0);
  return static_cast<uint64_t>(std::llround(estimate()));
}

namespace {

// Ertl's sigma and tau: what registers at their least and most possible values contribute.
double sigma(double x) {
  if (x == 1) return INFINITY;
  double y = 1, z = x, last = 0;
  do {
    x *= x;
    last = z;
    z += x * y;
    y += y;
  } while (z != last);
  return z;
}

double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double y = 1, z = 1 - x, last = 0;
  do {
    x = std::sqrt(x);
    last = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  } while (z != last);
  return z / 3;
}

}  // namespace

double DistinctSketch::estimate() const {
  constexpr unsigned kMostRank = 64 - kIndexBits + 1;
  std::array<double, kMostRank + 1> seen{};
  for (const uint8_t rank : registers_) seen[rank] += 1;
  const auto m = static_cast<double>(registers_.size());
  double z = m * tau(1 - seen[kMostRank] / m);
  for (unsigned k = kMostRank - 1; k >= 1; --k) z = 0.5 * (z + seen[k]);
  z += m * sigma(seen[0] / m);
  return m * m / (2 * std::log(2.0)) / z;
}

}  // namespace tripod::store

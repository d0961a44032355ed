#include "store/meta/user_sketch.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

namespace tripod::store {

namespace {

constexpr unsigned kIndexBits = 12;
constexpr size_t kRegisters = size_t{1} << kIndexBits;
constexpr char kZero = '0';
constexpr char kMost = kZero + 64 - kIndexBits + 1;

bool is_sketch(std::string_view text) {
  return text.size() == kRegisters && std::ranges::all_of(text, [](char c) { return c >= kZero && c <= kMost; });
}

}  // namespace

UserSketch::UserSketch() : registers_(kRegisters, kZero) {}

UserSketch::UserSketch(std::string_view text) : registers_(is_sketch(text) ? std::string(text) : std::string(kRegisters, kZero)) {}

bool UserSketch::raise(size_t index, char value) {
  if (registers_[index] >= value) return false;
  registers_[index] = value;
  return true;
}

bool UserSketch::add(std::string_view hash) {
  uint64_t bits = 0;
  const auto [end, error] = std::from_chars(hash.data(), hash.data() + hash.size(), bits, 16);
  if (error != std::errc() || end != hash.data() + hash.size()) return false;
  const uint64_t rest = bits << kIndexBits;
  const int run = std::min(std::countl_zero(rest), static_cast<int>(64 - kIndexBits)) + 1;
  return raise(bits >> (64 - kIndexBits), static_cast<char>(kZero + run));
}

bool UserSketch::merge(const UserSketch& other) {
  bool changed = false;
  for (size_t i = 0; i < kRegisters; ++i) changed = raise(i, other.registers_[i]) || changed;
  return changed;
}

// Few users fill few registers: then their number follows from how many are empty.
uint64_t UserSketch::count() const {
  constexpr double kCount = static_cast<double>(kRegisters);
  double sum = 0;
  size_t empty = 0;
  for (const char c : registers_) {
    sum += std::ldexp(1.0, -(c - kZero));
    if (c == kZero) ++empty;
  }
  const double raw = 0.7213 / (1 + 1.079 / kCount) * kCount * kCount / sum;
  const double estimate = raw <= 2.5 * kCount && empty > 0 ? kCount * std::log(kCount / static_cast<double>(empty)) : raw;
  return static_cast<uint64_t>(std::llround(estimate));
}

}  // namespace tripod::store

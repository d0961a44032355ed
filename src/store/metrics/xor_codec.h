// Floats as differences of their bits (Gorilla, "A Fast, Scalable, In-Memory Time Series Database",
// VLDB 2015, 4.1.2).
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "store/metrics/bits.h"

namespace tripod::store::metrics {

// What both sides remember between two values. The first value of a stream is XORed with zero.
struct XorState {
  uint64_t last = 0;
  uint8_t leading = 0xff;  // 0xff: no window yet
  uint8_t trailing = 0;
};

// '0': the same. '10' + bits: inside the window used before. '11' + leading zeros (5) + length-1
// (6) + bits: a new window.
template <class Bytes>
void write_xor(BitWriter<Bytes>& out, XorState& state, double value) {
  const uint64_t bits = std::bit_cast<uint64_t>(value);
  const uint64_t diff = bits ^ state.last;
  state.last = bits;
  if (diff == 0) {
    out.bit(false);
    return;
  }
  const auto leading = static_cast<uint8_t>(std::min(std::countl_zero(diff), 31));
  const auto trailing = static_cast<uint8_t>(std::countr_zero(diff));
  if (state.leading != 0xff && leading >= state.leading && trailing >= state.trailing) {
    const unsigned length = 64u - state.leading - state.trailing;
    // A much too wide window costs more with every value than a new one costs once.
    if (length <= 64u - leading - trailing + 11u) {
      out.bits(0b10, 2);
      out.bits(diff >> state.trailing, length);
      return;
    }
  }
  state.leading = leading;
  state.trailing = trailing;
  const unsigned length = 64u - leading - trailing;
  out.bits(0b11, 2);
  out.bits(leading, 5);
  out.bits(length - 1, 6);
  out.bits(diff >> trailing, length);
}

// False when the bits are not what write_xor() makes.
inline bool read_xor(BitReader& in, XorState& state, double& value) {
  if (in.bit()) {
    if (in.bit()) {
      state.leading = static_cast<uint8_t>(in.bits(5));
      const auto length = static_cast<unsigned>(in.bits(6)) + 1;
      if (state.leading + length > 64) return false;
      state.trailing = static_cast<uint8_t>(64 - state.leading - length);
    } else if (state.leading == 0xff) {
      return false;
    }
    const unsigned length = 64u - state.leading - state.trailing;
    state.last ^= in.bits(length) << state.trailing;
  }
  value = std::bit_cast<double>(state.last);
  return in.ok();
}

}  // namespace tripod::store::metrics

// Bit streams, most significant bit first, as chunks use them.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tripod::store::metrics {

// Appends bits to bytes it does not own, which have data() and resize() that adds zeros. `used` is how many bits of them are
// taken, so that a chunk can go on where it stopped. Not thread-safe.
template <class Bytes>
class BitWriter {
 public:
  BitWriter(Bytes& out, uint32_t& used) : out_(out), used_(used) {}

  void bit(bool b) { bits(b ? 1 : 0, 1); }
  // The low `n` bits of `v`, n <= 64.
  void bits(uint64_t v, unsigned n) {
    const unsigned taken = used_ & 7;   // bits of the last byte
    if (taken + n > 64) {
      bits(v >> 32, n - 32);
      return bits(v, 32);
    }
    if (n == 0) return;
    const size_t at = used_ / 8;
    used_ += n;
    out_.resize((used_ + 7) / 8);
    uint64_t word = v << (64 - n) >> taken;   // as it stands in the bytes, the first on top
    for (char* to = out_.data() + at; word != 0; ++to, word <<= 8) *to = static_cast<char>(static_cast<uint8_t>(*to) | static_cast<uint8_t>(word >> 56));
  }

 private:
  Bytes& out_;
  uint32_t& used_;
};

// Reads bits; past the end ok() turns false and zeros are given. The bytes must outlive it.
class BitReader {
 public:
  explicit BitReader(std::string_view bytes)
      : bytes_(bytes), end_(static_cast<uint64_t>(bytes.size()) * 8) {}

  bool bit() { return bits(1) != 0; }
  uint64_t bits(unsigned n) {
    if (n > 56) {
      const uint64_t high = bits(n - 32);
      return high << 32 | bits(32);
    }
    if (n == 0) return 0;
    if (n > end_ - at_) {
      ok_ = false;
      at_ = end_;
      return 0;
    }
    const uint64_t v = window().bits >> (64 - n);
    at_ += n;
    return v;
  }
  struct Window {
    uint64_t bits;   // the next ones from the highest down, zeros after them
    unsigned valid;  // how many of them there are: 57 or more, but at the end
  };
  Window window() const {
    const unsigned taken = static_cast<unsigned>(at_ & 7);
    const uint64_t left = end_ - at_;
    return {eight_bytes() << taken, left < 64 - taken ? static_cast<unsigned>(left) : 64 - taken};
  }
  // @pre as many are left
  void skip(uint64_t n) { at_ += n; }
  bool ok() const { return ok_; }

 private:
  // From the current one on, big-endian, zeros past the end.
  uint64_t eight_bytes() const {
    const size_t byte = static_cast<size_t>(at_ >> 3);
    uint64_t raw = 0;
    if (byte + 8 <= bytes_.size()) {
      std::memcpy(&raw, bytes_.data() + byte, 8);
    } else {
      std::memcpy(&raw, bytes_.data() + byte, bytes_.size() - byte);
    }
    return __builtin_bswap64(raw);
  }

  std::string_view bytes_;
  uint64_t end_;
  uint64_t at_ = 0;
  bool ok_ = true;
};

}  // namespace tripod::store::metrics

#include "store/metrics/int_codec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <span>

#include "store/metrics/bits.h"
#include "store/metrics/varint.h"

namespace tripod::store::metrics {
namespace {

constexpr unsigned kMostK = 63;

unsigned code_bits(uint64_t z, unsigned k) {
  if (z == 0) return 1;
  const auto n = static_cast<unsigned>(std::bit_width(((z - 1) >> k) + 1)) - 1;
  return 1 + 2 * n + 1 + k;
}

// The code that comes next, however long. False when it is none.
bool decode_code(BitReader& in, unsigned k, int64_t& out) {
  out = 0;
  if (!in.bit()) return in.ok();
  unsigned n = 0;
  while (in.bit()) {
    if (++n > 63) return false;
  }
  const uint64_t group = (uint64_t{1} << n) | in.bits(n);
  const uint64_t z = (((group - 1) << k) | in.bits(k)) + 1;
  out = unzigzag(z);
  return in.ok();
}

// A run of zeros and the code after it at a time, out of one look at the next 57 bits or more. `out` holds zeros.
bool decode_codes(BitReader& in, unsigned k, std::span<int64_t> out) {
  for (size_t i = 0; i < out.size();) {
    const BitReader::Window next = in.window();
    const auto zeros = std::min(static_cast<unsigned>(std::countl_zero(next.bits)), next.valid);
    if (zeros == next.valid || zeros >= out.size() - i) {
      if (next.valid == 0) return false;
      const size_t run = std::min<size_t>(zeros, out.size() - i);
      i += run;
      in.skip(run);
      continue;
    }
    const uint64_t code = next.bits << zeros;
    const auto n = static_cast<unsigned>(std::countl_one(code)) - 1;
    const unsigned size = 2 + 2 * n + k;
    i += zeros;
    if (zeros + size <= next.valid) {
      const uint64_t group = (uint64_t{1} << n) | (n == 0 ? 0 : code << (n + 2) >> (64 - n));
      const uint64_t low = k == 0 ? 0 : code << (2 * n + 2) >> (64 - k);
      out[i] = unzigzag((((group - 1) << k) | low) + 1);
      in.skip(zeros + size);
    } else {
      in.skip(zeros);
      if (!decode_code(in, k, out[i])) return false;
    }
    ++i;
  }
  return true;
}

}  // namespace

Golomb choose_golomb(std::span<const int64_t> ints) {
  // How many integers have so many bits: enough to guess the size for every k.
  std::array<uint32_t, 65> widths{};
  for (int64_t v : ints) ++widths[static_cast<size_t>(std::bit_width(zigzag(v)))];
  unsigned widest = 64;
  while (widest > 1 && widths[widest] == 0) --widest;
  Golomb best;
  uint64_t best_guess = ~uint64_t{0};
  for (unsigned k = 0; k < widest; ++k) {
    uint64_t guess = 0;
    for (unsigned width = 1; width <= widest; ++width) {
      guess += uint64_t{widths[width]} * (k + (width > k + 1 ? 2 * (width - k - 1) : 0));
    }
    if (guess >= best_guess) continue;
    best_guess = guess;
    best.k = k;
  }
  for (int64_t v : ints) best.bits += code_bits(zigzag(v), best.k);
  return best;
}

void write_ints(std::span<const int64_t> ints, unsigned k, std::string& out) {
  out.push_back(static_cast<char>(k));
  std::string bits;
  uint32_t used = 0;
  BitWriter writer(bits, used);
  for (int64_t v : ints) {
    const uint64_t z = zigzag(v);
    if (z == 0) {
      writer.bit(false);
      continue;
    }
    const uint64_t group = ((z - 1) >> k) + 1;
    const auto n = static_cast<unsigned>(std::bit_width(group)) - 1;
    writer.bit(true);
    writer.bits(~uint64_t{0} << 1, n + 1);  // n ones and a zero
    writer.bits(group, n);
    writer.bits(z - 1, k);
  }
  out += bits;
}

bool decode_ints(std::string_view bytes, size_t count, std::vector<int64_t>& out) {
  if (bytes.empty()) return false;
  const auto k = static_cast<uint8_t>(bytes.front());
  // Every integer takes at least one bit.
  if (k > kMostK || count > (bytes.size() - 1) * 8) return false;
  const size_t before = out.size();
  out.resize(before + count);
  BitReader in(bytes.substr(1));
  return decode_codes(in, k, std::span(out).subspan(before));
}

std::string encode_times(std::span<const model::Sample> samples) {
  std::string out;
  if (samples.size() < 2) return out;
  int64_t last_delta = wrapping_sub(samples[1].time_ms, samples[0].time_ms);
  put_signed(out, last_delta);
  std::vector<int64_t> second;
  second.reserve(samples.size() - 2);
  for (size_t i = 2; i < samples.size(); ++i) {
    const int64_t delta = wrapping_sub(samples[i].time_ms, samples[i - 1].time_ms);
    second.push_back(wrapping_sub(delta, last_delta));
    last_delta = delta;
  }
  write_ints(second, choose_golomb(second).k, out);
  return out;
}

bool decode_times(std::string_view bytes, size_t count, std::vector<int64_t>& out) {
  out.clear();
  if (count == 0) return false;
  out.push_back(0);
  if (count == 1) return bytes.empty();
  ByteReader in(bytes);
  int64_t delta = in.signed_varint();
  std::vector<int64_t> second;
  if (!in.ok() || !decode_ints(in.bytes(in.left()), count - 2, second)) return false;
  int64_t time = delta;
  out.reserve(count);
  out.push_back(time);
  for (int64_t v : second) {
    delta = wrapping_add(delta, v);
    time = wrapping_add(time, delta);
    out.push_back(time);
  }
  return true;
}

}  // namespace tripod::store::metrics

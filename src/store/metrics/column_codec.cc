#include "store/metrics/column_codec.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>

#include "store/metrics/xor_codec.h"

namespace tripod::store::metrics {
namespace {

enum class ValueCodec : uint8_t {
  kConstant = 0,    // eight bytes
  kDelta = 1,       // decimal exponent, first integer, deltas
  kDeltaDelta = 2,  // decimal exponent, first integer, first delta, deltas of deltas
  kXor = 3,
};

constexpr double kPowersOfTen[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
constexpr double kMostWhole = 9007199254740992.0;  // 2^53

// Bits of the code of one integer with parameter k.
unsigned code_bits(uint64_t z, unsigned k) {
  if (z == 0) return 1;
  const auto n = static_cast<unsigned>(std::bit_width(((z - 1) >> k) + 1)) - 1;
  return 1 + 2 * n + 1 + k;
}

struct Golomb {
  unsigned k = 0;
  uint64_t bits = 0;
};

Golomb best_parameter(std::span<const int64_t> ints) {
  constexpr unsigned kTried[] = {0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 17, 20, 24, 30, 40, 50};
  Golomb best{0, ~uint64_t{0}};
  for (unsigned k : kTried) {
    uint64_t bits = 0;
    for (int64_t v : ints) bits += code_bits(zigzag(v), k);
    if (bits < best.bits) best = {k, bits};
  }
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

std::vector<int64_t> differences(std::span<const int64_t> ints) {
  std::vector<int64_t> out;
  out.reserve(ints.size());
  for (size_t i = 1; i < ints.size(); ++i) out.push_back(wrapping_sub(ints[i], ints[i - 1]));
  return out;
}

// The values times 10^exponent, where all of them come back bit by bit from such integers.
std::optional<std::vector<int64_t>> as_decimals(std::span<const double> values, double power) {
  std::vector<int64_t> out;
  out.reserve(values.size());
  for (double value : values) {
    const double scaled = std::nearbyint(value * power);
    if (!(scaled > -kMostWhole && scaled < kMostWhole)) return std::nullopt;
    if (std::bit_cast<uint64_t>(scaled / power) != std::bit_cast<uint64_t>(value)) {
      return std::nullopt;
    }
    out.push_back(static_cast<int64_t>(scaled));
  }
  return out;
}

bool encode_decimals(std::span<const double> values, std::string& out) {
  for (size_t exponent = 0; exponent < std::size(kPowersOfTen); ++exponent) {
    const auto ints = as_decimals(values, kPowersOfTen[exponent]);
    if (!ints) continue;
    const std::vector<int64_t> deltas = differences(*ints);
    const std::vector<int64_t> second = differences(deltas);
    const Golomb by_delta = best_parameter(deltas);
    const Golomb by_second = best_parameter(second);
    const bool use_second = values.size() > 2 && by_second.bits + 16 < by_delta.bits;
    out.push_back(static_cast<char>(use_second ? ValueCodec::kDeltaDelta : ValueCodec::kDelta));
    out.push_back(static_cast<char>(exponent));
    put_signed(out, ints->front());
    if (use_second) put_signed(out, deltas.front());
    write_ints(use_second ? second : deltas, use_second ? by_second.k : by_delta.k, out);
    return true;
  }
  return false;
}

void encode_xor(std::span<const double> values, std::string& out) {
  std::string bits;
  uint32_t used = 0;
  BitWriter writer(bits, used);
  XorState state;
  for (double value : values) write_xor(writer, state, value);
  out += bits;
}

bool decode_decimals(ByteReader& in, size_t count, bool second, std::vector<double>& out) {
  const auto exponent = in.fixed<uint8_t>();
  if (!in.ok() || exponent >= std::size(kPowersOfTen)) return false;
  int64_t value = in.signed_varint();
  int64_t delta = second ? in.signed_varint() : 0;
  std::vector<int64_t> ints;
  const size_t stated = second ? 2 : 1;
  if (!in.ok() || count < stated) return false;
  if (!decode_ints(in.bytes(in.left()), count - stated, ints)) return false;
  const double power = kPowersOfTen[exponent];
  out.push_back(static_cast<double>(value) / power);
  if (second) {
    value = wrapping_add(value, delta);
    out.push_back(static_cast<double>(value) / power);
  }
  for (int64_t v : ints) {
    delta = second ? wrapping_add(delta, v) : v;
    value = wrapping_add(value, delta);
    out.push_back(static_cast<double>(value) / power);
  }
  return true;
}

bool decode_xor(std::string_view bytes, size_t count, std::vector<double>& out) {
  BitReader in(bytes);
  XorState state;
  for (size_t i = 0; i < count; ++i) {
    double value = 0;
    if (!read_xor(in, state, value)) return false;
    out.push_back(value);
  }
  return true;
}

bool decode_plain(ByteReader& in, size_t count, std::vector<double>& out) {
  switch (static_cast<ValueCodec>(in.fixed<uint8_t>())) {
    case ValueCodec::kConstant: {
      const double value = std::bit_cast<double>(in.fixed<uint64_t>());
      out.assign(count, value);
      return in.ok();
    }
    case ValueCodec::kDelta:
      return in.ok() && decode_decimals(in, count, false, out);
    case ValueCodec::kDeltaDelta:
      return in.ok() && decode_decimals(in, count, true, out);
    case ValueCodec::kXor:
      return in.ok() && decode_xor(in.bytes(in.left()), count, out);
  }
  return false;
}

// Where a stale marker stands, the value before it is repeated (or the first real one): free in
// every codec.
std::vector<double> without_stale(std::span<const model::Sample> samples,
                                  std::vector<size_t>& stale) {
  std::vector<double> out(samples.size());
  size_t first = samples.size();
  for (size_t i = 0; i < samples.size(); ++i) {
    if (model::is_stale_marker(samples[i].value)) {
      stale.push_back(i);
      out[i] = first < samples.size() ? out[i - 1] : 0;
      continue;
    }
    out[i] = samples[i].value;
    if (first == samples.size()) {
      first = i;
      std::fill_n(out.begin(), i, out[i]);
    }
  }
  return out;
}

}  // namespace

void encode_ints(std::span<const int64_t> ints, std::string& out) {
  write_ints(ints, best_parameter(ints).k, out);
}

bool decode_ints(std::string_view bytes, size_t count, std::vector<int64_t>& out) {
  if (bytes.empty()) return false;
  const auto k = static_cast<uint8_t>(bytes.front());
  // Every integer takes at least one bit.
  if (k > 63 || count > (bytes.size() - 1) * 8) return false;
  BitReader in(bytes.substr(1));
  out.reserve(out.size() + count);
  for (size_t i = 0; i < count; ++i) {
    if (!in.bit()) {
      out.push_back(0);
      continue;
    }
    unsigned n = 0;
    while (in.bit()) {
      if (++n > 63) return false;
    }
    const uint64_t group = (uint64_t{1} << n) | in.bits(n);
    const uint64_t z = (((group - 1) << k) | in.bits(k)) + 1;
    out.push_back(unzigzag(z));
  }
  return in.ok();
}

std::string encode_times(std::span<const model::Sample> samples) {
  std::vector<int64_t> ints;
  ints.reserve(samples.size());
  int64_t last_delta = 0;
  for (size_t i = 1; i < samples.size(); ++i) {
    const int64_t delta = wrapping_sub(samples[i].time_ms, samples[i - 1].time_ms);
    ints.push_back(wrapping_sub(delta, last_delta));
    last_delta = delta;
  }
  std::string out;
  if (!ints.empty()) {
    put_signed(out, ints.front());
    encode_ints(std::span(ints).subspan(1), out);
  }
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

void encode_values(std::span<const model::Sample> samples, std::string& out) {
  std::vector<size_t> stale;
  const std::vector<double> values = without_stale(samples, stale);
  put_varint(out, stale.size());
  size_t last = 0;
  for (size_t at : stale) {
    put_varint(out, at - last);
    last = at;
  }
  const uint64_t first = std::bit_cast<uint64_t>(values.front());
  if (std::ranges::all_of(values, [&](double v) { return std::bit_cast<uint64_t>(v) == first; })) {
    out.push_back(static_cast<char>(ValueCodec::kConstant));
    put_fixed(out, first);
    return;
  }
  if (encode_decimals(values, out)) return;
  out.push_back(static_cast<char>(ValueCodec::kXor));
  encode_xor(values, out);
}

bool decode_values(ByteReader& in, size_t count, std::vector<double>& out) {
  out.clear();
  std::vector<size_t> stale(in.varint_at_most(std::min<uint64_t>(count, in.left())));
  size_t at = 0;
  for (size_t& position : stale) {
    at += in.varint_at_most(count);
    position = at;
    if (at >= count) return false;
  }
  if (!in.ok()) return false;
  out.reserve(count);
  if (!decode_plain(in, count, out) || out.size() != count) return false;
  for (size_t position : stale) out[position] = model::stale_marker();
  return true;
}

}  // namespace tripod::store::metrics

#include "store/metrics/value_codec.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>

#include "store/metrics/float_codec.h"
#include "store/metrics/int_codec.h"
#include "store/metrics/xor_codec.h"

namespace tripod::store::metrics {
namespace {

enum class ValueCodec : uint8_t {
  kConstant = 0,         // eight bytes
  kConstantDecimal = 1,  // decimal exponent, integer
  kDelta = 2,            // decimal exponent, first integer, deltas
  kDeltaDelta = 3,       // decimal exponent, first integer, first delta, deltas of deltas
  kXor = 4,
  kOrdinals = 5,      // float_codec.h
  kNearDecimals = 6,  // decimal exponent; float_codec.h
};
constexpr uint8_t kHasStale = 0x80;     // in the codec's byte: a list of stale positions follows
constexpr unsigned kExponentShift = 4;  // the decimal exponent is in the codec's byte too

uint64_t bits_of(double value) { return std::bit_cast<uint64_t>(value); }

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
    const auto whole = static_cast<int64_t>(scaled);
    // Through the integer, as it will be read: -0.0 does not come back.
    if (bits_of(static_cast<double>(whole) / power) != bits_of(value)) return std::nullopt;
    out.push_back(whole);
  }
  return out;
}

// What encode_plain() made: the codec's byte and what follows it.
struct Encoded {
  uint8_t head = 0;
  std::string body;
};

uint8_t head_of(ValueCodec codec, size_t exponent = 0) {
  return static_cast<uint8_t>(static_cast<unsigned>(codec) | exponent << kExponentShift);
}

Encoded encode_ints_of(std::span<const int64_t> ints, size_t exponent) {
  Encoded out;
  put_signed(out.body, ints.front());
  const std::vector<int64_t> deltas = differences(ints);
  const std::vector<int64_t> second = differences(deltas);
  const Golomb by_delta = choose_golomb(deltas);
  const Golomb by_second = choose_golomb(second);
  if (ints.size() > 2 && by_second.bits + 16 < by_delta.bits) {
    out.head = head_of(ValueCodec::kDeltaDelta, exponent);
    put_signed(out.body, deltas.front());
    write_ints(second, by_second.k, out.body);
  } else {
    out.head = head_of(ValueCodec::kDelta, exponent);
    write_ints(deltas, by_delta.k, out.body);
  }
  return out;
}

std::string encode_xor(std::span<const double> values) {
  std::string out;
  uint32_t used = 0;
  BitWriter writer(out, used);
  XorState state;
  for (double value : values) write_xor(writer, state, value);
  return out;
}

// The shortest of what any floats can be written as.
Encoded encode_floats(std::span<const double> values) {
  Encoded best{head_of(ValueCodec::kXor), encode_xor(values)};
  const auto offer = [&](uint8_t head, std::string body) {
    if (body.size() < best.body.size()) best = {head, std::move(body)};
  };
  offer(head_of(ValueCodec::kOrdinals), encode_ordinals(values));
  if (auto near = encode_near_decimals(values)) {
    offer(head_of(ValueCodec::kNearDecimals, near->exponent), std::move(near->bytes));
  }
  return best;
}

Encoded encode_plain(std::span<const double> values) {
  const bool constant =
      std::ranges::all_of(values, [&](double v) { return bits_of(v) == bits_of(values[0]); });
  const std::span<const double> distinct = constant ? values.first(1) : values;
  Encoded out;
  for (size_t exponent = 0; exponent < std::size(kPowersOfTen); ++exponent) {
    const auto ints = as_decimals(distinct, kPowersOfTen[exponent]);
    if (!ints) continue;
    if (!constant) return encode_ints_of(*ints, exponent);
    out.head = head_of(ValueCodec::kConstantDecimal, exponent);
    put_signed(out.body, ints->front());
    return out;
  }
  if (constant) {
    out.head = head_of(ValueCodec::kConstant);
    put_fixed(out.body, bits_of(values[0]));
    return out;
  }
  return encode_floats(values);
}

bool decode_decimals(ByteReader& in, size_t count, bool second, double power,
                     std::vector<double>& out) {
  int64_t value = in.signed_varint();
  int64_t delta = second ? in.signed_varint() : 0;
  std::vector<int64_t> ints;
  const size_t stated = second ? 2 : 1;
  if (!in.ok() || count < stated) return false;
  if (!decode_ints(in.bytes(in.left()), count - stated, ints)) return false;
  out.resize(count);
  double* to = out.data();
  *to++ = static_cast<double>(value);
  if (second) *to++ = static_cast<double>(value = wrapping_add(value, delta));
  for (const int64_t v : ints) {
    delta = second ? wrapping_add(delta, v) : v;
    value = wrapping_add(value, delta);
    *to++ = static_cast<double>(value);
  }
  if (power != 1) {
    for (double& v : out) v /= power;
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

bool decode_plain(ByteReader& in, uint8_t head, size_t count, std::vector<double>& out) {
  const size_t exponent = (head & ~kHasStale) >> kExponentShift;
  if (exponent >= std::size(kPowersOfTen)) return false;
  const double power = kPowersOfTen[exponent];
  switch (static_cast<ValueCodec>(head & 0x0f)) {
    case ValueCodec::kConstant:
      out.assign(count, std::bit_cast<double>(in.fixed<uint64_t>()));
      return in.ok();
    case ValueCodec::kConstantDecimal:
      out.assign(count, static_cast<double>(in.signed_varint()) / power);
      return in.ok();
    case ValueCodec::kDelta:
      return decode_decimals(in, count, false, power, out);
    case ValueCodec::kDeltaDelta:
      return decode_decimals(in, count, true, power, out);
    case ValueCodec::kXor:
      return decode_xor(in.bytes(in.left()), count, out);
    case ValueCodec::kOrdinals:
      return decode_ordinals(in, count, out);
    case ValueCodec::kNearDecimals:
      return decode_near_decimals(in, count, power, out);
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

void encode_values(std::span<const model::Sample> samples, std::string& out) {
  std::vector<size_t> stale;
  const Encoded encoded = encode_plain(without_stale(samples, stale));
  out.push_back(static_cast<char>(encoded.head | (stale.empty() ? 0 : kHasStale)));
  if (!stale.empty()) put_varint(out, stale.size());
  size_t last = 0;
  for (size_t at : stale) {
    put_varint(out, at - last);
    last = at;
  }
  out += encoded.body;
}

bool decode_values(ByteReader& in, size_t count, std::vector<double>& out) {
  out.clear();
  const auto head = in.fixed<uint8_t>();
  std::vector<size_t> stale;
  if ((head & kHasStale) != 0)
    stale.resize(in.varint_at_most(std::min<uint64_t>(count, in.left())));
  size_t at = 0;
  for (size_t& position : stale) {
    at += in.varint_at_most(count);
    position = at;
    if (at >= count) return false;
  }
  if (!in.ok()) return false;
  out.reserve(count);
  if (!decode_plain(in, head, count, out) || out.size() != count) return false;
  for (size_t position : stale) out[position] = model::stale_marker();
  return true;
}

}  // namespace tripod::store::metrics

#include "store/metrics/head_chunk.h"

#include <cstring>

#include "store/metrics/varint.h"

namespace tripod::store::metrics {
namespace {

// Classes of delta-of-delta in milliseconds: a target scraped on time has 0, one with jitter a few.
struct TimeClass {
  uint8_t prefix_bits;
  uint8_t prefix;
  uint8_t bits;
};
constexpr TimeClass kTimeClasses[] = {{2, 0b10, 7}, {3, 0b110, 14}, {4, 0b1110, 20}};

bool fits(int64_t v, unsigned bits) {
  const int64_t half = int64_t{1} << (bits - 1);
  return v >= -half && v < half;
}

void write_time(BitWriter& out, int64_t dod) {
  if (dod == 0) {
    out.bit(false);
    return;
  }
  for (const TimeClass& c : kTimeClasses) {
    if (!fits(dod, c.bits)) continue;
    out.bits(c.prefix, c.prefix_bits);
    out.bits(static_cast<uint64_t>(dod), c.bits);
    return;
  }
  out.bits(0b1111, 4);
  out.bits(static_cast<uint64_t>(dod), 64);
}

int64_t read_signed(BitReader& in, unsigned bits) {
  return static_cast<int64_t>(in.bits(bits) << (64 - bits)) >> (64 - bits);
}

int64_t read_time(BitReader& in) {
  if (!in.bit()) return 0;
  for (const TimeClass& c : kTimeClasses) {
    if (!in.bit()) return read_signed(in, c.bits);
  }
  return static_cast<int64_t>(in.bits(64));
}

}  // namespace

void OpenChunk::append(int64_t time, double value) {
  BitWriter out(bytes_, bits_);
  if (count_ == 0) {
    out.bits(static_cast<uint64_t>(time), 64);
    min_time_ = time;
  } else {
    const int64_t delta = wrapping_sub(time, max_time_);
    write_time(out, wrapping_sub(delta, delta_));
    delta_ = delta;
  }
  write_xor(out, xor_, value);
  max_time_ = time;
  ++count_;
}

SealedChunk OpenChunk::snapshot() const {
  SealedChunk chunk;
  chunk.min_time = min_time_;
  chunk.max_time = max_time_;
  chunk.count = count_;
  chunk.size = static_cast<uint32_t>(bytes_.size());
  auto data = std::make_shared_for_overwrite<char[]>(bytes_.size());
  std::memcpy(data.get(), bytes_.data(), bytes_.size());
  chunk.data = std::move(data);
  return chunk;
}

SealedChunk OpenChunk::seal() {
  SealedChunk chunk = snapshot();
  *this = OpenChunk();
  return chunk;
}

bool decode_head_chunk(std::string_view bytes, uint16_t count, int64_t start, int64_t end,
                       std::vector<model::Sample>& out) {
  BitReader in(bytes);
  XorState state;
  int64_t time = static_cast<int64_t>(in.bits(64));
  int64_t delta = 0;
  for (uint16_t i = 0; i < count; ++i) {
    if (i > 0) {
      delta = wrapping_add(delta, read_time(in));
      time = wrapping_add(time, delta);
    }
    double value = 0;
    if (!read_xor(in, state, value)) return false;
    if (time > end) return true;
    if (time >= start) out.push_back({time, value});
  }
  return true;
}

}  // namespace tripod::store::metrics

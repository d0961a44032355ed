#include "store/metrics/head_chunk.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/result.h"
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

void write_time(BitWriter<GrowingBytes>& out, int64_t dod) {
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

}  // namespace

// Sizes that the allocator has anyway, 16 bytes apart: what one series leaves is taken by the next one that grows.
void GrowingBytes::grow(size_t at_least) {
  constexpr size_t kFirst = 24;
  size_t capacity = std::max<size_t>(capacity_, kFirst);
  while (capacity < at_least) capacity += std::max<size_t>(32, capacity / 64 * 16);
  auto bigger = std::make_unique<char[]>(capacity);
  if (size_ > 0) std::memcpy(bigger.get(), data_.get(), size_);
  data_ = std::move(bigger);
  capacity_ = static_cast<uint16_t>(std::min<size_t>(capacity, UINT16_MAX));
}

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

SealedChunk OpenChunk::seal() {
  SealedChunk chunk(SealedChunk::Form::kBits, min_time_, max_time_, count_, bytes());
  *this = OpenChunk();
  return chunk;
}

SealedChunk OpenChunk::seal_columns() {
  std::vector<model::Sample> samples;
  TRIPOD_CHECK(decode_open_chunk(bytes(), count_, min_time_, max_time_, samples));
  *this = OpenChunk();
  return SealedChunk::of(samples);
}

namespace {

// Decodes sample by sample out of one look at the next eight bytes, where they are enough: most samples take some bits.
class ChunkDecoder {
 public:
  explicit ChunkDecoder(std::string_view bytes) : bytes_(bytes), end_(uint64_t{bytes.size()} * 8) {}

  int64_t first_time() { return static_cast<int64_t>(long_bits(64)); }

  // The delta of delta of the next sample's time.
  int64_t time() {
    look();
    if (static_cast<int64_t>(window_) >= 0) {
      skip(1);
      return 0;
    }
    for (const TimeClass& c : kTimeClasses) {
      const uint64_t prefix = window_ >> (64 - c.prefix_bits);
      if (prefix != c.prefix) continue;
      const auto value = static_cast<int64_t>(window_ << c.prefix_bits) >> (64 - c.bits);
      skip(c.prefix_bits + c.bits);
      return value;
    }
    skip(4);
    return static_cast<int64_t>(long_bits(64));
  }

  // Into `last`, the bits of the value before. False when they are not what write_xor() makes.
  bool value(uint64_t& last) {
    if (valid_ < kMostOfHead) look();
    if (static_cast<int64_t>(window_) >= 0) {
      skip(1);
      return ok();
    }
    if ((window_ >> 62) == 0b11) {
      leading_ = static_cast<unsigned>(window_ >> 57) & 31;
      length_ = (static_cast<unsigned>(window_ >> 51) & 63) + 1;
      if (leading_ + length_ > 64) return false;
      skip(13);
    } else {
      if (length_ == 0) return false;
      skip(2);
    }
    const unsigned trailing = 64 - leading_ - length_;
    if (valid_ < length_) look();
    const uint64_t bits = valid_ < length_ ? long_bits(length_) : take(length_);
    last ^= bits << trailing;
    return ok();
  }

 private:
  static constexpr unsigned kMostOfHead = 13;
  bool ok() const { return at_ <= end_; }

  // The bits from at_ on to the top of window_; at least 57 of them, zeros past the end.
  void look() {
    const auto byte = static_cast<size_t>(at_ >> 3);
    uint64_t raw = 0;
    if (byte + 8 <= bytes_.size()) {
      std::memcpy(&raw, bytes_.data() + byte, 8);
    } else if (byte < bytes_.size()) {
      std::memcpy(&raw, bytes_.data() + byte, bytes_.size() - byte);
    }
    const unsigned within = at_ & 7;
    window_ = __builtin_bswap64(raw) << within;
    valid_ = 64 - within;
  }
  // @pre n <= valid_, n < 64
  void skip(unsigned n) {
    at_ += n;
    window_ <<= n;
    valid_ -= n;
  }
  // @pre 0 < n <= valid_
  uint64_t take(unsigned n) {
    const uint64_t out = window_ >> (64 - n);
    at_ += n;
    window_ = n < 64 ? window_ << n : 0;
    valid_ -= n;
    return out;
  }
  // Of more bits than one look may give.
  uint64_t long_bits(unsigned n) {
    look();
    const unsigned low = n - 32;
    const uint64_t high = take(low);
    look();
    return high << 32 | take(32);
  }

  std::string_view bytes_;
  const uint64_t end_;
  uint64_t at_ = 0;
  uint64_t window_ = 0;
  unsigned valid_ = 0;
  unsigned leading_ = 0;
  unsigned length_ = 0;  // 0: no window yet
};

}  // namespace

bool decode_open_chunk(std::string_view bytes, uint16_t count, int64_t start, int64_t end,
                       std::vector<model::Sample>& out) {
  if (count == 0) return true;
  const size_t before = out.size();
  out.resize(before + count);
  model::Sample* to = out.data() + before;
  ChunkDecoder in(bytes);
  uint64_t bits = 0;
  int64_t time = in.first_time();
  int64_t delta = 0;
  bool whole = true;
  for (uint16_t i = 0; i < count; ++i) {
    if (i > 0) {
      delta = wrapping_add(delta, in.time());
      time = wrapping_add(time, delta);
    }
    whole = in.value(bits);
    if (!whole || time > end) break;
    *to = {time, std::bit_cast<double>(bits)};
    if (time >= start) ++to;
  }
  out.resize(static_cast<size_t>(to - out.data()));
  return whole;
}

}  // namespace tripod::store::metrics

// Variable-length integers of the metric store's records and indexes: LEB128, signed ones zigzag,
// as in protobuf.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tripod::store::metrics {

constexpr uint64_t zigzag(int64_t v) {
  return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
}
constexpr int64_t unzigzag(uint64_t v) { return static_cast<int64_t>((v >> 1) ^ (0 - (v & 1))); }

// Differences of times from outside may leave the range of int64_t: they wrap, and adding them
// wraps back.
constexpr int64_t wrapping_sub(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
constexpr int64_t wrapping_add(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

inline void put_varint(std::string& out, uint64_t v) {
  char bytes[10];
  size_t n = 0;
  while (v >= 0x80) {
    bytes[n++] = static_cast<char>(v | 0x80);
    v >>= 7;
  }
  bytes[n++] = static_cast<char>(v);
  out.append(bytes, n);
}
inline void put_signed(std::string& out, int64_t v) { put_varint(out, zigzag(v)); }
inline void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out.append(text);
}
// Little-endian, as on every machine this runs on.
template <class T>
void put_fixed(std::string& out, T v) {
  static_assert(std::endian::native == std::endian::little);
  char bytes[sizeof(T)];
  std::memcpy(bytes, &v, sizeof(T));
  out.append(bytes, sizeof(T));
}

// Reads what the functions above wrote, from bytes that may be damaged: past the end, or in a
// varint of more than 64 bits, ok() turns false and every later read gives zero. Views point into
// the bytes given.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  uint64_t varint() {
    uint64_t v = 0;
    for (unsigned shift = 0; at_ != end_ && shift < 64; shift += 7) {
      const auto byte = static_cast<uint8_t>(*at_++);
      if (shift == 63 && byte > 1) break;
      v |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return v;
    }
    return failed();
  }
  int64_t signed_varint() { return unzigzag(varint()); }
  // A varint that must not be above `most`.
  uint64_t varint_at_most(uint64_t most) {
    const uint64_t v = varint();
    return v <= most ? v : failed();
  }
  std::string_view text() { return bytes(varint()); }
  std::string_view bytes(uint64_t size) {
    if (size > left()) {
      failed();
      return {};
    }
    const std::string_view out(at_, size);
    at_ += size;
    return out;
  }
  template <class T>
  T fixed() {
    T v{};
    const std::string_view raw = bytes(sizeof(T));
    if (!raw.empty()) std::memcpy(&v, raw.data(), sizeof(T));
    return v;
  }
  size_t left() const { return static_cast<size_t>(end_ - at_); }
  bool ok() const { return ok_; }
  void fail() { failed(); }

 private:
  uint64_t failed() {
    ok_ = false;
    at_ = end_;
    return 0;
  }
  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace tripod::store::metrics
